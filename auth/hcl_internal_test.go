package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// E04: however many providers there are that any token may be of, one token is
// tried with maxOpen of them.
func TestTokenIsTriedWithABoundedNumberOfProviders(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(`{"alg":"EdDSA"}`)) + "." + enc(fmt.Appendf(nil, `{"sub":"a","aud":"x","iss":"i","exp":%d}`, time.Now().Add(time.Hour).Unix()))
	signed, err := parseToken(input + "." + enc(ed25519.Sign(private, []byte(input))))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		at   int // of the provider whose key it is
		want error
	}{{0, nil}, {maxOpen - 1, nil}, {maxOpen, ErrUnauthenticated}, {49, ErrUnauthenticated}} {
		st := &state{cfg: Config{Now: time.Now}}
		for n := range 50 {
			key := verifyKey{anyID: true, kind: "Ed25519", signatureSize: ed25519.SignatureSize, public: stranger}
			if n == tt.at {
				key.public = public
			}
			keys := newKeyCache("x", "x", nil, keyTimes{stale: time.Hour}, slog.New(slog.DiscardHandler))
			keys.current.Store(&heldKeys{keySet: &keySet{keys: []verifyKey{key}}})
			st.open = append(st.open, &trust{
				algorithms: []string{"EdDSA"}, audiences: []string{"x"}, userClaim: "sub", keys: keys,
				admits: func(string, map[string]any) bool { return true },
			})
		}
		if _, err := st.tryOpen(t.Context(), "i", signed); !errors.Is(err, tt.want) {
			t.Errorf("key of provider %d: %v, want %v", tt.at, err, tt.want)
		}
	}
}

// FuzzUserName: every form of a name becomes one that means the same in the
// form that rules know, or is refused. N05
func FuzzUserName(f *testing.F) {
	for _, name := range []string{
		"CN=Doctor Notes/O=ProjectKeep", "cn=Doctor Notes,o=ProjectKeep", `cn=Notes\, Doctor,o=Pro\C3\A9ject`, "alice@example.com", `cn=\2fO=x`, "cn=", `\`, "CN=a/O=b/",
	} {
		f.Add(name, true, false)
		f.Add(name, false, true)
		f.Add(name, false, false)
	}
	f.Fuzz(func(t *testing.T, name string, ldap, strict bool) {
		clean, err := cleanName(name)
		if err != nil || !utf8.ValidString(name) {
			return // as judgeClaims and the JSON reader have it
		}
		got, err := userName(clean, ldap, strict)
		if err != nil {
			return
		}
		if again, err := cleanName(got); err != nil || again != got || !utf8.ValidString(got) {
			t.Errorf("%q becomes %q: %v", name, got, err)
		}
		isDN := strings.HasPrefix(got, "CN=")
		if (ldap || strict) && !isDN {
			t.Errorf("%q becomes %q, which is no DN", name, got)
		}
		if !isDN {
			if got != name {
				t.Errorf("%q becomes %q", name, got)
			}
			return
		}
		if again, err := userName(got, false, true); err != nil || again != got {
			t.Errorf("%q becomes %q, and that %q, %v", name, got, again, err)
		}
		if ldap && strings.Count(got, "/") > strings.Count(name, ",") {
			t.Errorf("%q has more parts than %q", got, name)
		}
	})
}
