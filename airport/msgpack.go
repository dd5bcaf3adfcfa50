package airport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
)

// Bounds of a request's body, beside its bytes: the memory that it takes follows
// from them.
const (
	nestingMost = 32
	valuesMost  = 1 << 18
)

// pack is v in msgpack: maps in the order of the struct's fields, all of them.
func pack(v any) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.UseCompactInts(true)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return b.Bytes(), nil
}

// Decode reads an action's body into r, a pointer to one of the request types.
// ErrMalformed: it is no msgpack of that shape, is nested too deeply, has too many
// values, or goes on behind its end.
func Decode(body []byte, r any) error {
	if err := wellFormed(body); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := decodeStruct(msgpack.NewDecoder(bytes.NewReader(body)), reflect.ValueOf(r).Elem()); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

var errCutShort = errors.New("the message ends in the middle of a value")

// wellFormed reports whether b is one value within the bounds. It neither recurses
// nor allocates.
func wellFormed(b []byte) error {
	var open [nestingMost]uint64 // how many values are to come in each container
	for depth, values := 0, uint64(0); ; {
		size, children, err := measure(b)
		values++
		switch {
		case err != nil:
			return err
		case size > uint64(len(b)):
			return errCutShort
		case children > valuesMost || values > valuesMost:
			return fmt.Errorf("more than %d values", valuesMost)
		}
		b = b[size:]
		if children > 0 {
			if depth == nestingMost {
				return fmt.Errorf("nested deeper than %d", nestingMost)
			}
			open[depth] = children
			depth++
			continue
		}
		for ; depth > 0; depth-- {
			if open[depth-1]--; open[depth-1] > 0 {
				break
			}
		}
		if depth == 0 {
			if len(b) > 0 {
				return fmt.Errorf("%d bytes behind the end", len(b))
			}
			return nil
		}
	}
}

// measure is the size of b's first value without its children, and their number.
// https://github.com/msgpack/msgpack/blob/master/spec.md
func measure(b []byte) (size, children uint64, err error) {
	if len(b) == 0 {
		return 0, 0, errCutShort
	}
	code := b[0]
	// count reads a number of so many bytes behind the code.
	count := func(width int) uint64 {
		if len(b) < 1+width {
			err = errCutShort
			return 0
		}
		var n [8]byte
		copy(n[8-width:], b[1:1+width])
		return binary.BigEndian.Uint64(n[:])
	}
	low := uint64(code)
	switch {
	case code <= 0x7f || code >= 0xe0: // fixint
		return 1, 0, nil
	case code <= 0x8f: // fixmap
		return 1, 2 * (low & 0xf), nil
	case code <= 0x9f: // fixarray
		return 1, low & 0xf, nil
	case code <= 0xbf: // fixstr
		return 1 + low&0x1f, 0, nil
	case code == 0xc1:
		return 0, 0, errors.New("a byte that begins no value")
	case code <= 0xc3: // nil, false, true
		return 1, 0, nil
	case code <= 0xc6: // bin
		width := 1 << (code - 0xc4)
		size = 1 + uint64(width) + count(width)
	case code <= 0xc9: // ext, with its type
		width := 1 << (code - 0xc7)
		size = 2 + uint64(width) + count(width)
	case code <= 0xcb: // float
		size = 1 + 4<<(low-0xca)
	case code <= 0xcf: // uint
		size = 1 + 1<<(low-0xcc)
	case code <= 0xd3: // int
		size = 1 + 1<<(low-0xd0)
	case code <= 0xd8: // fixext
		size = 2 + 1<<(low-0xd4)
	case code <= 0xdb: // str
		width := 1 << (code - 0xd9)
		size = 1 + uint64(width) + count(width)
	case code <= 0xdd: // array
		width := 2 << (code - 0xdc)
		size, children = 1+uint64(width), count(width)
	default: // map
		width := 2 << (code - 0xde)
		size, children = 1+uint64(width), 2*count(width)
	}
	return size, children, err
}

// decodeStruct reads a map into s. The library alone would take an array for a
// struct, a negative number for a large one, and would merge what a key gives twice.
func decodeStruct(d *msgpack.Decoder, s reflect.Value) error {
	code, err := d.PeekCode()
	if err != nil {
		return err
	}
	if code&0xf0 != 0x80 && code != 0xde && code != 0xdf {
		return errors.New("no map where one is wanted")
	}
	n, err := d.DecodeMapLen()
	if err != nil {
		return err
	}
	for range n {
		key, err := d.DecodeString()
		if err != nil {
			return fmt.Errorf("key: %w", err)
		}
		field := fieldOf(s, key)
		if !field.IsValid() {
			if err := d.Skip(); err != nil {
				return err
			}
			continue
		}
		field.SetZero()
		if err := decodeField(d, field); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

// fieldOf is the field that a key fills; invalid if none.
func fieldOf(s reflect.Value, key string) reflect.Value {
	for i := range s.NumField() {
		f := s.Type().Field(i)
		if f.Anonymous {
			if inner := fieldOf(s.Field(i), key); inner.IsValid() {
				return inner
			}
		} else if f.Tag.Get("msgpack") == key {
			return s.Field(i)
		}
	}
	return reflect.Value{}
}

func decodeField(d *msgpack.Decoder, field reflect.Value) error {
	if field.Kind() == reflect.Struct {
		return decodeStruct(d, field)
	}
	if positions, ok := field.Addr().Interface().(*[]uint64); ok {
		return decodePositions(d, positions)
	}
	if err := d.DecodeValue(field); err != nil {
		return err
	}
	switch text := field.Interface().(type) {
	case string:
		return checkText(text)
	case *string:
		if text != nil {
			return checkText(*text)
		}
	case []string:
		return checkText(text...)
	case map[string]string:
		for k, v := range text {
			if err := checkText(k, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkText refuses what DuckDB's VARCHAR cannot hold.
func checkText(texts ...string) error {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return errors.New("no UTF-8")
		}
	}
	return nil
}

// decodePositions reads unsigned numbers alone: -1 is not the number of the row's identity.
func decodePositions(d *msgpack.Decoder, list *[]uint64) error {
	n, err := d.DecodeArrayLen()
	if err != nil || n < 0 {
		return err
	}
	*list = make([]uint64, n)
	for i := range *list {
		code, err := d.PeekCode()
		if err != nil {
			return err
		}
		if code > 0x7f && (code < 0xcc || code > 0xcf) {
			return errors.New("no unsigned number where one is wanted")
		}
		if (*list)[i], err = d.DecodeUint64(); err != nil {
			return err
		}
	}
	return nil
}
