// Package airport speaks to a server as DuckDB's Airport client does: the same
// calls, in the same order, with the same headers and bodies, and as strict as it
// about the replies. It knows nothing of this module.
package airport

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// Options say whom to call and as whom.
type Options struct {
	Addr        string // host:port
	Catalog     string // the quoted path of ATTACH
	SecretToken string // sent on every call, as with a secret of that scope
	AttachToken string // sent on catalog actions alone, as with ATTACH's auth_token
	Session     string // empty for a new one
}

// Client is one attached catalog. Its statements must not overlap.
type Client struct {
	o       Options
	service flight.FlightServiceClient

	mu    sync.Mutex
	calls []string

	catalog *Catalog
	fixed   bool // the version never changes and is not asked for
	begun   bool
	tx      string // of the transaction that Begin opened
}

// Attach makes a client; it calls nothing yet.
func Attach(t testing.TB, o Options) *Client {
	t.Helper()
	conn, err := grpc.NewClient(o.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if o.Session == "" {
		o.Session = newUUID()
	}
	return &Client{o: o, service: flight.NewFlightServiceClient(conn)}
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Calls gives what was called so far, in order: actions by name, DoGet, and
// DoExchange:insert.
func (c *Client) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// call is what a request's headers say beside what all say.
type call struct {
	attach     bool // the call carries the token given to ATTACH
	tx         string
	descriptor *flight.FlightDescriptor
	trace      string
}

func (c *Client) headers(ctx context.Context, name string, k call, more ...string) context.Context {
	c.mu.Lock()
	c.calls = append(c.calls, name)
	c.mu.Unlock()
	kv := append([]string{
		"airport-user-agent", "airport/20250723",
		"airport-client-session-id", c.o.Session,
		"authority", "grpc://" + c.o.Addr + "/",
		"airport-catalog", c.o.Catalog,
	}, more...)
	if k.attach && c.o.AttachToken != "" {
		kv = append(kv, "authorization", "Bearer "+c.o.AttachToken)
	} else if c.o.SecretToken != "" {
		kv = append(kv, "authorization", "Bearer "+c.o.SecretToken)
	}
	if k.tx != "" {
		kv = append(kv, "airport-transaction-id", k.tx)
	}
	if k.trace != "" {
		kv = append(kv, "airport-trace-id", k.trace)
	}
	if k.descriptor != nil && k.descriptor.Type == flight.DescriptorPATH {
		kv = append(kv, "airport-flight-path", strings.Join(k.descriptor.Path, "/"))
	}
	return metadata.AppendToOutgoingContext(ctx, kv...)
}

// The actions that carry ATTACH's token.
var catalogActions = []string{
	"list_schemas", "catalog_version", "create_transaction", "create_schema", "drop_schema", "create_table", "drop_table",
}

// The actions of ALTER TABLE.
var alters = map[string]bool{
	"rename_table": true, "rename_column": true, "add_column": true, "remove_column": true, "rename_field": true, "remove_field": true,
	"set_default": true, "change_column_type": true, "set_not_null": true, "drop_not_null": true,
}

// Action calls any action. The body is packed, unless it is bytes already.
func (c *Client) Action(ctx context.Context, name string, body any) ([]byte, error) {
	return c.action(ctx, name, body, call{attach: alters[name] || slices.Contains(catalogActions, name)})
}

func (c *Client) action(ctx context.Context, name string, body any, k call) ([]byte, error) {
	packed, ok := body.([]byte)
	if !ok {
		var err error
		if packed, err = pack(body); err != nil {
			return nil, err
		}
	}
	more := []string{"airport-action-name", name}
	if alters[name] {
		more = append(more, more...) // it comes twice
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.service.DoAction(c.headers(ctx, name, k, more...), &flight.Action{Type: name, Body: packed})
	if err != nil {
		return nil, err
	}
	var results [][]byte
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		results = append(results, r.Body)
	}
	if (name == "drop_table" || name == "drop_schema") && len(results) == 0 {
		return nil, nil
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("%s: %d results, the client takes exactly one", name, len(results))
	}
	return results[0], nil
}

// fields is a msgpack map whose keys have an order, and may come twice.
type fields []field

type field struct {
	key   string
	value any
}

// EncodeMsgpack makes fields a msgpack.CustomEncoder.
func (f fields) EncodeMsgpack(e *msgpack.Encoder) error {
	if err := e.EncodeMapLen(len(f)); err != nil {
		return err
	}
	for _, kv := range f {
		if err := e.EncodeString(kv.key); err != nil {
			return err
		}
		if err := e.Encode(kv.value); err != nil {
			return fmt.Errorf("%s: %w", kv.key, err)
		}
	}
	return nil
}

func pack(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := msgpack.NewEncoder(&buf)
	e.UseCompactInts(true)
	err := e.Encode(v)
	return buf.Bytes(), err
}

// unpack reads a map into the struct that v points to. All its keys must be there,
// for the client leaves an absent one's memory as it was; only pointers and bytes
// may be nil.
func unpack(b []byte, v any) error {
	var raw map[string]msgpack.RawMessage
	if err := msgpack.Unmarshal(b, &raw); err != nil {
		return err
	}
	s := reflect.TypeOf(v).Elem()
	for i := range s.NumField() {
		key, typ := s.Field(i).Tag.Get("msgpack"), s.Field(i).Type
		value, ok := raw[key]
		if !ok {
			return fmt.Errorf("no key %q", key)
		}
		optional := typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8
		if !optional && bytes.Equal(value, []byte{0xc0}) {
			return fmt.Errorf("key %q is nil", key)
		}
	}
	return msgpack.Unmarshal(b, v)
}

// Begin opens a transaction for the statements until Commit.
func (c *Client) Begin(ctx context.Context) (err error) {
	c.begun, c.tx = false, ""
	if c.tx, err = c.transaction(ctx); err == nil {
		c.begun = true
	}
	return err
}

// Commit ends the transaction; the server is not told.
func (c *Client) Commit() { c.begun, c.tx = false, "" }

func (c *Client) transaction(ctx context.Context) (string, error) {
	if c.begun {
		return c.tx, nil
	}
	reply, err := c.action(ctx, "create_transaction", fields{{"catalog_name", c.o.Catalog}}, call{attach: true})
	if err != nil {
		return "", err
	}
	var r struct {
		ID *string `msgpack:"identifier"`
	}
	if err := unpack(reply, &r); err != nil {
		return "", fmt.Errorf("create_transaction: %w", err)
	}
	if r.ID == nil {
		return "", nil
	}
	return *r.ID, nil
}

// version asks for the catalog's version, which refreshes nothing else.
func (c *Client) version(ctx context.Context) error {
	if c.fixed {
		return nil
	}
	reply, err := c.action(ctx, "catalog_version", fields{{"catalog_name", c.o.Catalog}}, call{attach: true})
	if err != nil {
		return err
	}
	var v versionInfo
	if err := unpack(reply, &v); err != nil {
		return fmt.Errorf("catalog_version: %w", err)
	}
	c.fixed = v.Fixed
	if c.catalog != nil {
		c.catalog.Version = v.Version
	}
	return nil
}

// open starts a statement on a schema: its transaction, and the catalog when new.
func (c *Client) open(ctx context.Context, schema string) (tx string, s *Schema, err error) {
	if tx, err = c.transaction(ctx); err != nil {
		return "", nil, err
	}
	cat, err := c.Catalog(ctx)
	if err != nil {
		return "", nil, err
	}
	s, err = find(cat.Schemas, schema)
	return tx, s, err
}
