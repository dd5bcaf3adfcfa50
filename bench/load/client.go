package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/lakegate/lakegate/bench/job"
)

// client is one connection and the token that it shows on every call.
type client struct {
	sql   *flightsql.Client
	token string
}

func dial(j job.Job) (*client, error) {
	c, err := flightsql.NewClient(j.Addr, nil, nil,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", j.Addr, err)
	}
	return &client{sql: c, token: j.Token}, nil
}

// close ends the connection; what it says then changes no measurement.
func (c *client) close() { _ = c.sql.Close() }

func (c *client) as(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.token)
}

// query runs sql and reads all its rows.
func (c *client) query(ctx context.Context, sql string) (job.Result, error) {
	start := time.Now()
	info, err := c.sql.Execute(c.as(ctx), sql)
	if err != nil {
		return job.Result{}, err
	}
	return c.drain(ctx, info, start)
}

func (c *client) drain(ctx context.Context, info *arrowflight.FlightInfo, start time.Time) (job.Result, error) {
	var r job.Result
	for _, endpoint := range info.Endpoint {
		if err := c.endpoint(ctx, endpoint, start, &r); err != nil {
			return r, err
		}
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

func (c *client) endpoint(ctx context.Context, e *arrowflight.FlightEndpoint, start time.Time, r *job.Result) error {
	rows, err := c.sql.DoGet(c.as(ctx), e.Ticket)
	if err != nil {
		return err
	}
	defer rows.Release()
	for rows.Next() {
		rec := rows.RecordBatch()
		if r.Batches == 0 {
			r.First = time.Since(start).Seconds()
		}
		r.Batches++
		r.Rows += rec.NumRows()
		for _, col := range rec.Columns() {
			r.Bytes += int64(col.Data().SizeInBytes())
		}
	}
	return rows.Err()
}

// keyRow is one row with one key, to be bound.
func keyRow(key int64) arrow.RecordBatch {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Append(key)
	col := b.NewArray()
	defer col.Release()
	schema := arrow.NewSchema([]arrow.Field{{Name: "1", Type: arrow.PrimitiveTypes.Int64}}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{col}, 1)
}

// split takes a three-part name apart.
func split(table string) ([3]string, error) {
	parts := strings.Split(table, ".")
	if len(parts) != 3 {
		return [3]string{}, fmt.Errorf("table %q: three parts are wanted", table)
	}
	return [3]string(parts), nil
}
