package flight

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/engine"
)

// returnMost bounds the bytes of rows that RETURNING may give: they are kept
// until the client comes for them.
const returnMost = 4 << 20

// ranInfo runs a statement that is no query, and gives the flight of its result.
func (s *Server) ranInfo(ctx context.Context, c *call, d *arrowflight.FlightDescriptor, st *statement, sc scope, desc engine.Description) (*arrowflight.FlightInfo, error) {
	if desc.Schema == nil {
		out, err := s.runOnce(ctx, c, st, sc, desc, 0)
		if err != nil {
			return nil, err
		}
		h := handle{Ran: ranSilent}
		if out.counted {
			h = handle{Ran: ranCounted, Count: out.rows}
		}
		return s.ticketInfo(c, d, countSchema, h)
	}
	// Room for the rows comes first: once they are there, the change is made.
	most := int64(returnMost)
	room, err := s.params.reserve(c.owner, most)
	if errors.Is(err, errParameters) {
		most, err = int64(s.cfg.Limits.InlineParameters), nil
	}
	if err != nil {
		return nil, err
	}
	kept := false
	defer func() {
		if !kept {
			s.params.drop(c.owner, room)
		}
	}()
	out, err := s.runOnce(ctx, c, st, sc, desc, most)
	if err != nil {
		return nil, err
	}
	rows, err := oneBatch(out.schema, out.returned)
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	h := handle{Ran: ranReturned}
	if payloadSize(rows) <= int64(s.cfg.Limits.InlineParameters) {
		if h.Params, err = writeParams(rows); err != nil {
			return nil, err
		}
	} else {
		s.params.fill(c.owner, room, rows)
		h.Stored, kept = room, true
	}
	return s.ticketInfo(c, d, out.schema, h)
}

// oneBatch joins batches, which it releases; none make an empty one.
func oneBatch(schema *arrow.Schema, batches []arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(batches) > 0 {
		return joined(batches)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	return b.NewRecordBatch(), nil
}

// getRan sends the result of a statement that has run. Rows that are kept on
// this replica can be had once: they would fill its room.
func (s *Server) getRan(c *call, h handle, out *writer) error {
	if h.Ran != ranReturned {
		rec := countBatch(h)
		defer rec.Release()
		return out.writeAll(rec)
	}
	if h.Stored == (id{}) {
		rec, err := readParams(h.Params)
		if err != nil {
			return err
		}
		defer rec.Release()
		return out.writeAll(rec)
	}
	rec := s.params.get(c, h.Stored)
	if rec == nil {
		return errElsewhere
	}
	defer rec.Release()
	if err := out.writeAll(rec); err != nil {
		return err
	}
	s.params.drop(c.owner, h.Stored)
	return nil
}
