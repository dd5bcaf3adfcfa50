package engine

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// kind says how a column's values become Arrow's.
type kind uint8

const (
	asOther    kind = iota // DuckDB converts it
	asIs                   // the same bytes
	asBits                 // a byte becomes a bit
	asDecimal              // a narrow integer becomes 128 bits
	asInterval             // months, days and microseconds become nanoseconds
	asUUID                 // 128 bits become 36 characters
	asText                 // characters or bytes
)

// layout is kind with the bytes that one value takes in DuckDB and in Arrow.
type layout struct {
	kind    kind
	in, out int
}

// fixed are the types whose values are the same bytes in DuckDB and in Arrow.
var fixed = map[duckdb.Type]int{
	duckdb.TypeTinyInt: 1, duckdb.TypeUTinyInt: 1, duckdb.TypeSmallInt: 2, duckdb.TypeUSmallInt: 2,
	duckdb.TypeInteger: 4, duckdb.TypeUInteger: 4, duckdb.TypeBigInt: 8, duckdb.TypeUBigInt: 8,
	duckdb.TypeFloat: 4, duckdb.TypeDouble: 8, duckdb.TypeHugeInt: 16, duckdb.TypeDate: 4, duckdb.TypeTime: 8,
	duckdb.TypeTimeNS: 8, duckdb.TypeTimestamp: 8, duckdb.TypeTimestampS: 8, duckdb.TypeTimestampMS: 8,
	duckdb.TypeTimestampNS: 8, duckdb.TypeTimestampTZ: 8,
}

// layoutOf is how columns of t are laid out.
func layoutOf(t duckdb.LogicalType) layout {
	id := duckdb.GetTypeId(t)
	if id == duckdb.TypeDecimal {
		width := fixed[duckdb.DecimalInternalType(t)]
		if width == 16 {
			return layout{asIs, 16, 16}
		}
		return layout{asDecimal, width, 16}
	}
	if width, ok := fixed[id]; ok {
		return layout{asIs, width, width}
	}
	switch id {
	case duckdb.TypeBoolean:
		return layout{kind: asBits, in: 1}
	case duckdb.TypeInterval:
		return layout{asInterval, 16, 16}
	case duckdb.TypeUUID:
		return layout{asUUID, 16, uuidText}
	case duckdb.TypeVarchar, duckdb.TypeBlob:
		return layout{kind: asText, in: 16}
	}
	return layout{}
}

const uuidText = 36

// vector is a flat DuckDB vector: values, and a bit for each that is not NULL.
type vector struct {
	data unsafe.Pointer
	mask unsafe.Pointer // nil: none is NULL
}

func vectorOf(v duckdb.Vector) vector {
	return vector{data: duckdb.VectorGetData(v), mask: duckdb.VectorGetValidity(v)}
}

// bits are the validity bits of the first n rows.
func (v vector) bits(n int) []byte { return unsafe.Slice((*byte)(v.mask), (n+63)/64*8) }

// stringT is DuckDB's string: up to 12 bytes in place, else four and a pointer.
type stringT struct {
	length uint32
	inline [12]byte
}

func (s *stringT) bytes() []byte {
	if s.length <= uint32(len(s.inline)) {
		return s.inline[:s.length]
	}
	at := *(*unsafe.Pointer)(unsafe.Pointer(&s.inline[4]))
	return unsafe.Slice((*byte)(at), s.length)
}

func cells[T any](v vector, from, to int) []T {
	return unsafe.Slice((*T)(v.data), to)[from:to]
}

// builder is one column of the batch in the making.
type builder struct {
	layout
	data, offsets, valid growing
	nulls                int
	lastData             int // bytes of data in the batch before this one
}

// size is what the rows from begin to end take in Arrow.
func (c *builder) size(v vector, from, to int) int {
	n := to - from
	switch c.kind {
	case asOther:
		return 0
	case asBits:
		return n / 8
	case asText:
		return c.textSize(v, from, to) + 4*n
	case asUUID:
		return (uuidText + 4) * n
	default:
		return c.out * n
	}
}

func (c *builder) textSize(v vector, from, to int) int {
	total := 0
	list := cells[stringT](v, from, to)
	if v.mask == nil {
		for i := range list {
			total += int(list[i].length)
		}
		return total
	}
	valid := v.bits(to)
	for i := range list {
		if bitutil.BitIsSet(valid, from+i) {
			total += int(list[i].length)
		}
	}
	return total
}

// add copies rows from v, behind the rows that are there already; expected is
// how many there will be.
func (c *builder) add(v vector, from, to, rows, expected int) error {
	if c.kind == asOther {
		return nil
	}
	nulls := c.addValidity(v, from, to, rows, expected)
	switch c.kind {
	case asIs:
		dst := c.data.extend(c.in*(to-from), c.out*expected)
		copy(dst, unsafe.Slice((*byte)(v.data), c.in*to)[c.in*from:])
		if nulls > 0 {
			clearNulls(dst, c.in, v, from, to)
		}
	case asBits:
		c.addBits(v, from, to, rows, expected)
	case asDecimal:
		c.addDecimals(v, from, to, expected)
		if nulls > 0 {
			clearNulls(c.data.b[c.data.n-16*(to-from):c.data.n], 16, v, from, to)
		}
	case asInterval:
		dst := c.data.extend(16*(to-from), 16*expected)
		for i, s := range cells[[2]int64](v, from, to) {
			binary.NativeEndian.PutUint64(dst[16*i:], uint64(s[0]))
			binary.NativeEndian.PutUint64(dst[16*i+8:], uint64(s[1]*1000))
		}
		if nulls > 0 {
			clearNulls(dst, 16, v, from, to)
		}
	case asUUID:
		c.addUUIDs(v, from, to, expected)
	case asText:
		return c.addTexts(v, from, to, expected)
	}
	return nil
}

// addValidity copies the validity bits and counts the NULLs among the rows. The
// column has no bits until there is a NULL.
func (c *builder) addValidity(v vector, from, to, rows, expected int) int {
	n, nulls := to-from, 0
	if v.mask != nil {
		nulls = n - bitutil.CountSetBits(v.bits(to), from, n)
	}
	if nulls == 0 && c.nulls == 0 {
		return 0
	}
	if need := (rows+n+7)/8 - c.valid.n; need > 0 {
		fresh := c.valid.n == 0
		added := c.valid.extend(need, (expected+7)/8)
		clear(added)
		if fresh {
			bitutil.SetBitsTo(c.valid.b, 0, int64(rows), true)
		}
	}
	if nulls == 0 {
		bitutil.SetBitsTo(c.valid.b, int64(rows), int64(n), true)
	} else {
		bitutil.CopyBitmap(v.bits(to), from, n, c.valid.b, rows)
	}
	c.nulls += nulls
	return nulls
}

// clearNulls overwrites what stands in the places of NULLs: it may be a value
// that a mask or a CASE has hidden.
func clearNulls(dst []byte, width int, v vector, from, to int) {
	valid := v.bits(to)
	for i := from; i < to; i++ {
		if bitutil.BitIsNotSet(valid, i) {
			clear(dst[width*(i-from) : width*(i-from+1)])
		}
	}
}

func (c *builder) addBits(v vector, from, to, rows, expected int) {
	if need := (rows+to-from+7)/8 - c.data.n; need > 0 {
		clear(c.data.extend(need, (expected+7)/8))
	}
	var valid []byte
	if v.mask != nil {
		valid = v.bits(to)
	}
	for i, b := range cells[byte](v, from, to) {
		if b != 0 && (valid == nil || bitutil.BitIsSet(valid, from+i)) {
			bitutil.SetBit(c.data.b, rows+i)
		}
	}
}

func (c *builder) addDecimals(v vector, from, to, expected int) {
	dst := c.data.extend(16*(to-from), 16*expected)
	out := unsafe.Slice((*[2]int64)(unsafe.Pointer(unsafe.SliceData(dst))), to-from)
	switch c.in {
	case 2:
		widen(out, cells[int16](v, from, to))
	case 4:
		widen(out, cells[int32](v, from, to))
	default:
		widen(out, cells[int64](v, from, to))
	}
}

func widen[T int16 | int32 | int64](out [][2]int64, in []T) {
	out = out[:len(in)]
	for i, n := range in {
		out[i] = [2]int64{int64(n), int64(n) >> 63}
	}
}

// addOffsets gives the place for n more offsets, behind the leading zero.
func (c *builder) addOffsets(n, expected int) []int32 {
	if c.offsets.n == 0 {
		clear(c.offsets.extend(4, 4*(expected+1)))
	}
	dst := c.offsets.extend(4*n, 4*(expected+1))
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(dst))), n)
}

func (c *builder) addTexts(v vector, from, to, expected int) error {
	total := c.textSize(v, from, to)
	at := c.data.n
	if at+total > math.MaxInt32 {
		return fmt.Errorf("a row's text is longer than 2 GiB: %w", ErrResources)
	}
	const slack = 12 // short strings are copied whole
	dst := c.data.extend(total+slack, c.lastData)
	c.data.n -= slack
	offsets := c.addOffsets(to-from, expected)
	var valid []byte
	if v.mask != nil {
		valid = v.bits(to)
	}
	pos := 0
	list := cells[stringT](v, from, to)
	for i := range list {
		if valid == nil || bitutil.BitIsSet(valid, from+i) {
			s := &list[i]
			if s.length <= slack {
				*(*[slack]byte)(dst[pos:]) = s.inline
			} else {
				copy(dst[pos:], s.bytes())
			}
			pos += int(s.length)
		}
		offsets[i] = int32(at + pos)
	}
	return nil
}

func (c *builder) addUUIDs(v vector, from, to, expected int) {
	at := c.data.n
	dst := c.data.extend(uuidText*(to-from), uuidText*expected)
	offsets := c.addOffsets(to-from, expected)
	var valid []byte
	if v.mask != nil {
		valid = v.bits(to)
	}
	pos := 0
	for i, id := range cells[[2]uint64](v, from, to) {
		if valid == nil || bitutil.BitIsSet(valid, from+i) {
			putUUID(dst[pos:pos+uuidText], id)
			pos += uuidText
		}
		offsets[i] = int32(at + pos)
	}
	c.data.n = at + pos
}

// putUUID writes id, whose upper half comes second and with its first bit
// flipped, so that DuckDB can order it as a signed number.
func putUUID(dst []byte, id [2]uint64) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], id[1]^1<<63)
	binary.BigEndian.PutUint64(b[8:], id[0])
	hex.Encode(dst, b[:4])
	dst[8] = '-'
	hex.Encode(dst[9:], b[4:6])
	dst[13] = '-'
	hex.Encode(dst[14:], b[6:8])
	dst[18] = '-'
	hex.Encode(dst[19:], b[8:10])
	dst[23] = '-'
	hex.Encode(dst[24:], b[10:])
}

// finish gives the column, and leaves the builder empty for the next batch. The
// caller must release the array.
func (c *builder) finish(t arrow.DataType, rows int) arrow.Array {
	buffers := []*memory.Buffer{nil}
	if c.nulls > 0 {
		buffers[0] = c.valid.take()
	}
	if c.kind == asText || c.kind == asUUID {
		buffers = append(buffers, c.offsets.take())
	}
	c.lastData = c.data.n
	buffers = append(buffers, c.data.take())
	data := array.NewData(t, rows, buffers, nil, c.nulls, 0)
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	c.nulls = 0
	defer data.Release()
	return array.MakeFromData(data)
}

func (c *builder) drop() {
	c.data.drop()
	c.offsets.drop()
	c.valid.drop()
	c.nulls = 0
}
