package directory

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
)

// How large answers may be. An entry with 10,000 groups takes about 1.5 MiB.
const (
	maxMessage  = 4 << 20  // one message
	maxAnswer   = 16 << 20 // all messages that answer one request
	maxElements = 50_000   // in one message
	maxDepth    = 10       // of elements within elements; LDAP's own messages need 6
)

var (
	errTooLarge  = errors.New("the directory's answer is too large")
	errMalformed = errors.New("the directory's answer is no LDAP message")
)

// messages is a connection that gives its reader whole LDAP messages of bounded size
// and shape. The library decodes whatever a length announces, and keeps a copy at each
// depth.
type messages struct {
	net.Conn
	buffered *bufio.Reader
	rest     []byte       // of the message that is being handed on
	left     atomic.Int64 // how many bytes may still come
}

func newMessages(c net.Conn) *messages {
	m := &messages{Conn: c, buffered: bufio.NewReader(c)}
	m.allow()
	return m
}

// allow begins a new request.
func (m *messages) allow() { m.left.Store(maxAnswer) }

// Read implements net.Conn.
func (m *messages) Read(p []byte) (int, error) {
	if len(m.rest) == 0 {
		var err error
		if m.rest, err = m.next(m.buffered); err != nil {
			return 0, err
		}
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// next reads one message, and no byte after it.
func (m *messages) next(r io.Reader) ([]byte, error) {
	var text bytes.Buffer
	if _, err := io.CopyN(&text, r, 2); err != nil {
		return nil, err
	}
	if octets := int64(text.Bytes()[1]) - 0x80; octets > 4 {
		return nil, errTooLarge
	} else if octets > 0 {
		if _, err := io.CopyN(&text, r, octets); err != nil {
			return nil, unexpected(err)
		}
	}
	head, length, err := element(text.Bytes())
	if err != nil {
		return nil, err
	}
	if text.Bytes()[0] != 0x30 {
		return nil, errMalformed
	}
	if length > maxMessage || m.left.Add(int64(-head-length)) < 0 {
		return nil, errTooLarge
	}
	if _, err := io.CopyN(&text, r, int64(length)); err != nil {
		return nil, unexpected(err)
	}
	if length < 5 || text.Bytes()[head] != 0x02 {
		return nil, errMalformed // the library waits for another that begins with its number
	}
	elements := 0
	if err := count(text.Bytes(), 0, &elements); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("in the middle of an answer: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// element reads the head of a BER element, and gives its size and that of the content.
// Lengths are definite, and tags below 31 (RFC 4511, section 5.1).
func element(text []byte) (head, length int, err error) {
	if len(text) < 2 || text[0]&0x1f == 0x1f {
		return 0, 0, errMalformed
	}
	if text[1] < 0x80 {
		return 2, int(text[1]), nil
	}
	octets := int(text[1]) - 0x80
	if octets == 0 || octets > 4 || len(text) < 2+octets {
		return 0, 0, errMalformed
	}
	for _, b := range text[2 : 2+octets] {
		length = length<<8 | int(b)
	}
	return 2 + octets, length, nil
}

// count checks the elements that text consists of.
func count(text []byte, depth int, elements *int) error {
	if depth > maxDepth {
		return errMalformed
	}
	for len(text) > 0 {
		head, length, err := element(text)
		if err != nil || length > len(text)-head {
			return errMalformed
		}
		if *elements++; *elements > maxElements {
			return errTooLarge
		}
		if constructed := text[0]&0x20 != 0; constructed {
			if err := count(text[head:head+length], depth+1, elements); err != nil {
				return err
			}
		}
		text = text[head+length:]
	}
	return nil
}
