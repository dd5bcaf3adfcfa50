package flight

import (
	"context"
	"fmt"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// action is one type of DoAction: do reads the body and gives the answer; a nil
// answer is an empty result.
type action struct {
	name, about string
	do          func(s *service, ctx context.Context, c *call, body []byte) (proto.Message, error)
}

// actions are all there are, as ListActions lists them.
func actions() []action {
	return []action{
		{flightsql.CreatePreparedStatementActionType, "Prepares a statement", inAny((*service).createPrepared)},
		{flightsql.ClosePreparedStatementActionType, "Frees a prepared statement", inAny(func(s *service, _ context.Context, c *call, r *pb.ActionClosePreparedStatementRequest) (*noAnswer, error) {
			return nil, s.closePrepared(c, r)
		})},
		{flightsql.CreatePreparedSubstraitPlanActionType, "Not supported", inAny(func(*service, context.Context, *call, *pb.ActionCreatePreparedSubstraitPlanRequest) (*noAnswer, error) {
			return nil, errSubstrait
		})},
		{flightsql.BeginTransactionActionType, "Begins a transaction", inAny(func(s *service, ctx context.Context, c *call, _ *pb.ActionBeginTransactionRequest) (*pb.ActionBeginTransactionResult, error) {
			return s.beginTransaction(ctx, c)
		})},
		{flightsql.EndTransactionActionType, "Commits or rolls back a transaction", inAny(func(s *service, ctx context.Context, c *call, r *pb.ActionEndTransactionRequest) (*noAnswer, error) {
			return nil, s.endTransactionAction(ctx, c, r)
		})},
		{flightsql.BeginSavepointActionType, "Not supported", inAny(func(*service, context.Context, *call, *pb.ActionBeginSavepointRequest) (*noAnswer, error) {
			return nil, errSavepoint
		})},
		{flightsql.EndSavepointActionType, "Not supported", inAny(func(*service, context.Context, *call, *pb.ActionEndSavepointRequest) (*noAnswer, error) {
			return nil, errSavepoint
		})},
		{arrowflight.CancelFlightInfoActionType, "Cancels the result of a FlightInfo", plain(func(s *service, _ context.Context, c *call, r *arrowflight.CancelFlightInfoRequest) (*arrowflight.CancelFlightInfoResult, error) {
			st, err := s.cancelInfo(c, r.GetInfo())
			return &arrowflight.CancelFlightInfoResult{Status: st}, err
		})},
		{flightsql.CancelQueryActionType, "Cancels the result of a FlightInfo (deprecated)", inAny((*service).cancelQuery)},
		{arrowflight.RenewFlightEndpointActionType, "Not supported", plain(func(*service, context.Context, *call, *arrowflight.RenewFlightEndpointRequest) (*noAnswer, error) {
			return nil, unsupported("RenewFlightEndpoint; endpoints have no expiration time here, ask for the FlightInfo again")
		})},
		{arrowflight.SetSessionOptionsActionType, "Sets options of the session", plain((*service).setSessionOptions)},
		{arrowflight.GetSessionOptionsActionType, "Gets the options of the session", plain((*service).getSessionOptions)},
		{arrowflight.CloseSessionActionType, "Ends the session and rolls back", plain((*service).closeSession)},
	}
}

// noAnswer is the type of an empty result.
type noAnswer = anypb.Any

type message[T any] interface {
	*T
	proto.Message
}

// plain makes an action of f whose body and answer are bare messages.
func plain[Q, A any, PQ message[Q], PA message[A]](f func(*service, context.Context, *call, PQ) (PA, error)) func(*service, context.Context, *call, []byte) (proto.Message, error) {
	return func(s *service, ctx context.Context, c *call, body []byte) (proto.Message, error) {
		q := PQ(new(Q))
		if err := proto.Unmarshal(body, q); err != nil {
			return nil, requestf("the action's body is no %s", q.ProtoReflect().Descriptor().Name())
		}
		a, err := f(s, ctx, c, q)
		if a == nil || err != nil {
			return nil, err
		}
		return a, nil
	}
}

// inAny is plain with body and answer inside google.protobuf.Any.
func inAny[Q, A any, PQ message[Q], PA message[A]](f func(*service, context.Context, *call, PQ) (PA, error)) func(*service, context.Context, *call, []byte) (proto.Message, error) {
	return func(s *service, ctx context.Context, c *call, body []byte) (proto.Message, error) {
		q := PQ(new(Q))
		var box anypb.Any
		if err := proto.Unmarshal(body, &box); err != nil {
			return nil, requestf("the action's body is no google.protobuf.Any")
		}
		if err := box.UnmarshalTo(q); err != nil {
			return nil, requestf("the action's body is no %s", q.ProtoReflect().Descriptor().Name())
		}
		a, err := f(s, ctx, c, q)
		if a == nil || err != nil {
			return nil, err
		}
		out, err := anypb.New(a)
		if err != nil {
			return nil, fmt.Errorf("answer an action: %w", err)
		}
		return out, nil
	}
}

var errSavepoint = unsupported("savepoints; DuckDB has none")

// DoAction runs one action.
func (s *service) DoAction(a *arrowflight.Action, stream arrowflight.FlightService_DoActionServer) error {
	ctx := stream.Context()
	c := callOf(ctx)
	for _, known := range actions() {
		if known.name != a.GetType() {
			continue
		}
		c.command = known.name
		answer, err := known.do(s, ctx, c, a.GetBody())
		if err != nil {
			return err
		}
		s.auditAction(c)
		out := &arrowflight.Result{}
		if answer != nil {
			if out.Body, err = proto.Marshal(answer); err != nil {
				return fmt.Errorf("answer %s: %w", known.name, err)
			}
		}
		return stream.Send(out)
	}
	if known, err := s.airportDo(ctx, c, a, stream); known {
		return err
	}
	return requestf("there is no such action; ListActions lists them")
}

// ListActions lists every action that DoAction knows.
func (s *service) ListActions(_ *arrowflight.Empty, stream arrowflight.FlightService_ListActionsServer) error {
	for _, a := range actions() {
		if err := stream.Send(&arrowflight.ActionType{Type: a.name, Description: a.about}); err != nil {
			return err
		}
	}
	return nil
}

// cancelInfo cancels the results that info's tickets stand for: those being
// streamed by this replica end, and none can be begun again here.
func (s *service) cancelInfo(c *call, info *arrowflight.FlightInfo) (arrowflight.CancelStatus, error) {
	if len(info.GetEndpoint()) == 0 {
		return 0, requestf("the FlightInfo has no endpoint to cancel")
	}
	for _, e := range info.GetEndpoint() {
		m, err := command(e.GetTicket().GetTicket())
		if err != nil {
			return 0, err
		}
		switch q := m.(type) {
		case *pb.TicketStatementQuery:
			h, err := s.take(c, statementTicket, q.GetStatementHandle())
			if err != nil {
				return 0, err
			}
			if h.Ran != notRun {
				return arrowflight.CancelStatusNotCancellable, nil
			}
		case *pb.CommandPreparedStatementQuery:
			// Its ticket is used again by the next execution: only what runs is ended.
			if _, err := s.take(c, preparedHandle, q.GetPreparedStatementHandle()); err != nil {
				return 0, err
			}
			if !s.running.interrupt(keyOf(e.GetTicket().GetTicket())) {
				return arrowflight.CancelStatusNotCancellable, nil
			}
			continue
		default:
			return arrowflight.CancelStatusNotCancellable, nil
		}
		s.running.cancel(keyOf(e.GetTicket().GetTicket()), s.cfg.Now(), s.cfg.Limits.TicketLife)
	}
	return arrowflight.CancelStatusCancelled, nil
}

func (s *service) cancelQuery(_ context.Context, c *call, r *pb.ActionCancelQueryRequest) (*pb.ActionCancelQueryResult, error) { //nolint:staticcheck // older clients send it
	var info arrowflight.FlightInfo
	if err := proto.Unmarshal(r.GetInfo(), &info); err != nil {
		return nil, requestf("the action holds no FlightInfo")
	}
	st, err := s.cancelInfo(c, &info)
	result := pb.ActionCancelQueryResult_CANCEL_RESULT_NOT_CANCELLABLE
	if st == arrowflight.CancelStatusCancelled {
		result = pb.ActionCancelQueryResult_CANCEL_RESULT_CANCELLED
	}
	return &pb.ActionCancelQueryResult{Result: result}, err //nolint:staticcheck // older clients read it
}
