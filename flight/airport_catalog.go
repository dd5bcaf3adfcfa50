package flight

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/catalog"
)

// listings remembers the encoded catalogs, by what their readers see.
type listings struct {
	mu    sync.Mutex
	bytes int
	kept  map[listingKey][]byte
}

type listingKey struct{ view, catalog string }

// listingsMost bounds their bytes; when there are more, all are forgotten.
const listingsMost = 64 << 20

func (l *listings) get(k listingKey) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept[k]
}

func (l *listings) keep(k listingKey, b []byte) {
	if len(b) > listingsMost {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || l.bytes+len(b) > listingsMost {
		l.kept, l.bytes = map[listingKey][]byte{}, 0
	}
	if _, ok := l.kept[k]; !ok {
		l.bytes += len(b)
	}
	l.kept[k] = b
}

// airportListSchemas gives all of a catalog that exists for the caller.
func (s *service) airportListSchemas(ctx context.Context, c *call, q airport.CatalogRequest) ([]byte, error) {
	view, cat, err := s.airportCatalog(ctx, c, q.Catalog)
	if err != nil {
		return nil, err
	}
	tables := 0
	for _, sch := range cat.Schemas {
		tables += len(sch.Tables)
	}
	if err := s.auditRead(ctx, c, int64(tables)); err != nil {
		return nil, err
	}
	// The client insists on its own spelling of the catalog's name.
	cat.Name = q.Catalog
	key := listingKey{view.Version(), q.Catalog}
	if b := s.airport.listings.get(key); b != nil {
		return b, nil
	}
	b, err := airport.Listing(cat, catalogVersion(view))
	if err == nil {
		s.airport.listings.keep(key, b)
	}
	return b, err
}

// catalogVersion is a number that differs when what the caller sees differs; the
// client compares it for equality.
func catalogVersion(view catalog.View) uint64 {
	sum := sha256.Sum256([]byte(view.Version()))
	return binary.BigEndian.Uint64(sum[:])>>1 | 1
}

// airportCatalogVersion is asked for with every statement.
func (s *service) airportCatalogVersion(ctx context.Context, c *call, q airport.CatalogRequest) ([]byte, error) {
	view, _, err := s.airportCatalog(ctx, c, q.Catalog)
	if err != nil {
		return nil, err
	}
	return airport.VersionReply(catalogVersion(view))
}

// ListFlights lists the objects of a schema, or of all that the caller sees, as
// clients with the Airport extension read them.
func (s *service) ListFlights(_ *arrowflight.Criteria, stream arrowflight.FlightService_ListFlightsServer) error {
	if s.cfg.Airport.Off {
		return unsupported("ListFlights; tables are listed by CommandGetTables")
	}
	ctx := stream.Context()
	c := callOf(ctx)
	view, err := s.airportView(ctx, c)
	if err != nil {
		return err
	}
	wanted, schema := header(ctx, airport.HeaderListCatalog), header(ctx, airport.HeaderListSchema)
	var all []*arrowflight.FlightInfo
	for _, cat := range view.Catalogs() {
		if cat.Type == catalog.Temp || wanted != "" && !catalog.SameName(wanted, cat.Name) {
			continue
		}
		if wanted != "" {
			cat.Name = wanted
		}
		for _, name := range airport.Schemas(cat) {
			if schema != "" && !catalog.SameName(schema, name) {
				continue
			}
			flights, err := airport.SchemaFlights(cat, name)
			if err != nil {
				return err
			}
			all = append(all, flights...)
		}
	}
	if err := s.auditRead(ctx, c, int64(len(all))); err != nil {
		return err
	}
	for _, f := range all {
		if err := stream.Send(f); err != nil {
			return err
		}
	}
	return nil
}
