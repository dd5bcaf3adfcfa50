package flight

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/lakegate/lakegate/auth"
)

// kind is what a sealed thing is for; one kind never opens as another.
type kind byte

const (
	statementTicket kind = 'q'
	preparedHandle  kind = 'p'
	transactionID   kind = 't'
	sessionCookie   kind = 'c'

	airportScan          kind = 'a'
	airportFunction      kind = 'f'
	airportTransactionID kind = 'x'
)

// errHandle is what a ticket, handle or transaction gets that is forged,
// somebody else's, or of another server: all look as if there were none.
var errHandle = errors.New("no such ticket, statement handle or transaction")

// errExpired is for the holder alone.
var errExpired = errors.New("the ticket or statement handle has expired; prepare the statement again")

// owner tells principals apart, in fixed size.
type owner [16]byte

func ownerOf(p auth.Principal) owner {
	sum := sha256.Sum256([]byte(p.Key()))
	return owner(sum[:16])
}

// id names a session, a transaction or stored parameters; zero names nothing.
type id [16]byte

// handle is what a ticket, a prepared statement's handle, a transaction's id or
// a cookie says, sealed. So any replica with the key can go on from it.
type handle struct {
	Owner   owner
	Expires int64 // Unix seconds

	Session     id // the session that it is bound to, if any
	Transaction id // the transaction that was open then, if any
	Replica     [8]byte

	Catalog, Schema string // where unqualified names are looked for; empty for the default
	SQL             string
	Params          []byte // bound parameters, or rows that were returned, as an Arrow IPC stream
	Stored          id     // or the place on the replica where they are kept
	Count           int64  // of a statement that has run: the rows it changed
	Ran             ran
}

// ran says whether a ticket's statement has been run already.
type ran byte

const (
	notRun      ran = iota // DoGet runs it
	ranCounted             // Count is its result
	ranSilent              // it gave nothing, such as CREATE TABLE
	ranReturned            // Params or Stored are the rows of its RETURNING
)

func (h *handle) encode() []byte {
	b := make([]byte, 0, 128+len(h.SQL)+len(h.Params)+len(h.Catalog)+len(h.Schema))
	b = append(b, h.Owner[:]...)
	b = binary.AppendVarint(b, h.Expires)
	b = append(b, h.Session[:]...)
	b = append(b, h.Transaction[:]...)
	b = append(b, h.Replica[:]...)
	b = append(b, h.Stored[:]...)
	b = append(b, byte(h.Ran))
	b = binary.AppendVarint(b, h.Count)
	for _, s := range []string{h.Catalog, h.Schema, h.SQL} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(h.Params)))
	return append(b, h.Params...)
}

// decodeHandle is the reverse of encode. It refuses what encode does not write.
func decodeHandle(b []byte) (handle, error) {
	var h handle
	d := decoder{b: b}
	d.fixed(h.Owner[:])
	h.Expires = d.varint()
	d.fixed(h.Session[:])
	d.fixed(h.Transaction[:])
	d.fixed(h.Replica[:])
	d.fixed(h.Stored[:])
	var r [1]byte
	d.fixed(r[:])
	h.Ran = ran(r[0])
	h.Count = d.varint()
	h.Catalog, h.Schema, h.SQL = string(d.bytes()), string(d.bytes()), string(d.bytes())
	h.Params = d.bytes()
	if d.bad || len(d.b) != 0 || h.Ran > ranReturned {
		return handle{}, errHandle
	}
	return h, nil
}

// decoder reads the parts of a handle; once bad, it gives zeros.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fixed(to []byte) {
	if len(d.b) < len(to) {
		d.bad, d.b = true, nil
		return
	}
	d.b = d.b[copy(to, d.b):]
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > uint64(len(d.b)-n) {
		d.bad, d.b = true, nil
		return nil
	}
	out := d.b[n : n+int(v)]
	d.b = d.b[n+int(v):]
	return out
}

// give seals h for c's caller.
func (s *Server) give(c *call, k kind, h handle, life time.Duration) ([]byte, error) {
	h.Owner = c.owner
	h.Expires = s.cfg.Now().Add(life).Unix()
	if h.Session != (id{}) || h.Stored != (id{}) {
		h.Replica = s.replica
	}
	return s.seal.Seal(byte(k), h.encode())
}

// opened opens what give sealed, for whomever.
func (s *Server) opened(k kind, sealed []byte) (handle, error) {
	plain, err := s.seal.Open(byte(k), sealed)
	if err != nil {
		return handle{}, errHandle // whoever forges learns nothing from why
	}
	return decodeHandle(plain)
}

// take opens what give sealed, for the same caller.
func (s *Server) take(c *call, k kind, sealed []byte) (handle, error) {
	h, err := s.opened(k, sealed)
	if err != nil {
		return handle{}, err
	}
	if h.Owner != c.owner {
		return handle{}, errHandle
	}
	if s.cfg.Now().Unix() > h.Expires {
		return handle{}, errExpired
	}
	return h, nil
}
