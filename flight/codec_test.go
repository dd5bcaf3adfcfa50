package flight

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"
)

// capture takes messages as the transport would: through the codec.
type capture struct {
	arrowflight.FlightService_DoGetServer
	messages [][]byte
	fail     error
}

func (c *capture) SendMsg(m any) error {
	if c.fail != nil {
		return c.fail
	}
	out, err := newCodec().Marshal(m)
	if err != nil {
		return err
	}
	c.messages = append(c.messages, out.Materialize())
	out.Free()
	return nil
}

// standard takes messages as arrow-go's own writer makes them.
type standard struct{ messages []*arrowflight.FlightData }

func (s *standard) Send(d *arrowflight.FlightData) error {
	s.messages = append(s.messages, &arrowflight.FlightData{DataHeader: bytes.Clone(d.DataHeader), DataBody: bytes.Clone(d.DataBody)})
	return nil
}

func sample(mem memory.Allocator, rows int, text string) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "l", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32), Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	for i := range rows {
		if i%7 == 3 {
			b.Field(0).AppendNull()
		} else {
			b.Field(0).(*array.Int64Builder).Append(int64(i))
		}
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprint(text, i))
		l := b.Field(2).(*array.ListBuilder)
		l.Append(true)
		l.ValueBuilder().(*array.Int32Builder).AppendValues([]int32{1, int32(i)}, nil)
	}
	return b.NewRecordBatch()
}

func TestMessagesAreThoseOfTheStandardWriterByteForByte(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, rows := range []int{1, 3, 2048, 20_000} {
		whole := sample(mem, rows+2, "row ")
		rec := whole.NewSlice(1, int64(rows)+1)
		out := &capture{}
		w := &writer{stream: out, call: &call{}}
		if err := w.writeAll(rec); err != nil {
			t.Fatal(err)
		}
		want := &standard{}
		std := arrowflight.NewRecordWriter(want, ipc.WithSchema(rec.Schema()))
		if err := std.Write(rec); err != nil {
			t.Fatal(err)
		}
		if err := std.Close(); err != nil {
			t.Fatal(err)
		}
		if len(out.messages) != len(want.messages) {
			t.Fatalf("%d rows: %d messages, want %d", rows, len(out.messages), len(want.messages))
		}
		for i, m := range out.messages {
			var got arrowflight.FlightData
			if err := proto.Unmarshal(m, &got); err != nil {
				t.Fatalf("%d rows, message %d: %v", rows, i, err)
			}
			if !bytes.Equal(got.DataHeader, want.messages[i].DataHeader) || !bytes.Equal(got.DataBody, want.messages[i].DataBody) {
				t.Errorf("%d rows: message %d differs", rows, i)
			}
		}
		rec.Release()
		whole.Release()
	}
}

func TestASchemaIsEncodedOnceForAllResultsThatHaveIt(t *testing.T) {
	rec := sample(memory.DefaultAllocator, 1, "row ")
	defer rec.Release()
	schemas, want := newSchemaCache(), &capture{}
	if err := (&writer{stream: want, call: &call{}}).writeAll(rec); err != nil {
		t.Fatal(err)
	}
	message, described := schemas.message(rec.Schema()), schemas.serialized(rec.Schema())
	for range 2 {
		out := &capture{}
		if err := (&writer{stream: out, call: &call{}, schemas: schemas}).start(rec.Schema()); err != nil {
			t.Fatal(err)
		}
		if len(out.messages) != 1 || !bytes.Equal(out.messages[0], want.messages[0]) {
			t.Error("a result begins with another message")
		}
	}
	if &schemas.message(rec.Schema())[0] != &message[0] || &schemas.serialized(rec.Schema())[0] != &described[0] {
		t.Error("the schema was encoded anew")
	}
}

func TestNoMessagePassesTheLimitUnlessOneRowDoes(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	large := string(bytes.Repeat([]byte("x"), 100_000))
	rec := sample(mem, 200, large)
	defer rec.Release()
	out := &capture{}
	w := &writer{stream: out, call: &call{}}
	if err := w.writeAll(rec); err != nil {
		t.Fatal(err)
	}
	if w.call.rows != 200 {
		t.Errorf("%d rows sent, want 200", w.call.rows)
	}
	for i, m := range out.messages {
		if len(m) > 4<<20 {
			t.Errorf("message %d has %d bytes", i, len(m))
		}
	}
	if n := len(out.messages); n < 6 || n > 45 {
		t.Errorf("20 MB went in %d messages", n)
	}
	one := sample(mem, 1, string(bytes.Repeat([]byte("y"), 6<<20)))
	defer one.Release()
	out = &capture{}
	if err := (&writer{stream: out, call: &call{}}).writeAll(one); err != nil {
		t.Fatal(err)
	}
	if len(out.messages) != 2 || len(out.messages[1]) < 6<<20 {
		t.Errorf("one large row went in %d messages", len(out.messages))
	}
}

func TestAFailedWriteKeepsNothing(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	rec := sample(mem, 5000, "row ")
	out := &capture{fail: fmt.Errorf("the client is gone")}
	w := &writer{stream: out, call: &call{}}
	if err := w.write(rec); err == nil {
		t.Error("the failure was not reported")
	}
	rec.Release()
}
