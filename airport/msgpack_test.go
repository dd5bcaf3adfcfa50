package airport

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// requests are one of each type.
func requests() []any {
	return []any{
		&CatalogRequest{}, &EndpointsRequest{}, &FlightInfoRequest{}, &FunctionInfoRequest{}, &CreateSchemaRequest{},
		&DropRequest{}, &CreateTableRequest{}, &AlterRequest{},
	}
}

func TestARequestIsReadAsTheClientPacksIt(t *testing.T) {
	t.Parallel()
	var catalog CatalogRequest
	if err := Decode([]byte("\x81\xaccatalog_name\xaaboilstream"), &catalog); err != nil || catalog.Catalog != "boilstream" {
		t.Errorf("%+v, %v", catalog, err)
	}
	// Binary fields come as text that is not UTF-8; the key of set_not_null comes twice.
	var alter AlterRequest
	body := []byte("\x84\xa7catalog\xa1c\xb0ignore_not_found\xc2\xb0ignore_not_found\xc3\xadcolumn_schema\xa2\xff\xfe")
	if err := Decode(body, &alter); err != nil || alter.Catalog != "c" || !alter.IgnoreNotFound || !bytes.Equal(alter.ColumnSchema, []byte{0xff, 0xfe}) {
		t.Errorf("%+v, %v", alter, err)
	}
	packed, err := msgpack.Marshal(map[string]any{
		"descriptor": []byte("d"), "unknown": []any{1, "x", map[string]any{"y": nil}},
		"parameters": map[string]any{"json_filters": "{}", "column_ids": []uint64{3, RowIDColumn}, "at_unit": "VERSION", "at_value": "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var endpoints EndpointsRequest
	if err := Decode(packed, &endpoints); err != nil || endpoints.Parameters.At != (At{"VERSION", "3"}) || !slices.Equal(endpoints.Parameters.Columns, []uint64{3, RowIDColumn}) {
		t.Errorf("%+v, %v", endpoints, err)
	}
}

func TestWhatIsNoRequestIsMalformed(t *testing.T) {
	t.Parallel()
	for name, body := range map[string][]byte{
		"nothing":               {},
		"a reserved byte":       {0xc1},
		"more than one value":   append([]byte("\x81\xaccatalog_name\xa1c"), 0xc0),
		"a list":                {0x91, 0xc0},
		"cut off":               []byte("\x81\xaccatalog_name\xaab"),
		"longer than it is":     {0xdb, 0xff, 0xff, 0xff, 0xff},
		"a list without end":    {0xdd, 0xff, 0xff, 0xff, 0xff},
		"nested without end":    bytes.Repeat([]byte{0x91}, 1<<22),
		"nested in unknown key": append([]byte("\x81\xa1x"), bytes.Repeat([]byte{0x91}, 1<<22)...),
	} {
		for _, r := range requests() {
			if err := Decode(body, r); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s as %T: %v", name, r, err)
			}
		}
	}
}

func TestANumberIsNoText(t *testing.T) {
	t.Parallel()
	if err := Decode([]byte("\x81\xaccatalog_name\x07"), &CatalogRequest{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a number for a name: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x81\xaccatalog_name\xaaboilstream"))
	f.Add([]byte("\x84\xa7catalog\xa1c\xb0ignore_not_found\xc2\xb0ignore_not_found\xc3\xadcolumn_schema\xa2\xff\xfe"))
	f.Add([]byte("\x82\xaadescriptor\xc4\x01d\xaaparameters\x82\xacjson_filters\xa2{}\xaacolumn_ids\x92\x03\xcf\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add(bytes.Repeat([]byte{0x91}, 100))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, r := range requests() {
			if err := Decode(body, r); err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("%T: %v", r, err)
			}
			again := reflect.New(reflect.TypeOf(r).Elem()).Interface()
			if first, second := Decode(body, r), Decode(body, again); (first == nil) != (second == nil) {
				t.Errorf("%T: %v, then %v", r, first, second)
			}
		}
	})
}
