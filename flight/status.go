package flight

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/limits"
)

// errRequest marks a request that the client made wrongly; what wraps it says how.
var errRequest = errors.New("invalid request")

// errUnsupported marks a part of the protocol that this server does not speak.
var errUnsupported = errors.New("not supported by this server")

// errEnded: a session ended and took what was open in it with it.
var errEnded = errors.New("the session has ended (it was idle, too old, its credential expired, or somebody ended it), and its open transaction was rolled back; begin anew")

// errElsewhere is met where a transaction or stored parameters live on another replica.
var errElsewhere = errors.New("this transaction or statement lives on another replica or has ended; start it again")

// errCookie tells a client how to keep a session where connections are shared.
var errCookie = errors.New("this server keeps sessions (transactions, temporary tables, session options) by cookie; turn cookies on: " +
	"ADBC adbc.flight.sql.rpc.with_cookie_middleware=true; JDBC sends them by default; " +
	"arrow-go clients add flight.NewClientCookieMiddleware()")

// errOutlived: a stream ran on after its credential's end for as long as it may.
var errOutlived = errors.New("the token has expired during the call; call again with a new one")

// errDistrusted: who vouched for the caller is no longer in the settings.
var errDistrusted = errors.New("who vouched for you is no longer accepted here; log in anew")

// errAs: the header of impersonation is not one name.
var errAs = fmt.Errorf("%w: the header %s must hold one user's name", errRequest, asHeader)

// errSessionRate: one caller begins sessions too often.
var errSessionRate = errors.New("too many new sessions (limits.max_sessions_per_hour); keep them, or try again later")

// errSessions: one caller has too many sessions.
var errSessions = errors.New("too many open sessions (limits.max_concurrent_sessions); close some")

// errParameters: the store of bound parameters is full.
var errParameters = errors.New("too many bound parameters are kept; bind fewer rows at once or close statements")

// errCancelled: the caller has cancelled this result.
var errCancelled = errors.New("the result was cancelled")

func requestf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errRequest, fmt.Sprintf(format, args...))
}

func unsupported(what string) error { return fmt.Errorf("%w: %s", errUnsupported, what) }

// codesByError is the mapping of what is foreseen; the first match counts.
var codesByError = []struct {
	err  error
	code codes.Code
}{
	{auth.ErrUnauthenticated, codes.Unauthenticated},
	{auth.ErrUnavailable, codes.Unavailable},
	{auth.ErrForbidden, codes.PermissionDenied},
	{auth.ErrLimited, codes.ResourceExhausted},
	{errRequests, codes.ResourceExhausted},
	{errGlobal, codes.ResourceExhausted},
	{errStrangers, codes.ResourceExhausted},
	{audit.ErrUnwritable, codes.Unavailable},
	{errDistrusted, codes.Unauthenticated},
	{errNoTokens, codes.FailedPrecondition},
	{errOutlived, codes.Unauthenticated},
	{guard.ErrDenied, codes.PermissionDenied},
	{catalog.ErrNotFound, codes.NotFound},
	{engine.ErrConflict, codes.Aborted},
	{engine.ErrExists, codes.AlreadyExists},
	{guard.ErrExists, codes.AlreadyExists},
	{guard.ErrTooMany, codes.ResourceExhausted},
	{guard.ErrNotKept, codes.FailedPrecondition},
	{engine.ErrSQL, codes.InvalidArgument},
	{engine.ErrTransaction, codes.FailedPrecondition},
	{engine.ErrUnavailable, codes.Unavailable},
	{engine.ErrResources, codes.ResourceExhausted},
	{engine.ErrUnsupported, codes.Unimplemented},
	{engine.ErrNoSession, codes.FailedPrecondition},
	{errHandle, codes.NotFound},
	{errExpired, codes.NotFound},
	{errElsewhere, codes.FailedPrecondition},
	{errEnded, codes.FailedPrecondition},
	{errCookie, codes.FailedPrecondition},
	{errSessions, codes.ResourceExhausted},
	{errSessionRate, codes.ResourceExhausted},
	{errParameters, codes.ResourceExhausted},
	{errCancelled, codes.Canceled},
	{errKilled, codes.Canceled},
	{errSessionKilled, codes.Canceled},
	{errWithdrawn, codes.PermissionDenied},
	{limits.ErrLimited, codes.ResourceExhausted},
	{errRequest, codes.InvalidArgument},
	{errChanged, codes.FailedPrecondition},
	{airport.ErrMalformed, codes.InvalidArgument},
	{airport.ErrUnsupported, codes.Unimplemented},
	{errUnsupported, codes.Unimplemented},
}

// toStatus gives the client a code and words it may read. What was not foreseen
// becomes Internal with an id, which is returned for the log beside the detail.
func toStatus(ctx context.Context, err error) (errorID string, answer error) {
	if err == nil {
		return "", nil
	}
	if _, ok := status.FromError(err); ok {
		return "", err
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return "", status.FromContextError(ctx.Err()).Err()
	}
	var refusal *guard.Refusal
	if errors.As(err, &refusal) {
		code := codes.InvalidArgument
		if errors.Is(err, guard.ErrDenied) {
			code = codes.PermissionDenied
		}
		return "", status.Error(code, positioned(refusal.Text, refusal.Position))
	}
	var bind *guard.BindError
	if errors.As(err, &bind) && mistakes[bind.Type] {
		return "", status.Error(codes.InvalidArgument, positioned(bind.Message, bind.Position))
	}
	for _, m := range codesByError {
		if errors.Is(err, m.err) {
			return "", status.Error(m.code, err.Error())
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "", status.FromContextError(err).Err()
	}
	errorID = newErrorID()
	return errorID, status.Error(codes.Internal, "internal error "+errorID)
}

// mistakes are the types of DuckDB's errors that are the caller's; the texts of
// others may hold what is not for callers.
var mistakes = map[string]bool{
	"binder": true, "catalog": true, "conversion": true, "constraint": true, "divide by zero": true, "expression": true,
	"invalid input": true, "invalid type": true, "mismatch type": true, "not implemented": true, "out of range": true,
	"parameter not resolved": true, "parser": true, "syntax": true,
}

func positioned(text string, position int) string {
	if position < 0 {
		return text
	}
	return fmt.Sprintf("%s (at position %d)", text, position+1)
}

func newErrorID() string {
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "without id"
	}
	return hex.EncodeToString(b[:])
}
