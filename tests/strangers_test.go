package tests

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// crowd opens n connections, writes first to each, and waits until the server
// has closed all of them.
func (s *server) crowd(t *testing.T, n int, first func(i int) []byte, limit time.Duration) {
	t.Helper()
	var waiting sync.WaitGroup
	var mu sync.Mutex
	left := 0
	deadline := time.Now().Add(limit)
	for i := range n {
		c, err := net.DialTimeout("tcp", s.address, 10*time.Second)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		_ = c.SetDeadline(deadline)
		waiting.Go(func() {
			defer c.Close() //nolint:errcheck // it is over
			_, _ = c.Write(first(i))
			_, err := io.Copy(io.Discard, c)
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				mu.Lock()
				left++
				mu.Unlock()
			}
		})
	}
	waiting.Wait()
	if left > 0 {
		t.Errorf("%d of %d connections were still open after %s", left, n, limit)
	}
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// frame is an HTTP/2 frame's header and body.
func frame(kind, flags byte, stream uint32, body []byte) []byte {
	f := make([]byte, 9, 9+len(body))
	f[0], f[1], f[2], f[3], f[4] = byte(len(body)>>16), byte(len(body)>>8), byte(len(body)), kind, flags
	binary.BigEndian.PutUint32(f[5:], stream)
	return append(f, body...)
}

func TestAThousandConnectionsOfGarbageAreClosedAndOthersAreUnharmed(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	c := s.dial(t, token(t, iss, "rita"))
	c.want(t, "SELECT 1", "1")
	memory, descriptors := s.memory(t), s.descriptors(t)

	ctx, stop := context.WithCancel(t.Context())
	var worst time.Duration
	others := make(chan error, 1)
	go func() { // somebody who goes on working meanwhile
		for ctx.Err() == nil {
			began := time.Now()
			rows, err := c.read(c.as(context.Background()), "SELECT 42")
			if err != nil || len(rows) != 1 || rows[0] != "42" {
				others <- fmt.Errorf("%q, %w", rows, err)
				return
			}
			worst = max(worst, time.Since(began))
		}
		others <- nil
	}()
	noise := make([]byte, 64<<10)
	_, _ = rand.Read(noise)
	s.crowd(t, 950, func(i int) []byte {
		switch i % 6 {
		case 0:
			return noise[i : i+2000]
		case 1:
			return []byte("GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 1<<20))
		case 2:
			return append([]byte(preface), noise[:1000]...)
		case 3: // a frame that says that it is 16 MiB long
			return append([]byte(preface), frame(1, 0, 1, nil)[0], 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 1)
		case 4: // TLS where there is none
			return []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
		default: // half a preface, and then nothing
			return []byte(preface[:10])
		}
	}, 30*time.Second)
	stop()
	if err := <-others; err != nil {
		t.Errorf("another caller, meanwhile: %v", err)
	}
	if worst > 10*time.Second {
		t.Errorf("another caller waited %s", worst)
	}
	c.want(t, "SELECT 1", "1")
	eventually(t, 20*time.Second, "the connections are gone", func() bool { return s.descriptors(t) <= descriptors+2 })
	if now := s.memory(t); now > memory+250 {
		t.Errorf("%d MiB of memory afterwards, %d before", now, memory)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	reader := token(t, iss, "rita")
	c := s.dial(t, reader)
	memory := s.memory(t)
	for _, size := range []int{64 << 10, 1 << 20, 15 << 20} {
		ctx := metadata.AppendToOutgoingContext(c.ctx(t), "x-huge", strings.Repeat("a", size))
		if _, err := c.Execute(ctx, "SELECT 1"); err == nil {
			t.Errorf("%d bytes of metadata were taken", size)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address+"/flight/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 4<<20))
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("4 MiB of HTTP header: %s", response.Status)
		}
	}
	s.dial(t, reader).want(t, "SELECT 1", "1")
	if now := s.memory(t); now > memory+150 {
		t.Errorf("%d MiB of memory afterwards, %d before", now, memory)
	}
}

// uploader is the client's end of DoPut and of DoExchange.
type uploader interface {
	Send(data *arrowflight.FlightData) error
	CloseSend() error
	RecvMsg(message any) error
}

func TestUploadsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	c := s.dial(t, token(t, iss, "wanda"))
	for name, first := range map[string]*arrowflight.FlightData{
		"nothing at all":     nil,
		"no descriptor":      {DataBody: []byte("x")},
		"an empty one":       {FlightDescriptor: &arrowflight.FlightDescriptor{}},
		"a path":             {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorPATH, Path: []string{"a"}}},
		"no command":         {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: []byte{0xff, 0xff, 0xff}}},
		"no schema":          {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD}, DataHeader: []byte("garbage of a header")},
		"a header that lies": {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD}, DataHeader: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
	} {
		for method, open := range map[string]func(ctx context.Context) (uploader, error){
			"DoPut": func(ctx context.Context) (uploader, error) {
				return c.Client.Client.DoPut(ctx)
			},
			"DoExchange": func(ctx context.Context) (uploader, error) {
				return c.Client.Client.DoExchange(ctx)
			},
		} {
			ctx, cancel := context.WithTimeout(c.as(t.Context()), 20*time.Second)
			put, err := open(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if first != nil {
				_ = put.Send(first)
			}
			_ = put.CloseSend()
			err = put.RecvMsg(new(arrowflight.PutResult))
			switch code := status.Code(err); code {
			case codes.InvalidArgument, codes.Unimplemented:
			default:
				if first != nil || !errors.Is(err, io.EOF) {
					t.Errorf("%s, %s: %v", method, name, err)
				}
			}
			cancel()
		}
	}
	c.want(t, "SELECT 1", "1")
}

func TestHandshakesWithoutEndAreAnsweredOrEndedInBoundedTime(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	good := s.dial(t, token(t, iss, "rita"))
	for name, ctx := range map[string]context.Context{"with a token": good.as(t.Context()), "without": t.Context()} {
		ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
		defer cancel()
		handshake, err := good.Client.Client.Handshake(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			for {
				if _, err := handshake.Recv(); err != nil {
					ended <- err
					return
				}
			}
		}()
		payload := make([]byte, 1<<20)
		for range 200 { // until the server hangs up
			if err := handshake.Send(&arrowflight.HandshakeRequest{Payload: payload}); err != nil {
				break
			}
		}
		select {
		case err := <-ended:
			if code := status.Code(err); code == codes.DeadlineExceeded || code == codes.Internal {
				t.Errorf("%s: %v", name, err)
			}
		case <-ctx.Done():
			t.Errorf("%s: a handshake without end was still open after 45 s", name)
		}
	}
	s.dial(t, good.token).want(t, "SELECT 1", "1")
}

func TestForgedTicketsAndHandlesAreNotFoundAndOthersTicketsToo(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	wanda, rita := s.dial(t, token(t, iss, "wanda")), s.dial(t, token(t, iss, "rita"))
	info, err := wanda.Execute(wanda.ctx(t), "SELECT 42")
	if err != nil {
		t.Fatal(err)
	}
	good := info.Endpoint[0].Ticket.Ticket
	forged := map[string][]byte{"empty": {}, "one byte": {0}, "truncated": good[:len(good)-1], "another's": good, "longer": append(append([]byte{}, good...), 0)}
	for i := range 8 {
		flipped := append([]byte{}, good...)
		flipped[i*len(good)/8] ^= 1
		forged[fmt.Sprint("bit ", i)] = flipped
	}
	for name, ticket := range forged {
		who := wanda
		if name == "another's" {
			who = rita
		}
		reader, err := who.DoGet(who.ctx(t), &arrowflight.Ticket{Ticket: ticket})
		if err == nil {
			reader.Release()
			t.Errorf("%s: the ticket was taken", name)
			continue
		}
		if code := statusOf(t, err).Code(); code != codes.NotFound && code != codes.InvalidArgument && code != codes.PermissionDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	prepared, err := wanda.Prepare(wanda.ctx(t), "SELECT 43")
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close(wanda.ctx(t)) //nolint:errcheck // the server goes
	if _, err := prepared.Execute(rita.ctx(t)); status.Code(err) != codes.NotFound && status.Code(err) != codes.PermissionDenied {
		t.Errorf("another's prepared statement: %v", err)
	}
	if _, err := prepared.Execute(wanda.ctx(t)); err != nil {
		t.Errorf("one's own prepared statement: %v", err)
	}
}
