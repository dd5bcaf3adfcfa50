package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// classes are all texts that a client can read.
var classes = []string{
	"a credential is required: a bearer token, or what else this server takes",
	`exactly one authorization value is required, of the form "Bearer <token>", "Basic <base64>" or "Negotiate <base64>"`,
	"the token is not accepted",
	"the token has expired",
	"the user name or password is not accepted",
	"the Kerberos ticket is not accepted",
}

// Rows of tables 4.A, 4.B, 4.C and 4.D. Not here, since they are about settings
// that later providers bring: B10 and B17 for key files, B12 (optional), D18,
// D23, D24. D06, D07, D11, D13, D22 and D26 need settings of their own and are
// in claims_test.go and okta_test.go; C10 and E01 in provider_test.go; D27 is
// about rights, not identity.
func TestTokenAttacks(t *testing.T) {
	iss := issuer.Start(t)
	var log logged
	attacks := issuer.Attacks(t, iss)
	a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log = log.logger() })
	admit(t, a, iss.Token(t, nil))
	for _, attack := range attacks {
		t.Run(attack.Title(), func(t *testing.T) {
			values := attack.Authorization(t)
			answer, err := a.Authenticate(t.Context(), auth.Shown{Authorization: values})
			p := answer.Principal
			if attack.Accepted {
				if err != nil || p.Provider != "oidc" || p.Subject == "" || p.Expires.IsZero() {
					t.Fatalf("principal %+v, error %v (%s); want it accepted", p, err, auth.Reason(err))
				}
				return
			}
			if !errors.Is(err, auth.ErrUnauthenticated) {
				t.Fatalf("error is %v (principal %+v), want ErrUnauthenticated", err, p)
			}
			if !slices.Contains(classes, err.Error()) {
				t.Errorf("text for the client is %q, none of the classes", err)
			}
			if p.Subject != "" || p.Groups != nil || p.Claims != nil {
				t.Errorf("a refused credential gives the principal %+v", p)
			}
			if reason := auth.Reason(err); reason == "" || strings.Contains(reason, "\n") || len(reason) > 200 {
				t.Errorf("reason for the log is %q", reason)
			}
		})
	}
	admit(t, a, iss.Token(t, nil))
	if n := iss.KeyRequests(); n > 2 {
		t.Errorf("the keys were asked for %d times, want at most the first time and once for unknown ids", n)
	}
	for line := range strings.Lines(log.String()) {
		if len(line) > 600 || !strings.HasPrefix(line, "time=") || strings.Contains(line, "eyJ") {
			t.Errorf("log line %.700q", line)
		}
	}
}
