package flight

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

const (
	// messageMost is what no message passes unless one row does: several
	// clients refuse more than 4 MiB.
	messageMost = 4<<20 - 64<<10
	// messageAim is the size of the parts of a batch that is too large.
	messageAim = 1 << 20
)

// writer sends batches on one DoGet stream. It keeps none after write returns,
// beyond what the transport has yet to send.
type writer struct {
	stream  arrowflight.FlightService_DoGetServer
	call    *call
	schemas *schemaCache
}

// start sends the schema, which an empty result has too.
func (w *writer) start(schema *arrow.Schema) error {
	return w.sendFrame(headFrame(w.schemas.message(schema)))
}

// write sends rec, in several messages if one would be too large. rec stays the
// caller's.
func (w *writer) write(rec arrow.RecordBatch) error {
	if rec.NumRows() == 0 {
		return nil
	}
	p, err := ipc.GetRecordBatchPayload(rec)
	if err != nil {
		return fmt.Errorf("encode a batch: %w", err)
	}
	size := bodySize(&p)
	if size > messageMost && rec.NumRows() > 1 {
		p.Release()
		return w.writeParts(rec, size)
	}
	if err := w.call.execution.gives(rec.NumRows(), size); err != nil {
		p.Release()
		return err
	}
	if err := w.send(&p); err != nil {
		return err
	}
	w.call.rows += rec.NumRows()
	return nil
}

// writeParts sends rec in parts of about the size aimed at; a part that is still
// too large, because rows differ, is parted again.
func (w *writer) writeParts(rec arrow.RecordBatch, size int64) error {
	rows := min(max(rec.NumRows()*messageAim/size, 1), (rec.NumRows()+1)/2)
	for from := int64(0); from < rec.NumRows(); from += rows {
		part := rec.NewSlice(from, min(from+rows, rec.NumRows()))
		err := w.write(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// writeAll sends a whole small result. Its schema may be this call's alone.
func (w *writer) writeAll(rec arrow.RecordBatch) error {
	if err := w.sendFrame(schemaFrame(rec.Schema())); err != nil {
		return err
	}
	return w.write(rec)
}

// send takes p over and releases it, on every path.
func (w *writer) send(p *ipc.Payload) error { return w.sendFrame(newFrame(p)) }

func (w *writer) sendFrame(f *frame) error {
	w.call.bytes += f.size
	err := w.stream.SendMsg(f)
	f.done()
	return err
}

// sizer counts what is written to it.
type sizer int64

func (s *sizer) Write(p []byte) (int, error) {
	*s += sizer(len(p))
	return len(p), nil
}

func bodySize(p *ipc.Payload) int64 {
	var n sizer
	_ = p.SerializeBody(&n) // a sizer takes everything
	return int64(n)
}

// countBatch is the result of a statement that has run.
func countBatch(h handle) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, countSchema)
	defer b.Release()
	if h.Ran == ranCounted {
		counts := b.Field(0).(*array.Int64Builder)
		counts.Append(h.Count)
	}
	return b.NewRecordBatch()
}
