package flight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/metadata"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/catalog"
)

// Airport is what the settings say of DuckDB clients with the Airport extension.
type Airport struct {
	Off bool // the protocol is not spoken
	// NoAttachToken refuses the calls on which these clients forget the token of
	// their ATTACH. Otherwise they are let in by the transaction that was given to
	// the same client over the same connection.
	NoAttachToken bool
	Life          time.Duration // of a transaction; 0 means 10 min
}

// airportState is what the server keeps for these clients.
type airportState struct {
	transactions *airportTransactions
	listings     listings
}

// airportAction answers one of that client's actions; a nil answer is an empty result.
type airportAction func(s *service, ctx context.Context, c *call, body []byte) ([]byte, error)

// airportActions are all there are.
var airportActions = map[string]airportAction{
	airport.ActionListSchemas:       decoded((*service).airportListSchemas),
	airport.ActionCatalogVersion:    decoded((*service).airportCatalogVersion),
	airport.ActionCreateTransaction: decoded((*service).airportCreateTransaction),
	airport.ActionFlightInfo:        decoded((*service).airportFlightInfo),
	airport.ActionEndpoints:         decoded((*service).airportEndpoints),
	airport.ActionFunctionInfo:      decoded((*service).functionInfo),
	airport.ActionCreateSchema:      decoded((*service).airportCreateSchema),
	airport.ActionDropSchema:        decoded((*service).airportDrop),
	airport.ActionCreateTable:       decoded((*service).airportCreateTable),
	airport.ActionDropTable:         decoded((*service).airportDrop),
	airport.ActionRenameTable:       decoded(airportAlter(airport.ActionRenameTable)),
	airport.ActionRenameColumn:      decoded(airportAlter(airport.ActionRenameColumn)),
	airport.ActionAddColumn:         decoded(airportAlter(airport.ActionAddColumn)),
	airport.ActionRemoveColumn:      decoded(airportAlter(airport.ActionRemoveColumn)),
	airport.ActionAddField:          decoded(airportAlter(airport.ActionAddField)),
	airport.ActionRenameField:       decoded(airportAlter(airport.ActionRenameField)),
	airport.ActionRemoveField:       decoded(airportAlter(airport.ActionRemoveField)),
	airport.ActionSetDefault:        decoded(airportAlter(airport.ActionSetDefault)),
	airport.ActionChangeColumnType:  decoded(airportAlter(airport.ActionChangeColumnType)),
	airport.ActionSetNotNull:        decoded(airportAlter(airport.ActionSetNotNull)),
	airport.ActionDropNotNull:       decoded(airportAlter(airport.ActionDropNotNull)),
	airport.ActionAddConstraint:     decoded(airportAlter(airport.ActionAddConstraint)),
}

// decoded makes an action of f, which takes the body as a Q.
func decoded[Q any](f func(*service, context.Context, *call, Q) ([]byte, error)) airportAction {
	return func(s *service, ctx context.Context, c *call, body []byte) ([]byte, error) {
		var q Q
		if err := airport.Decode(body, &q); err != nil {
			return nil, fmt.Errorf("the body of %s: %w", c.command, err)
		}
		return f(s, ctx, c, q)
	}
}

// airportDo runs a, if it is one of that client's; false if it is not.
func (s *service) airportDo(ctx context.Context, c *call, a *arrowflight.Action, stream arrowflight.FlightService_DoActionServer) (bool, error) {
	do, ok := airportActions[a.GetType()]
	if !ok || s.cfg.Airport.Off {
		return false, nil
	}
	c.command = a.GetType()
	body, err := do(s, ctx, c, a.GetBody())
	if err != nil {
		return true, err
	}
	// An answer without a result crashes the client.
	return true, stream.Send(&arrowflight.Result{Body: body})
}

// header is the value of a request's header; empty if there is none or several.
func header(ctx context.Context, name string) string {
	if values := metadata.ValueFromIncomingContext(ctx, name); len(values) == 1 {
		return values[0]
	}
	return ""
}

// airportView is what c's caller sees: this client has no sessions of ours, and
// names everything in full.
func (s *Server) airportView(ctx context.Context, c *call) (catalog.View, error) {
	view, err := s.cfg.Catalogs.For(ctx, c.who)
	return view.As(c.who.User), err
}

// airportCatalog is the catalog that the client attached, by its name.
func (s *Server) airportCatalog(ctx context.Context, c *call, name string) (catalog.View, catalog.Catalog, error) {
	view, err := s.airportView(ctx, c)
	if err != nil {
		return view, catalog.Catalog{}, err
	}
	cat, err := view.Catalog(name)
	if err != nil || cat.Type == catalog.Temp {
		return view, cat, fmt.Errorf("catalog %q: %w; %s", name, catalog.ErrNotFound, attachable(view))
	}
	return view, cat, nil
}

// attachable says what ATTACH can name.
func attachable(view catalog.View) string {
	var names []string
	for _, c := range view.Catalogs() {
		if c.Type != catalog.Temp {
			names = append(names, "'"+c.Name+"'")
		}
	}
	if len(names) == 0 {
		return "there is none that you can attach"
	}
	slices.Sort(names)
	return "what you can ATTACH is " + strings.Join(names, ", ")
}

// airportTable is the table that o names, as c's caller sees it now.
func (s *Server) airportTable(ctx context.Context, c *call, o airport.Object) (catalog.View, catalog.Catalog, catalog.Table, error) {
	view, cat, err := s.airportCatalog(ctx, c, o.Catalog)
	if err != nil {
		return view, cat, catalog.Table{}, err
	}
	t, err := tableIn(view, cat, o.Schema, o.Name)
	return view, cat, t, err
}

// tableIn is cat's table of that name in a schema of the client's.
func tableIn(view catalog.View, cat catalog.Catalog, schema, name string) (catalog.Table, error) {
	t, err := view.Table(cat.Name, airport.LakeSchema(cat, schema), name)
	if err != nil {
		return t, fmt.Errorf("table %q: %w", strings.Join([]string{cat.Name, schema, name}, "."), catalog.ErrNotFound)
	}
	return t, nil
}

// errChanged: the client's catalog is older than the table.
var errChanged = errors.New("the table is no longer as it was when this client loaded its catalog, which it does once; DETACH and ATTACH again")

// unchanged refuses a table whose columns are others than those that the client
// knows: it would read values by their old places.
func unchanged(o airport.Object, cat catalog.Catalog, t catalog.Table) error {
	if o.Fingerprint != airport.Fingerprint(airport.TableSchema(cat, t)) {
		return fmt.Errorf("table %q: %w", o.Name, errChanged)
	}
	return nil
}
