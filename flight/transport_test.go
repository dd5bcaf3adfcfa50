package flight

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"

	"github.com/lakegate/lakegate/auth"
)

// rawCall sends one gRPC call as frames, with fields that no client would send,
// and gives the headers and trailers of the answer; a stream or connection that
// was ended has "reset".
func rawCall(t *testing.T, addr string, fields ...hpack.HeaderField) map[string]string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range append([]hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: "/arrow.flight.protocol.FlightService/ListActions"},
		{Name: ":authority", Value: addr},
		{Name: "te", Value: "trailers"},
	}, fields...) {
		if err := encoder.WriteField(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteData(1, true, []byte{0, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for {
		f, err := framer.ReadFrame()
		if err != nil {
			got["reset"] = err.Error()
			return got
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				got[h.Name] = h.Value
			}
			if f.StreamEnded() {
				return got
			}
		case *http2.RSTStreamFrame:
			got["reset"] = f.ErrCode.String()
			return got
		}
	}
}

func grpcFields(authorization string) []hpack.HeaderField {
	return []hpack.HeaderField{{Name: "content-type", Value: "application/grpc"}, {Name: "authorization", Value: authorization}}
}

func TestG04HeaderValuesWithControlCharactersAreRefusedAndBreakNoLogLine(t *testing.T) {
	srv := startServer(t)
	if got := rawCall(t, srv.addr, grpcFields("Bearer "+writer1)...); got["grpc-status"] != "0" {
		t.Fatalf("a good call by hand: %v", got)
	}
	for name, value := range map[string]string{
		"NUL": "Bearer " + writer1 + "\x00", "line break": "Bearer x\r\nlevel=ERROR msg=forged", "not ASCII": "Bearer \xff\xfe", "escape": "Bearer \x1b[31m",
	} {
		got := rawCall(t, srv.addr, grpcFields(value)...)
		if got["grpc-status"] != "16" && got["reset"] == "" && got[":status"] != "400" {
			t.Errorf("%s: %v; want UNAUTHENTICATED or an ended stream", name, got)
		}
	}
	for line := range strings.Lines(srv.log.String()) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("a broken log line: %q", line)
		}
	}
}

func TestG10OnlyGRPCIsTakenAsGRPC(t *testing.T) {
	srv := startServer(t)
	for _, kind := range []string{"application/grpc-web", "application/grpc-web+proto", "application/json", "text/plain", "application/grpcx", ""} {
		fields := []hpack.HeaderField{{Name: "authorization", Value: "Bearer " + writer1}}
		if kind != "" {
			fields = append(fields, hpack.HeaderField{Name: "content-type", Value: kind})
		}
		if got := rawCall(t, srv.addr, fields...); got["grpc-status"] == "0" || got[":status"] == "200" && got["grpc-status"] == "" {
			t.Errorf("content type %q was taken: %v", kind, got)
		}
	}
	conn, err := net.Dial("tcp", srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "GET /flight/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("an upgrade to HTTP/2 without a token: %s, want 401 over HTTP/1.1", res.Status)
	}
}

func TestG14AStreamOutlivesItsTokenByTheGraceAndNoLonger(t *testing.T) {
	expires := time.Now().Add(1500 * time.Millisecond)
	srv := startServer(t, func(c *Config) {
		c.Limits.SessionGrace = 2500 * time.Millisecond
		c.Auth = testAuth{authenticate: func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
			who, err := testAuthenticate(ctx, shown.Authorization)
			if err == nil && time.Now().After(expires) {
				return auth.Answer{}, auth.ErrUnauthenticated
			}
			who.Expires = expires
			return auth.Answer{Principal: who}, err
		}}
	})
	c := srv.dial(t, writer1)
	info, err := c.Execute(c.ctx, "SELECT i, repeat('x', 1000) FROM range(100000000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.DoGet(c.ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	var after int64
	for rows.Next() {
		if time.Now().After(expires) {
			after += rows.RecordBatch().NumRows()
		}
	}
	ended := time.Now()
	wantCode(t, rows.Err(), codes.Unauthenticated, "expired")
	if after == 0 || ended.Before(expires.Add(time.Second)) {
		t.Errorf("the stream gave %d rows after the token's end and ended %s after it; want it to go on for the grace", after, ended.Sub(expires))
	}
	_, err = c.Execute(c.ctx, "SELECT 1")
	wantCode(t, err, codes.Unauthenticated, "")
}
