package auth_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// keep is a directory of JSON files.
type keep struct {
	t   testing.TB
	dir string
}

func newKeep(t testing.TB) keep { return keep{t, t.TempDir()} }

// write puts v, as JSON unless it is text, into a file that takes the place of
// what had its name at one stroke.
func (k keep) write(name string, v any) {
	k.t.Helper()
	data, isText := v.([]byte)
	if !isText {
		var err error
		if data, err = json.Marshal(v); err != nil {
			k.t.Fatal(err)
		}
	}
	path := filepath.Join(k.dir, name)
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		k.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		k.t.Fatal(err)
	}
}

// object is a JSON object.
type object = map[string]any

// jwt is a file's content with one block of kind jwt.
func jwt(name string, block object) object { return object{"jwt": object{name: block}} }

func (k keep) config(iss *issuer.Issuer, change func(h *auth.HCL)) auth.Config {
	h := auth.HCL{Directory: k.dir}
	if change != nil {
		change(&h)
	}
	cfg := auth.Config{Providers: []auth.Provider{h}, Log: slog.New(slog.DiscardHandler)}
	if iss != nil {
		cfg.Dial, cfg.Roots = iss.Dial(), iss.Roots()
	}
	return cfg
}

// start makes an authenticator over the directory.
func (k keep) start(iss *issuer.Issuer, change func(h *auth.HCL)) *auth.Authenticator {
	k.t.Helper()
	return start(k.t, k.config(iss, change))
}

const doctor = "CN=Doctor Notes/O=ProjectKeep"

// domino are the claims that Domino wants, with more on top.
func domino(more issuer.Claims) issuer.Claims {
	claims := issuer.Claims{"aud": "Domino", "sub": doctor, "scope": "MAIL $DATA"}
	for name, v := range more {
		claims[name] = v
	}
	return claims
}

// publicPEM is the public half of a key as a PEM file.
func publicPEM(t testing.TB, key issuer.Key) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// The manual's own example, for an issuer that is no address. HC-01, HC-04,
// HC-05, HC-06, HC-13, HC-14
func TestHCLTheExampleOfTheManual(t *testing.T) {
	iss := issuer.Start(t)
	iss.URL = "The Demo Wizzard"
	k := newKeep(t)
	k.write("10-jwt.pubkey", publicPEM(t, iss.Keys()[0]))
	k.write("10-jwt.json", []byte(`{"disableJwtExpiryCheck": false, "jwt": {"oicd": {"active": true, "algorithm": "RS256", "keyFile": "10-jwt.pubkey"}}}`))
	a := k.start(iss, nil)
	p := admit(t, a, iss.Token(t, domino(nil)))
	want := auth.Principal{
		Provider: "hcl.oicd", Method: auth.ByToken, Subject: doctor, User: doctor, Groups: []string{"analysts"},
		Scopes: []string{"MAIL", "$DATA"}, Reach: []string{auth.Everywhere}, Claims: p.Claims, Expires: p.Expires,
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("principal is %+v", p)
	}
	if left := time.Until(p.Expires); left <= 0 || left > time.Hour {
		t.Errorf("it expires in %s", left)
	}
	denied(t, a, iss.Token(t, domino(issuer.Claims{"iss": nil})), "Invalid issuer")
	denied(t, a, iss.Token(t, domino(issuer.Claims{"iss": 7})), "Invalid issuer")
	other := iss.Keys()[0]
	other.ID = "another"
	admit(t, a, iss.TokenBy(t, other, nil, domino(nil))) // a key without kid is for all
	denied(t, a, iss.TokenBy(t, issuer.RSA(t, "stranger", 2048), nil, domino(nil)), "Invalid signature")
	other.Alg = "RS512"
	denied(t, a, iss.TokenBy(t, other, nil, domino(nil)), "Algorithm not allowed")
}

// HC-06, HC-07, HC-09
func TestHCLKeysOfTheSettings(t *testing.T) {
	iss := issuer.Start(t)
	ec := issuer.EC(t, "ec", elliptic.P521())
	rsaText := publicPEM(t, iss.Keys()[0])
	block, _ := pem.Decode(rsaText)
	bare := base64.StdEncoding.EncodeToString(block.Bytes)
	k := newKeep(t)
	absolute := newKeep(t)
	absolute.write("key.pem", rsaText)
	k.write("ec.pem", publicPEM(t, ec))
	k.write("a.json", object{"jwt": object{
		"file":   object{"keyFile": filepath.Join(absolute.dir, "key.pem"), "iss": "file", "kid": "rsa-1"},
		"inline": object{"key": string(rsaText), "iss": "inline"},
		"bare":   object{"key": bare, "iss": "bare", "algorithm": "RSA512"}, // C5
		"ec":     object{"keyFile": "./ec.pem", "iss": "ec", "alg": "ES512"},
	}})
	a := k.start(iss, nil)
	by := func(key issuer.Key, name string, header issuer.Header) string {
		return iss.TokenBy(t, key, header, domino(issuer.Claims{"iss": name}))
	}
	rsa, long := iss.Keys()[0], iss.Keys()[0]
	long.Alg = "RS512"
	for name, key := range map[string]issuer.Key{"file": rsa, "inline": rsa, "bare": long, "ec": ec} {
		if p := admit(t, a, by(key, name, nil)); p.Provider != "hcl."+name {
			t.Errorf("%s: provider %s", name, p.Provider)
		}
	}
	denied(t, a, by(ec, "file", nil), "Algorithm not allowed")
	denied(t, a, by(rsa, "bare", nil), "Algorithm not allowed")
	denied(t, a, by(rsa, "other", nil), "Invalid issuer")
	denied(t, a, by(rsa, "file", issuer.Header{"kid": "rsa-2"}), "Key not found")
	denied(t, a, by(rsa, "file", issuer.Header{"kid": nil}), "Key id missing")
	if n := iss.KeyRequests() + iss.DiscoveryRequests(); n != 0 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

func TestHCLKeysThatMayNotBeUsedStopTheStart(t *testing.T) {
	key := issuer.RSA(t, "rsa-1", 2048)
	private, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	privatePEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	k := newKeep(t)
	k.write("good", publicPEM(t, key))
	k.write("private", privatePEM)
	k.write("two", append(publicPEM(t, key), publicPEM(t, issuer.RSA(t, "other", 2048))...))
	k.write("weak", publicPEM(t, issuer.RSA(t, "weak", 1024)))
	k.write("secret", []byte("not a key at all"))
	if err := os.Symlink("/etc/hostname", filepath.Join(k.dir, "link")); err != nil {
		t.Fatal(err)
	}
	const at = "auth.hcl.directory (HCL_DIRECTORY): a.json: jwt.x."
	for name, tt := range map[string]struct {
		block object
		want  string
	}{
		"B17 private key":      {object{"keyFile": "private"}, at + "keyFile: holds private parts"},
		"B17 two keys":         {object{"keyFile": "two"}, at + "keyFile: holds several keys"},
		"B17 no key":           {object{"keyFile": "secret"}, at + "keyFile: holds no public key"},
		"B17 inline private":   {object{"key": string(privatePEM)}, at + "key: holds private parts"},
		"B11 weak":             {object{"keyFile": "weak"}, at + "keyFile: RSA key of 1024 bits"},
		"of another algorithm": {object{"keyFile": "good", "alg": "ES256"}, at + "keyFile: "},
		"K02 outside":          {object{"keyFile": "../../etc/x"}, at + "keyFile: \"../../etc/x\" leads out of the directory"},
		"K02 link outside":     {object{"keyFile": "link"}, at + "keyFile: "},
		"gone":                 {object{"keyFile": "none"}, at + "keyFile: "},
		"HC-05 HS256":          {object{"key": "s3cret", "algorithm": "HS256"}, at + `algorithm: "HS256" signs with a secret that whoever verifies could sign with too`},
		"none":                 {object{"keyFile": "good", "alg": "none"}, at + `algorithm: "none" is not one of ES256`},
		"lower case":           {object{"keyFile": "good", "alg": "rs256"}, at + `algorithm: "rs256" is not one of`},

		"F13 user":           {object{"providerUrl": "https://u:p@id.example"}, "may not hold a user name"},
		"F13 fragment":       {object{"providerUrl": "https://id.example/#x"}, "may not hold a fragment"},
		"F13 dots":           {object{"providerUrl": "https://id.example/a/../b"}, "has a path segment of dots"},
		"F13 final slashes":  {object{"providerUrl": "https://id.example//"}, "has an empty path segment"},
		"F13 a blank":        {object{"providerUrl": "https://id.example/ x"}, "holds a character other than"},
		"F13 IPv6 and http":  {object{"providerUrl": "http://[2001:db8::1]/"}, "http is for this machine alone"},
		"F13 another scheme": {object{"providerUrl": "file:///etc/passwd"}, at + `providerUrl: "file:///etc/passwd": not an absolute https URL`},
		"F13 no scheme":      {object{"providerUrl": "id.example"}, "not an absolute https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			k.write("a.json", jwt("x", tt.block))
			cfg := k.config(nil, nil)
			misconfigured(t, cfg, tt.want)
			_, err := auth.New(t.Context(), cfg)
			if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "MII")) {
				t.Errorf("the error shows a key: %v", err)
			}
		})
	}
	t.Run("F13 IPv6 and https", func(t *testing.T) {
		k.write("a.json", jwt("x", object{"providerUrl": "https://[2001:db8::1]:8443/realms/a"}))
		cfg := k.config(issuer.StartTLS(t, "x.example", "/keys"), nil)
		start(t, cfg)
	})
	t.Run("no directory", func(t *testing.T) {
		misconfigured(t, auth.Config{Providers: []auth.Provider{auth.HCL{}}}, "auth.hcl.directory (HCL_DIRECTORY): is required")
		misconfigured(t, auth.Config{Providers: []auth.Provider{auth.HCL{Directory: k.dir + "/none"}}}, "auth.hcl.directory (HCL_DIRECTORY): ")
		misconfigured(t, k.config(nil, func(h *auth.HCL) { h.MaxLifetime = -1 }), "auth.hcl.max_lifetime (HCL_MAX_LIFETIME)")
	})
	t.Run("every file at fault", func(t *testing.T) {
		k.write("a.json", []byte("{"))
		k.write("b.json", []byte(`{"jwt": {"x": {"kid": 1}}}`))
		misconfigured(t, k.config(nil, nil), "auth.hcl.directory (HCL_DIRECTORY): a.json: line 1", "auth.hcl.directory (HCL_DIRECTORY): b.json: jwt.x.kid")
	})
}
