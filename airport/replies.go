package airport

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"
)

// versionWire answers catalog_version, and is part of a listing.
type versionWire struct {
	Version uint64 `msgpack:"catalog_version"`
	Fixed   bool   `msgpack:"is_fixed"`
}

// VersionReply answers catalog_version.
func VersionReply(version uint64) ([]byte, error) { return pack(versionWire{Version: version}) }

type transactionWire struct {
	Identifier *string `msgpack:"identifier"`
}

// TransactionReply answers create_transaction. With an empty id the client names no
// transaction later on.
func TransactionReply(id string) ([]byte, error) {
	if id == "" {
		return pack(transactionWire{})
	}
	return pack(transactionWire{Identifier: &id})
}

// EndpointsReply answers endpoints with one for each ticket, all on the connection
// that the client has.
func EndpointsReply(tickets [][]byte) ([]byte, error) {
	endpoints := make([][]byte, len(tickets))
	for i, t := range tickets {
		b, err := marshal(&arrowflight.FlightEndpoint{
			Ticket:   &arrowflight.Ticket{Ticket: t},
			Location: []*arrowflight.Location{{Uri: ReuseConnection}},
		})
		if err != nil {
			return nil, err
		}
		endpoints[i] = b
	}
	return pack(endpoints)
}

// FlightReply answers flight_info, table_function_flight_info and the actions on tables.
func FlightReply(info *arrowflight.FlightInfo) ([]byte, error) { return marshal(info) }

// marshal is the same for equal messages.
func marshal(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode a message: %w", err)
	}
	return b, nil
}

// contentsWire is where the client finds something: here, where there is no URL.
type contentsWire struct {
	SHA256     string  `msgpack:"sha256"`
	URL        *string `msgpack:"url"`
	Serialized []byte  `msgpack:"serialized"`
}

// compressor makes the pairs of a length and zstd's bytes.
type compressor struct{ zstd *zstd.Encoder }

func newCompressor() (compressor, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return compressor{}, fmt.Errorf("compress: %w", err)
	}
	return compressor{e}, nil
}

type pairWire struct {
	_msgpack struct{} `msgpack:",as_array"` //nolint:unused // the library reads the tag

	Length uint32
	Data   []byte
}

// pair is v, packed and compressed.
func (c compressor) pair(v any) ([]byte, error) {
	plain, err := pack(v)
	if err != nil {
		return nil, err
	}
	if len(plain) > math.MaxInt32 { // which the client counts them in
		return nil, fmt.Errorf("%w: a listing of %d bytes", ErrUnsupported, len(plain))
	}
	return pack(pairWire{Length: uint32(len(plain)), Data: c.zstd.EncodeAll(plain, nil)}) //nolint:gosec // checked above
}

// contents are the objects of a schema.
func (c compressor) contents(flights []*arrowflight.FlightInfo) (contentsWire, error) {
	list := make([][]byte, len(flights))
	for i, f := range flights {
		b, err := marshal(f)
		if err != nil {
			return contentsWire{}, err
		}
		list[i] = b
	}
	b, err := c.pair(list)
	if err != nil {
		return contentsWire{}, err
	}
	sum := sha256.Sum256(b)
	return contentsWire{SHA256: hex.EncodeToString(sum[:]), Serialized: b}, nil
}

// CreatedSchemaReply answers create_schema: the contents of a schema, flights.
func CreatedSchemaReply(flights []*arrowflight.FlightInfo) ([]byte, error) {
	c, err := newCompressor()
	if err != nil {
		return nil, err
	}
	contents, err := c.contents(flights)
	if err != nil {
		return nil, err
	}
	return pack(contents)
}

type changedWire struct {
	Changed uint64 `msgpack:"total_changed"`
}

// ChangedReply ends an exchange that changed n rows: the metadata of its last message.
func ChangedReply(n int64) ([]byte, error) {
	if n < 0 {
		return nil, fmt.Errorf("%w: %d rows changed", ErrUnsupported, n)
	}
	return pack(changedWire{uint64(n)})
}
