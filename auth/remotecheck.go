package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
)

// RemoteCheck has a REST service say whether a token is good: GET, with the
// token as bearer credential. Statuses 200 and 204 mean yes, unless the answer
// is a JSON object whose "active" or "valid" is not true; 400, 401 and 403 mean
// no. What the service says is final. Where it cannot be reached (no connection,
// no answer in time, a status of 500 or more), the keys alone decide; any other
// answer is ErrUnavailable.
type RemoteCheck struct {
	URL string // https, or http on this machine; without a query
}

func (r RemoteCheck) check(provider string) error {
	if err := checkService(r.URL); err != nil {
		return setting{provider, "authentication_url"}.errorf("%q: %v", r.URL, err)
	}
	return nil
}

// remoteChecker asks, and knows how the last time went.
type remoteChecker struct {
	provider, url string
	fetch         *fetcher

	mu   sync.Mutex
	last string // why the service could not be asked; empty if it could
}

// judge asks about a token. Nil means that nothing speaks against it.
func (r *remoteChecker) judge(ctx context.Context, token string, log *slog.Logger) error {
	status, body, err := r.fetch.ask(ctx, r.url, token)
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // whoever goes away early is not let in for it
	case errors.Is(err, errTooLarge):
		return r.unclear(log, err.Error())
	case unreached(status, err) != "":
		r.report(log, unreached(status, err))
		return nil
	case status == http.StatusBadRequest, status == http.StatusUnauthorized, status == http.StatusForbidden:
		r.report(log, "")
		return refuse("Token refused by the remote check")
	case status != http.StatusOK && status != http.StatusNoContent:
		return r.unclear(log, fmt.Sprintf("status %d", status))
	case len(body) == 0:
		r.report(log, "")
		return nil
	}
	answer, err := decodeObject(body)
	if err != nil {
		return r.unclear(log, err.Error())
	}
	r.report(log, "")
	for _, name := range []string{"active", "valid"} {
		if says, there := answer[name]; there && says != true {
			return refuse("Token refused by the remote check")
		}
	}
	return nil
}

// unreached says why there is no answer of the service itself; empty if there is one.
func unreached(status int, err error) string {
	switch {
	case err != nil:
		return "cannot be asked: " + err.Error()
	case status >= http.StatusInternalServerError:
		return fmt.Sprintf("cannot be asked: status %d", status)
	}
	return ""
}

// unclear is an answer that is neither yes nor no.
func (r *remoteChecker) unclear(log *slog.Logger, why string) error {
	r.report(log, why)
	return &unavailable{reason: "remote check of provider " + r.provider + ": " + why}
}

// report logs each failure once until it changes, and the recovery.
func (r *remoteChecker) report(log *slog.Logger, failure string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch failure {
	case r.last:
	case "":
		log.Info("the remote check of tokens answers again", "provider", r.provider)
	default:
		log.Warn("the remote check of tokens failed", "provider", r.provider, "url", r.url, "error", failure)
	}
	r.last = failure
}

func (r *remoteChecker) status() SourceStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return SourceStatus{Kind: "check", Name: r.provider, Where: r.url, Degraded: r.last}
}
