package flight

import (
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/lakegate/lakegate/airport"
)

// Field numbers of FlightData.
const (
	fieldDataHeader = 2
	fieldDataBody   = 1000
)

// frame is a FlightData message whose body is never copied into one piece: the
// codec hands the batch's own buffers to the transport. The batch lives until
// the transport has written them all.
type frame struct {
	release func() // of what parts share memory with; nil for nothing
	parts   [][]byte
	size    int64
	left    atomic.Int64 // parts with the transport, and one for the sender
}

// newFrame takes p over.
func newFrame(p *ipc.Payload) *frame {
	payload := *p
	var body partList
	_ = payload.SerializeBody(&body) // a list takes everything
	meta := payload.Meta()
	defer meta.Release()
	return frameOf(meta.Bytes(), body, payload.Release)
}

// messageFrame is m, which it takes over.
func messageFrame(m airport.Message) *frame {
	var body partList
	for _, part := range m.Body {
		_, _ = body.Write(part) // a list takes everything
	}
	return frameOf(m.Header, body, m.Release)
}

// schemaFrame is the first message of a result whose schema is this call's alone.
func schemaFrame(schema *arrow.Schema) *frame {
	p := ipc.GetSchemaPayload(schema, memory.DefaultAllocator)
	return newFrame(&p)
}

// frameOf is the message with that header, which it copies, and that body.
func frameOf(header []byte, body partList, release func()) *frame {
	head := make([]byte, 0, 32+len(header))
	if len(header) > 0 {
		head = protowire.AppendTag(head, fieldDataHeader, protowire.BytesType)
		head = protowire.AppendBytes(head, header)
	}
	if body.size > 0 {
		head = protowire.AppendTag(head, fieldDataBody, protowire.BytesType)
		head = protowire.AppendVarint(head, uint64(body.size))
	}
	f := &frame{release: release, parts: append([][]byte{head}, body.parts...), size: int64(len(head)) + body.size}
	f.left.Store(1)
	return f
}

// headFrame is a frame without a body, whose whole message is head.
func headFrame(head []byte) *frame {
	f := &frame{parts: [][]byte{head}, size: int64(len(head))}
	f.left.Store(1)
	return f
}

// done lets go of one part, the last one of the batch.
func (f *frame) done() {
	if f.left.Add(-1) == 0 && f.release != nil {
		f.release()
	}
}

// partList remembers what is written to it, without copying.
type partList struct {
	parts [][]byte
	size  int64
}

func (l *partList) Write(p []byte) (int, error) {
	l.parts = append(l.parts, p)
	l.size += int64(len(p))
	return len(p), nil
}

// slices are f's parts for the transport. Those that it does not count are
// copied, together with their neighbours.
func (f *frame) slices() mem.BufferSlice {
	out := make(mem.BufferSlice, 0, len(f.parts))
	var small []byte
	flush := func() {
		if len(small) > 0 {
			out = append(out, mem.SliceBuffer(small))
			small = nil
		}
	}
	for i, p := range f.parts {
		if i == 0 || mem.IsBelowBufferPoolingThreshold(len(p)) {
			small = append(small, p...)
			continue
		}
		flush()
		f.left.Add(1)
		out = append(out, mem.NewBuffer(&f.parts[i], framePool{f}))
	}
	flush()
	return out
}

// framePool is told by the transport that it is done with a part.
type framePool struct{ f *frame }

// Get is never called: the pool only takes.
func (framePool) Get(n int) *[]byte {
	b := make([]byte, n)
	return &b
}

// Put lets go of one part.
func (p framePool) Put(*[]byte) { p.f.done() }

// codec is protobuf's, with frames passed through.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(proto.Name)} }

// Marshal encodes v.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if f, ok := v.(*frame); ok {
		return f.slices(), nil
	}
	return c.CodecV2.Marshal(v)
}
