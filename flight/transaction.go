package flight

import (
	"context"
	"fmt"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/lakegate/lakegate/engine"
)

// sessionFor is the session in which a request runs that names transaction, a
// sealed id, or none. Without a transaction it is the caller's own, if any: so an
// ingest, which cannot name one, joins the transaction that is open.
func (s *Server) sessionFor(c *call, transaction []byte) (own *session, o options, want id, err error) {
	if len(transaction) == 0 {
		own, o, err = s.session(c)
		return own, o, id{}, err
	}
	h, err := s.take(c, transactionID, transaction)
	if err != nil {
		return nil, options{}, id{}, err
	}
	own, o, err = s.resume(c, h)
	return own, o, h.Transaction, err
}

// resume is the session that h is bound to.
func (s *Server) resume(c *call, h handle) (*session, options, error) {
	own := s.sessions.find(c, h.Session)
	if own == nil {
		return nil, options{}, s.gone(c, h)
	}
	return own, own.current(), nil
}

// gone says why the session that h is bound to is not here.
func (s *Server) gone(c *call, h handle) error {
	if s.sessions.wasLost(c, h.Session) {
		return errEnded
	}
	return errElsewhere
}

// begin opens a transaction in own. The engine hears of it with the first
// statement, which is when its snapshot is taken in any case: clients that turn
// autocommit off open one after each commit, and most of those see no statement.
func (s *Server) begin(ctx context.Context, own *session) (*transaction, error) {
	back, err := own.take(ctx)
	if err != nil {
		return nil, err
	}
	defer back()
	if own.transaction != nil {
		return nil, fmt.Errorf("a transaction is open in this session already: %w", engine.ErrTransaction)
	}
	name, err := newID()
	if err != nil {
		return nil, err
	}
	own.setTransaction(&transaction{id: name})
	return own.transaction, nil
}

// endTransaction commits or rolls back own's transaction; want, unless zero, is
// the one that the caller means.
func (s *Server) endTransaction(ctx context.Context, own *session, want id, commit bool) error {
	if err := own.waitForStreams(ctx); err != nil {
		return err
	}
	back, err := own.take(ctx)
	if err != nil {
		return err
	}
	defer back()
	t := own.transaction
	if t == nil || want != (id{}) && t.id != want {
		return fmt.Errorf("no such transaction is open: %w", engine.ErrTransaction)
	}
	if !t.begun {
		own.setTransaction(nil)
		return nil
	}
	if commit {
		err = s.cfg.Engine.Commit(ctx, own.engine)
	} else {
		err = s.cfg.Engine.Rollback(ctx, own.engine)
	}
	own.seen.valid = false
	if !s.cfg.Engine.InTransaction(own.engine) {
		own.setTransaction(nil)
		if t.defined {
			s.cfg.Catalogs.Changed()
		}
	}
	return err
}

func (s *service) beginTransaction(ctx context.Context, c *call) (*pb.ActionBeginTransactionResult, error) {
	own, _, err := s.needSession(c)
	if err != nil {
		return nil, err
	}
	t, err := s.begin(ctx, own)
	if err != nil {
		return nil, err
	}
	sealed, err := s.give(c, transactionID, handle{Session: own.id, Transaction: t.id}, s.cfg.Limits.TicketLife)
	if err != nil {
		return nil, err
	}
	return &pb.ActionBeginTransactionResult{TransactionId: sealed}, nil
}

func (s *service) endTransactionAction(ctx context.Context, c *call, r *pb.ActionEndTransactionRequest) error {
	var commit bool
	switch r.GetAction() {
	case pb.ActionEndTransactionRequest_END_TRANSACTION_COMMIT:
		commit = true
	case pb.ActionEndTransactionRequest_END_TRANSACTION_ROLLBACK:
	default:
		return requestf("an end of a transaction is COMMIT or ROLLBACK")
	}
	h, err := s.take(c, transactionID, r.GetTransactionId())
	if err != nil {
		return err
	}
	own, _, err := s.resume(c, h)
	if err != nil {
		return err
	}
	return s.endTransaction(ctx, own, h.Transaction, commit)
}
