package flight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// The names of the session's options, as clients know them.
const (
	optionCatalog = "catalog"
	optionSchema  = "schema"
	mainSchema    = "main"
)

// choose sets the options of the caller's session, which is made if need be.
func (s *Server) choose(c *call, own *session, o options) error {
	if own == nil {
		var err error
		if own, _, err = s.needSession(c); err != nil {
			return err
		}
	}
	own.setOptions(o)
	if c.cookie != nil {
		// The cookie carries them to other replicas.
		return s.sendCookie(c, own.id, o)
	}
	return nil
}

// set carries out RESET of one of the session's own options; SET is a USE.
func (s *Server) set(c *call, own *session, view catalog.View, v guard.Verdict) error {
	o, err := with(view, v.Option, "")
	if err != nil {
		return fmt.Errorf("RESET %s: %w", v.Option, err)
	}
	return s.choose(c, own, o)
}

// with is the options of view's caller once name has value; empty resets it.
func with(view catalog.View, name, value string) (options, error) {
	var o options
	o.catalog, o.schema = view.Current()
	switch name {
	case optionCatalog:
		if value == "" {
			return options{}, nil
		}
		found, err := view.Catalog(value)
		if err != nil {
			return o, err
		}
		if !strings.EqualFold(found.Name, o.catalog) {
			o = options{found.Name, mainSchema}
		}
		return o, nil
	case optionSchema:
		if value == "" {
			value = mainSchema
		}
		// A schema may be given with its catalog.
		place, _, err := view.Place(o.catalog, value, "t")
		if before, after, ok := strings.Cut(value, "."); err != nil && ok {
			place, _, err = view.Place(before, after, "t")
		}
		if err != nil {
			return o, fmt.Errorf("schema %q: %w", value, catalog.ErrNotFound)
		}
		return options{place.Catalog, place.Schema}, nil
	}
	return o, requestf("%s is not an option of a session; %s and %s are", name, optionCatalog, optionSchema)
}

// setSessionOptions sets catalog and schema. Anything else is an error of its
// own in the answer.
func (s *service) setSessionOptions(ctx context.Context, c *call, r *arrowflight.SetSessionOptionsRequest) (*arrowflight.SetSessionOptionsResult, error) {
	view, err := s.metadataView(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &arrowflight.SetSessionOptionsResult{Errors: map[string]*arrowflight.SetSessionOptionsResultError{}}
	for name := range r.GetSessionOptions() {
		if name != optionCatalog && name != optionSchema {
			out.Errors[name] = &arrowflight.SetSessionOptionsResultError{Value: arrowflight.SetSessionOptionsResultErrorInvalidName}
		}
	}
	changed := false
	for _, name := range []string{optionCatalog, optionSchema} {
		value, ok := r.GetSessionOptions()[name]
		if !ok {
			continue
		}
		text, isText := value.GetOptionValue().(*pb.SessionOptionValue_StringValue)
		var o options
		err := catalog.ErrNotFound
		switch {
		case isText:
			o, err = with(view, name, text.StringValue)
		case value.GetOptionValue() == nil: // unset
			o, err = with(view, name, "")
		}
		if err != nil {
			out.Errors[name] = &arrowflight.SetSessionOptionsResultError{Value: arrowflight.SetSessionOptionsResultErrorInvalidValue}
			continue
		}
		view, changed = view.At(o.catalog, o.schema), true
	}
	if !changed {
		return out, nil
	}
	own, _, err := s.session(c)
	if err != nil {
		return nil, err
	}
	var o options
	o.catalog, o.schema = view.Current()
	return out, s.choose(c, own, o)
}

// getSessionOptions tells where unqualified names are looked for. Pools ask it to
// see whether a connection lives, so it makes no session.
func (s *service) getSessionOptions(ctx context.Context, c *call, _ *arrowflight.GetSessionOptionsRequest) (*arrowflight.GetSessionOptionsResult, error) {
	view, err := s.metadataView(ctx, c)
	if err != nil {
		return nil, err
	}
	cat, schema := view.Current()
	text := func(v string) *arrowflight.SessionOptionValue {
		return &arrowflight.SessionOptionValue{OptionValue: &pb.SessionOptionValue_StringValue{StringValue: v}}
	}
	return &arrowflight.GetSessionOptionsResult{SessionOptions: map[string]*arrowflight.SessionOptionValue{
		optionCatalog: text(cat), optionSchema: text(schema),
	}}, nil
}

// closeSession ends the caller's session, if there is one, and rolls back.
func (s *service) closeSession(_ context.Context, c *call, _ *arrowflight.CloseSessionRequest) (*arrowflight.CloseSessionResult, error) {
	own, _, err := s.session(c)
	if err != nil && !errors.Is(err, errEnded) {
		return nil, err
	}
	if own != nil {
		s.sessions.end(own)
	}
	if c.cookie != nil {
		if err := s.dropCookie(c); err != nil {
			return nil, err
		}
	}
	return &arrowflight.CloseSessionResult{Status: arrowflight.CloseSessionResultClosed}, nil
}
