package auth_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func TestF11DiscoveryThatIsNotTheIssuersOwn(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(doc map[string]any)
		want   string
	}{
		"other issuer":         {func(d map[string]any) { d["issuer"] = "https://evil.example" }, "of another issuer"},
		"issuer with a slash":  {func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" }, "of another issuer"},
		"no issuer":            {func(d map[string]any) { delete(d, "issuer") }, "of another issuer"},
		"issuer by other case": {func(d map[string]any) { d["Issuer"] = d["issuer"]; delete(d, "issuer") }, "of another issuer"},
		"keys on another host": {func(d map[string]any) { d["jwks_uri"] = "http://localhost:4321/keys" }, "not on the issuer's own host"},
		"keys on another port": {func(d map[string]any) { d["jwks_uri"] = "http://127.0.0.1:4322/keys" }, "not on the issuer's own host"},
		"keys by user":         {func(d map[string]any) { d["jwks_uri"] = "http://u@127.0.0.1:4321/keys" }, "not on the issuer's own host"},
		"keys in a file":       {func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" }, "not on the issuer's own host"},
		"no keys":              {func(d map[string]any) { delete(d, "jwks_uri") }, "not on the issuer's own host"},
		"keys a list":          {func(d map[string]any) { d["jwks_uri"] = []string{"http://127.0.0.1:4321/keys"} }, "not on the issuer's own host"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss := issuer.StartInMemory(t)
				iss.Discovery(tt.change)
				a := startFor(t, iss, nil)
				_, err := present(t.Context(), a, token(t, iss, iss.Keys()[0]))
				if !strings.Contains(auth.Reason(err), tt.want) || err.Error() != auth.ErrUnavailable.Error() {
					t.Errorf("error %v, reason %q; want unavailable, %q", err, auth.Reason(err), tt.want)
				}
				if n := iss.KeyRequests(); n != 0 {
					t.Errorf("keys were fetched %d times", n)
				}
			})
		})
	}
}

func TestKeysFromAFixedAddressNeedNoDiscovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.JWKSURL = iss.KeysURL })
		admit(t, a, token(t, iss, iss.Keys()[0]))
		if n := iss.DiscoveryRequests(); n != 0 {
			t.Errorf("discovery was asked %d times", n)
		}
	})
}

func TestIssuerThatEndsInASlash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		iss.URL += "/"
		a := startFor(t, iss, nil)
		admit(t, a, token(t, iss, iss.Keys()[0]))
		denied(t, a, iss.Token(t, issuer.Claims{"iss": strings.TrimSuffix(iss.URL, "/")}), "Invalid issuer")
	})
}

// fileIssuer has its keys in a file that replace writes.
func fileIssuer(t *testing.T) (iss *issuer.Issuer, path string, replace func(data []byte)) {
	t.Helper()
	iss = issuer.StartInMemory(t)
	path = filepath.Join(t.TempDir(), "jwks.json")
	replace = func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace(issuer.JWKS(iss.Keys()...))
	return iss, path, replace
}

func withFile(path string) func(o *auth.OIDC, cfg *auth.Config) {
	return func(o *auth.OIDC, _ *auth.Config) { o.JWKSFile = path }
}

func TestDT02KeysFromAFileWithoutNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, path, replace := fileIssuer(t)
		iss.Stop()
		a := startFor(t, iss, withFile(path))
		before := token(t, iss, iss.Keys()[0])
		admit(t, a, before)
		next := issuer.RSA(t, "rsa-2", 2048)
		replace(issuer.JWKS(next))
		pass(time.Second)
		admit(t, a, token(t, iss, next))
		denied(t, a, before, "Key not found")
		pass(25 * time.Hour)
		admit(t, a, token(t, iss, next)) // a file that can be read does not go stale
	})
}

func TestF16BrokenFileKeepsTheOldKeys(t *testing.T) {
	key := issuer.RSA(t, "rsa-1", 2048)
	elsewhere := filepath.Join(t.TempDir(), "other.json")
	if err := os.WriteFile(elsewhere, issuer.JWKS(issuer.RSA(t, "rsa-9", 2048)), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) func(path string) error {
		return func(path string) error { return os.WriteFile(path, data, 0o600) }
	}
	for name, spoil := range map[string]func(path string) error{
		"half a file":          write(issuer.JWKS(key)[:200]),
		"empty":                write(nil),
		"a private JWK":        write(issuer.JWKS(issuer.RSA(t, "rsa-9", 2048), key.With(map[string]any{"d": "AQAB"}))),
		"a private key as PEM": write([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
		"2 MB":                 write([]byte(`{"keys":[],"x":"` + strings.Repeat("x", 2<<20) + `"}`)),
		"gone":                 os.Remove,
		"a link": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink(elsewhere, path)
		},
		"a directory": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss, path, replace := fileIssuer(t)
				var log logged
				a := startFor(t, iss, func(o *auth.OIDC, cfg *auth.Config) {
					o.JWKSFile, cfg.Log, cfg.FilePoll = path, log.logger(), 10*time.Second
				})
				good := token(t, iss, key)
				admit(t, a, good)
				if err := spoil(path); err != nil {
					t.Fatal(err)
				}
				pass(time.Minute)
				admit(t, a, token(t, iss, key))
				if s := a.Status()[0]; s.Keys != 1 || s.Degraded == "" {
					t.Errorf("status is %+v", s)
				}
				if n := strings.Count(log.String(), "signing keys cannot be had"); n != 1 {
					t.Errorf("a minute of the same error was logged %d times:\n%s", n, &log)
				}
				if strings.Contains(log.String(), "AQAB") || strings.Contains(log.String(), "AAAA") {
					t.Error("the log holds a part of the key")
				}
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				replace(issuer.JWKS(key))
				pass(time.Minute)
				if s := a.Status()[0]; s.Degraded != "" || strings.Count(log.String(), "can be had again") != 1 {
					t.Errorf("status is %+v, the log\n%s", s, &log)
				}
				if err := spoil(path); err != nil {
					t.Fatal(err)
				}
				pass(25 * time.Hour)
				refuse(t, a, good, auth.ErrUnavailable, "no signing keys of provider oidc")
			})
		})
	}
}

func TestFileThatIsALinkFromTheStartIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, path, _ := fileIssuer(t)
		link := filepath.Join(t.TempDir(), "mounted.json")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		admit(t, startFor(t, iss, withFile(link)), token(t, iss, iss.Keys()[0]))
	})
}

func TestReloadDuringALoadSeesTheKeysOfAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		old, next := iss.Keys()[0], issuer.RSA(t, "rsa-2", 2048)
		began, release := make(chan struct{}), make(chan struct{})
		body := issuer.JWKS(old)
		iss.Fault(func(w http.ResponseWriter, _ *http.Request) {
			close(began)
			<-release
			_, _ = w.Write(body)
		})
		a := startFor(t, iss, nil)
		<-began
		done := make(chan error, 1)
		go func() { done <- a.Reload(t.Context()) }()
		synctest.Wait()
		iss.SetKeys(next)
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		admit(t, a, token(t, iss, next))
		denied(t, a, token(t, iss, old), "Key not found")
	})
}
