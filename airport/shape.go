package airport

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/catalog"
)

// Shaper makes messages of the advertised schema from batches of a Scan's SQL: it
// puts columns into their places, fills those that were not asked for with NULL, and
// gives values the advertised types. One goroutine uses it.
//
// The client takes columns by their place, so all of them must be in each message.
// Those that nobody asked for share one run of zeros in its body.
type Shaper struct {
	schema   *arrow.Schema
	source   []int // for each advertised column the batch's, or -1
	partRows int64 // that a message has at most, for the zeros to stay few
	empty    []arrow.Array
	buffers  []int // for each advertised column, how many it has
}

// Message is one encoded record batch: the header and body of a FlightData. Body's
// parts may share memory with the batch until Release.
type Message struct {
	Header  []byte
	Body    [][]byte
	Rows    int64
	Release func()
}

// zerosMost bounds the zeros in a message.
const zerosMost = 256 << 10

// NewShaper is for batches with those columns, of a table advertised as schema. The
// rows' identities are NULL: nothing is changed by them yet.
func NewShaper(schema *arrow.Schema, columns []string) (*Shaper, error) {
	s := &Shaper{schema: schema, source: make([]int, schema.NumFields()), partRows: 1 << 20}
	found := 0
	for i, f := range schema.Fields() {
		s.buffers = append(s.buffers, bufferCount(f.Type))
		s.source[i] = slices.IndexFunc(columns, func(name string) bool { return catalog.SameName(name, f.Name) })
		if f.Metadata.FindKey(metaRowID) >= 0 {
			s.source[i] = -1
		}
		if s.source[i] >= 0 {
			found++
			continue
		}
		s.partRows = min(s.partRows, max(zerosMost/widest(f.Type), 1))
	}
	if found != len(columns) {
		return nil, fmt.Errorf("%w: columns %s are not all in the table", ErrMalformed, strings.Join(columns, ", "))
	}
	return s, nil
}

// Schema is the advertised one.
func (s *Shaper) Schema() *arrow.Schema { return s.schema }

// Shape encodes rec, which stays the caller's; in several messages where one would
// have too many zeros.
func (s *Shaper) Shape(rec arrow.RecordBatch, send func(Message) error) error {
	for from := int64(0); from < rec.NumRows(); from += s.partRows {
		part := rec.NewSlice(from, min(from+s.partRows, rec.NumRows()))
		m, err := s.ShapeOne(part)
		part.Release()
		if err != nil {
			return err
		}
		if err := send(m); err != nil {
			return err
		}
	}
	return nil
}

// ShapeOne encodes rec, which stays the caller's, in one message, however large. Its
// columns are those that the Shaper is for; types may be the engine's or the advertised ones.
func (s *Shaper) ShapeOne(rec arrow.RecordBatch) (Message, error) {
	columns := make([]arrow.Array, len(s.source))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i, from := range s.source {
		var err error
		switch {
		case from < 0:
			columns[i] = s.nulls(i, rec.NumRows())
		case from >= int(rec.NumCols()):
			return Message{}, fmt.Errorf("%w: a batch of %d columns", ErrMalformed, rec.NumCols())
		default:
			columns[i], err = as(rec.Column(from), s.schema.Field(i))
		}
		if err != nil {
			return Message{}, err
		}
	}
	whole := array.NewRecordBatch(s.schema, columns, rec.NumRows())
	defer whole.Release()
	p, err := ipc.GetRecordBatchPayload(whole)
	if err != nil {
		return Message{}, fmt.Errorf("encode a batch: %w", err)
	}
	m, err := s.compact(&p)
	if err != nil {
		p.Release()
		return Message{}, err
	}
	m.Rows = rec.NumRows()
	return m, nil
}

// nulls are n of them in the type of that column.
func (s *Shaper) nulls(column int, n int64) arrow.Array {
	if s.empty == nil {
		s.empty = make([]arrow.Array, len(s.source))
	}
	if s.empty[column] == nil || int64(s.empty[column].Len()) < n {
		s.empty[column] = array.MakeArrayOfNull(memory.DefaultAllocator, s.schema.Field(column).Type, int(n))
	}
	return array.NewSlice(s.empty[column], 0, n)
}

// as is column in the advertised type, for the caller to release.
func as(column arrow.Array, f arrow.Field) (arrow.Array, error) {
	if e, ok := column.(array.ExtensionArray); ok {
		column = e.Storage()
	}
	got, want := column.DataType(), f.Type
	_, stamps := got.(*arrow.TimestampType)
	switch {
	case arrow.TypeEqual(got, want), stamps && got.ID() == want.ID() && got.(*arrow.TimestampType).Unit == want.(*arrow.TimestampType).Unit:
		column.Retain() // an instant is one in every zone
		return column, nil
	case got.ID() == arrow.DECIMAL128 && want.ID() == arrow.FIXED_SIZE_BINARY:
		d := column.Data()
		data := array.NewData(want, d.Len(), d.Buffers(), nil, d.NullN(), d.Offset()) // the same bytes
		defer data.Release()
		return array.MakeFromData(data), nil
	case got.ID() == arrow.STRING && want.ID() == arrow.FIXED_SIZE_BINARY:
		return uuids(column.(*array.String), f)
	}
	return nil, fmt.Errorf("%w: the column %q comes as %s and is %s", ErrMalformed, f.Name, got, want)
}

func uuids(texts *array.String, f arrow.Field) (arrow.Array, error) {
	b := array.NewFixedSizeBinaryBuilder(memory.DefaultAllocator, f.Type.(*arrow.FixedSizeBinaryType))
	defer b.Release()
	b.Reserve(texts.Len())
	for i := range texts.Len() {
		if texts.IsNull(i) {
			b.AppendNull()
			continue
		}
		raw, err := hex.DecodeString(strings.ReplaceAll(texts.Value(i), "-", ""))
		if err != nil || len(raw) != sixteenBytes.ByteWidth {
			return nil, fmt.Errorf("%w: the column %q holds what is no UUID", ErrMalformed, f.Name)
		}
		b.Append(raw)
	}
	return b.NewArray(), nil
}

// widest is the bytes that a value takes in the largest buffer of its type.
func widest(t arrow.DataType) int64 {
	var most int64 = 4 // offsets
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		return max(most, int64(t.Len())*widest(t.Elem()))
	case arrow.ListLikeType:
		return most
	case *arrow.StructType:
		for _, f := range t.Fields() {
			most = max(most, widest(f.Type))
		}
	case arrow.UnionType:
		for _, f := range t.Fields() {
			most = max(most, widest(f.Type))
		}
	case arrow.FixedWidthDataType:
		return int64(t.BitWidth()+7) / 8
	}
	return most
}

// bufferCount is how many buffers an array of t has in a message, as the Arrow
// columnar format lays them out.
func bufferCount(t arrow.DataType) int {
	switch t := t.(type) {
	case *arrow.NullType:
		return 0
	case *arrow.FixedSizeListType:
		return 1 + bufferCount(t.Elem())
	case *arrow.MapType:
		return 2 + bufferCount(t.Elem())
	case arrow.ListLikeType:
		return 2 + bufferCount(t.Elem())
	case *arrow.StructType:
		return 1 + fieldBuffers(t.Fields())
	case *arrow.SparseUnionType:
		return 1 + fieldBuffers(t.Fields())
	case arrow.BinaryDataType:
		return 3
	}
	return 2
}

func fieldBuffers(fields []arrow.Field) int {
	n := 0
	for _, f := range fields {
		n += bufferCount(f.Type)
	}
	return n
}

// compact takes p over, and makes a message of it in which the buffers of all absent
// columns lie at the same place.
func (s *Shaper) compact(p *ipc.Payload) (Message, error) {
	meta := p.Meta()
	defer meta.Release()
	header := slices.Clone(meta.Bytes())
	var body parts
	_ = p.SerializeBody(&body) // a list takes everything
	m := Message{Header: header, Release: p.Release}
	places, size, err := batchPlaces(header)
	if err != nil {
		return Message{}, err
	}
	absent := make([]bool, 0, len(places)/16)
	for i, n := range s.buffers {
		for range n {
			absent = append(absent, s.source[i] < 0)
		}
	}
	if len(absent)*16 != len(places) {
		return Message{}, fmt.Errorf("encode a batch: %d buffers where %d are expected", len(places)/16, len(absent))
	}
	var zeros uint64
	for i, gone := range absent {
		if gone {
			zeros = max(zeros, binary.LittleEndian.Uint64(places[16*i+8:]))
		}
	}
	zeros = (zeros + 63) &^ 63
	if zeros > 0 {
		m.Body = append(m.Body, make([]byte, zeros))
	}
	at := zeros
	for i, gone := range absent {
		from, to := binary.LittleEndian.Uint64(places[16*i:]), body.size
		if i+1 < len(absent) {
			to = binary.LittleEndian.Uint64(places[16*i+16:])
		}
		buffer := body.before(to)
		if gone {
			binary.LittleEndian.PutUint64(places[16*i:], 0)
			continue
		}
		binary.LittleEndian.PutUint64(places[16*i:], at)
		m.Body = append(m.Body, buffer...)
		at += to - from
	}
	binary.LittleEndian.PutUint64(size, at)
	return m, nil
}

// batchPlaces finds, in the header of a message with a record batch, the places of
// its buffers, each an offset and a length of 8 bytes, and the size of its body.
func batchPlaces(header []byte) (buffers, size []byte, err error) {
	message := table{header, int(binary.LittleEndian.Uint32(header))}
	at := message.field(3)
	batch := message.child(2)
	list := batch.field(2)
	if at == 0 || list == 0 {
		return nil, nil, fmt.Errorf("encode a batch: its header is not understood")
	}
	list += int(binary.LittleEndian.Uint32(header[list:]))
	n := int(binary.LittleEndian.Uint32(header[list:]))
	return header[list+4 : list+4+16*n], header[at : at+8], nil
}

// table is a FlatBuffers table.
type table struct {
	b  []byte
	at int
}

// field is where the field of that number is; 0 for nowhere.
func (t table) field(n int) int {
	if t.at == 0 {
		return 0
	}
	v := t.at - int(int32(binary.LittleEndian.Uint32(t.b[t.at:]))) //nolint:gosec // an offset back
	if slot := 4 + 2*n; slot < int(binary.LittleEndian.Uint16(t.b[v:])) {
		if o := int(binary.LittleEndian.Uint16(t.b[v+slot:])); o != 0 {
			return t.at + o
		}
	}
	return 0
}

func (t table) child(n int) table {
	at := t.field(n)
	if at == 0 {
		return table{}
	}
	return table{t.b, at + int(binary.LittleEndian.Uint32(t.b[at:]))}
}

// parts remembers what is written to it, without copying.
type parts struct {
	list [][]byte
	size uint64
	at   uint64 // what was taken off
}

func (p *parts) Write(b []byte) (int, error) {
	p.list = append(p.list, b)
	p.size += uint64(len(b))
	return len(b), nil
}

// before takes the parts up to an offset off the list; those before it must have been
// taken already.
func (p *parts) before(end uint64) [][]byte {
	var out [][]byte
	for p.at < end && len(p.list) > 0 {
		part := p.list[0]
		if left := end - p.at; left < uint64(len(part)) {
			p.list[0], part = part[left:], part[:left]
		} else {
			p.list = p.list[1:]
		}
		out = append(out, part)
		p.at += uint64(len(part))
	}
	return out
}
