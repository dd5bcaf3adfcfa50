package airport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/klauspost/compress/zstd"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/proto"
)

// inflate opens a packed pair of length and zstd frame.
func inflate(pair []byte) ([]byte, error) {
	d := msgpack.NewDecoder(bytes.NewReader(pair))
	n, err := d.DecodeArrayLen()
	if err != nil {
		return nil, err
	}
	if n != 2 {
		return nil, fmt.Errorf("compressed content of %d elements, not 2", n)
	}
	length, err := d.DecodeUint64()
	if err != nil {
		return nil, err
	}
	frame, err := d.DecodeBytes()
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	out, err := z.DecodeAll(frame, nil)
	if err != nil {
		return nil, err
	}
	if length > math.MaxUint32 || uint64(len(out)) != length {
		return nil, fmt.Errorf("%d bytes after decompression, %d were announced", len(out), length)
	}
	return out, nil
}

// Catalog is what the client knows of the server.
type Catalog struct {
	Version uint64
	Schemas map[string]*Schema
}

// Schema is one schema's objects, by name; of overloads the first.
type Schema struct {
	Tables, TableFunctions, ScalarFunctions map[string]*Object
}

// Object is a table or a function.
type Object struct {
	Info    *flight.FlightInfo
	Schema  *arrow.Schema // a table's columns, a function's result
	Name    string
	Comment string
	Input   *arrow.Schema // a function's arguments
}

type contents struct {
	SHA256     string  `msgpack:"sha256"`
	URL        *string `msgpack:"url"`
	Serialized []byte  `msgpack:"serialized"`
}

type versionInfo struct {
	Version uint64 `msgpack:"catalog_version"`
	Fixed   bool   `msgpack:"is_fixed"`
}

// Catalog lists the catalog: the first time from the server, then from memory. A
// schema called main is left out: the client cannot reach it.
func (c *Client) Catalog(ctx context.Context) (*Catalog, error) {
	if c.catalog != nil {
		return c.catalog, nil
	}
	reply, err := c.action(ctx, "list_schemas", fields{{"catalog_name", c.o.Catalog}}, call{attach: true})
	if err != nil {
		return nil, err
	}
	cat, fixed, err := c.readCatalog(reply)
	if err != nil {
		return nil, fmt.Errorf("list_schemas: %w", err)
	}
	c.catalog, c.fixed = cat, fixed
	return cat, nil
}

func (c *Client) readCatalog(reply []byte) (*Catalog, bool, error) {
	body, err := inflate(reply)
	if err != nil {
		return nil, false, err
	}
	var root struct {
		Contents msgpack.RawMessage   `msgpack:"contents"`
		Schemas  []msgpack.RawMessage `msgpack:"schemas"`
		Version  msgpack.RawMessage   `msgpack:"version_info"`
	}
	var version versionInfo
	if err := errors.Join(unpack(body, &root), unpack(root.Contents, &contents{}), unpack(root.Version, &version)); err != nil {
		return nil, false, err
	}
	cat := &Catalog{Version: version.Version, Schemas: map[string]*Schema{}}
	seen := map[string]bool{}
	for _, raw := range root.Schemas {
		var s struct {
			Name        string             `msgpack:"name"`
			Description string             `msgpack:"description"`
			Tags        map[string]string  `msgpack:"tags"`
			Contents    msgpack.RawMessage `msgpack:"contents"`
			Default     *bool              `msgpack:"is_default"`
		}
		if err := unpack(raw, &s); err != nil {
			return nil, false, err
		}
		if s.Name == "" || seen[s.Name] {
			return nil, false, fmt.Errorf("schema name %q is empty or comes twice", s.Name)
		}
		seen[s.Name] = true
		schema, err := c.readSchema(s.Name, s.Contents)
		if err != nil {
			return nil, false, fmt.Errorf("schema %s: %w", s.Name, err)
		}
		if s.Name != "main" {
			cat.Schemas[s.Name] = schema
		}
	}
	return cat, version.Fixed, nil
}

func (c *Client) readSchema(name string, packed []byte) (*Schema, error) {
	s := &Schema{Tables: map[string]*Object{}, TableFunctions: map[string]*Object{}, ScalarFunctions: map[string]*Object{}}
	var in contents
	if err := unpack(packed, &in); err != nil {
		return nil, err
	}
	if in.URL != nil || in.Serialized == nil {
		return nil, errors.New("contents are not inline")
	}
	if sum := sha256.Sum256(in.Serialized); in.SHA256 != "" && in.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, errors.New("contents do not have their sha256")
	}
	body, err := inflate(in.Serialized)
	if err != nil {
		return nil, err
	}
	var infos [][]byte
	if err := msgpack.Unmarshal(body, &infos); err != nil {
		return nil, err
	}
	for _, b := range infos {
		o, kind, err := c.readObject(name, b)
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		into := map[string]map[string]*Object{
			"table": s.Tables, "table_function": s.TableFunctions, "scalar_function": s.ScalarFunctions,
		}[kind]
		if into[o.Name] != nil {
			if kind == "table" {
				return nil, fmt.Errorf("table %s comes twice", o.Name)
			}
			continue
		}
		into[o.Name] = o
	}
	return s, nil
}

// readObject gives no object for an info without metadata, which the client skips.
func (c *Client) readObject(schema string, b []byte) (o *Object, kind string, err error) {
	info := &flight.FlightInfo{}
	if err := proto.Unmarshal(b, info); err != nil {
		return nil, "", err
	}
	if len(info.AppMetadata) == 0 {
		return nil, "", nil
	}
	var m struct {
		Type        string  `msgpack:"type"`
		Schema      string  `msgpack:"schema"`
		Catalog     string  `msgpack:"catalog"`
		Name        string  `msgpack:"name"`
		Comment     *string `msgpack:"comment"`
		Input       []byte  `msgpack:"input_schema"`
		Action      *string `msgpack:"action_name"`
		Description *string `msgpack:"description"`
		Extra       []byte  `msgpack:"extra_data"`
	}
	if err := unpack(info.AppMetadata, &m); err != nil {
		return nil, "", fmt.Errorf("app_metadata: %w", err)
	}
	switch {
	case m.Catalog != c.o.Catalog || m.Schema != schema:
		return nil, "", fmt.Errorf("%s says it is of %s.%s, not %s.%s", m.Name, m.Catalog, m.Schema, c.o.Catalog, schema)
	case m.Type != "table" && m.Type != "table_function" && m.Type != "scalar_function":
		return nil, "", fmt.Errorf("%s is of type %q", m.Name, m.Type)
	case m.Type != "table" && m.Input == nil:
		return nil, "", fmt.Errorf("function %s has no input_schema", m.Name)
	case info.FlightDescriptor == nil:
		return nil, "", fmt.Errorf("%s has no descriptor", m.Name)
	}
	o = &Object{Info: info, Name: m.Name}
	if m.Comment != nil {
		o.Comment = *m.Comment
	}
	if o.Schema, err = flight.DeserializeSchema(info.Schema, memory.DefaultAllocator); err != nil {
		return nil, "", fmt.Errorf("%s: %w", m.Name, err)
	}
	if m.Input != nil {
		if o.Input, err = flight.DeserializeSchema(m.Input, memory.DefaultAllocator); err != nil {
			return nil, "", fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return o, m.Type, nil
}

// find looks a name up as the client does, in any letter case.
func find[V any](m map[string]V, name string) (V, error) {
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v, nil
		}
	}
	var none V
	return none, fmt.Errorf("the client knows no %q", name)
}
