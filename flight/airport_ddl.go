package flight

import (
	"context"
	"errors"
	"fmt"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/catalog"
)

// Definitions that come over this protocol are statements like any other, each in a
// transaction of its own: the client does not say which of its transactions they
// belong to.

// define runs sql.
func (s *Server) define(ctx context.Context, c *call, sql string) error {
	_, err := s.update(ctx, c, &statement{sql: sql})
	return err
}

// typeNames are the SQL types of a schema that a client sends.
func (s *Server) typeNames(b []byte) (names, types []string, err error) {
	schema, err := arrowflight.DeserializeSchema(b, memory.DefaultAllocator)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: a schema cannot be read: %w", airport.ErrMalformed, err)
	}
	return s.cfg.Engine.TypeNames(schema)
}

func (s *service) airportCreateSchema(ctx context.Context, c *call, q airport.CreateSchemaRequest) ([]byte, error) {
	_, cat, err := s.airportCatalog(ctx, c, q.Catalog)
	if err != nil {
		return nil, err
	}
	sql, err := airport.CreateSchemaSQL(cat, q)
	if err != nil {
		return nil, err
	}
	if err := s.define(ctx, c, sql); err != nil {
		return nil, err
	}
	if _, cat, err = s.airportCatalog(ctx, c, q.Catalog); err != nil {
		return nil, err
	}
	cat.Name = q.Catalog
	flights, err := airport.SchemaFlights(cat, q.Schema)
	if err != nil {
		return nil, err
	}
	return airport.CreatedSchemaReply(flights)
}

func (s *service) airportDrop(ctx context.Context, c *call, q airport.DropRequest) ([]byte, error) {
	_, cat, err := s.airportCatalog(ctx, c, q.Catalog)
	if err != nil {
		return nil, err
	}
	sql, err := airport.DropSQL(cat, q)
	if err != nil {
		return nil, err
	}
	return nil, s.define(ctx, c, sql)
}

func (s *service) airportCreateTable(ctx context.Context, c *call, q airport.CreateTableRequest) ([]byte, error) {
	_, cat, err := s.airportCatalog(ctx, c, q.Catalog)
	if err != nil {
		return nil, err
	}
	sql, err := airport.CreateTableSQL(cat, q, s.typeNames)
	if err != nil {
		return nil, err
	}
	if err := s.define(ctx, c, sql); err != nil {
		return nil, err
	}
	return s.describedTable(ctx, c, airport.Object{Kind: airport.TableKind, Catalog: q.Catalog, Schema: q.Schema, Name: q.Table})
}

// airportAlter makes the action on an existing table.
func airportAlter(action string) func(*service, context.Context, *call, airport.AlterRequest) ([]byte, error) {
	return func(s *service, ctx context.Context, c *call, q airport.AlterRequest) ([]byte, error) {
		o := airport.Object{Kind: airport.TableKind, Catalog: q.Catalog, Schema: q.Schema, Name: q.Name}
		_, _, t, err := s.airportTable(ctx, c, o)
		if errors.Is(err, catalog.ErrNotFound) && q.IgnoreNotFound {
			return nil, fmt.Errorf("%w; the client needs the altered table back, so IF EXISTS cannot be kept for one that is gone", err)
		}
		if err != nil {
			return nil, err
		}
		sql, err := airport.AlterSQL(t, action, q, s.typeNames)
		if err != nil {
			return nil, err
		}
		if err := s.define(ctx, c, sql); err != nil {
			return nil, err
		}
		if action == airport.ActionRenameTable {
			o.Name = q.NewTableName
		}
		return s.describedTable(ctx, c, o)
	}
}

// describedTable is the table that was just defined, as its reader sees it: the
// client takes this in place of what it knew.
func (s *service) describedTable(ctx context.Context, c *call, o airport.Object) ([]byte, error) {
	_, cat, t, err := s.airportTable(ctx, c, o)
	if err != nil {
		return nil, err
	}
	info, err := s.tableInfo(cat, t, o)
	if err != nil {
		return nil, err
	}
	return airport.FlightReply(info)
}
