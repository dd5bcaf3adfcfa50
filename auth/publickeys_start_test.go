package auth_test

import (
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// B10, B11, B17, OK-05: what may not verify tokens stops the start, by its key,
// and nothing of it is said.
func TestWhatIsNoPublicKeyStopsTheStart(t *testing.T) {
	key := rs256(t, "okera")
	private := key.PrivatePEM(t)
	privateBase64 := base64.StdEncoding.EncodeToString(key.PrivateDER(t))
	mislabelled := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key.PrivateDER(t)}))
	secret := base64.StdEncoding.EncodeToString([]byte("a shared secret of 32 bytes, yes"))
	for name, tt := range map[string]struct{ entry, want string }{
		"B17 private key in a file":                {keyFile(t, private), "holds private parts"},
		"B17 private key in the settings":          {private, "holds private parts"},
		"B17 private key as bare base64":           {privateBase64, "holds private parts"},
		"B17 private key under a public label":     {keyFile(t, mislabelled), "holds private parts"},
		"B17 private key after a public one":       {keyFile(t, key.PEM(t)+private), "holds private parts"},
		"B17 half a private key":                   {keyFile(t, private[:300]), "holds private parts"},
		"B17 half a private key after a whole one": {keyFile(t, key.PEM(t)+private[:300]), "holds private parts"},
		"B17 half a private key in base64":         {privateBase64[:300], "holds no public key"},
		"B17 two keys":                             {keyFile(t, key.PEM(t)+rs256(t, "other").PEM(t)), "holds several keys"},
		"B17 symmetric blob":                       {keyFile(t, "\x01\x02 thirty-two bytes of a secret..."), "holds no public key"},
		"B17 symmetric blob in base64":             {keyFile(t, secret), "holds no public key"},
		"B10 short secret":                         {keyFile(t, "secret"), "holds no public key"},
		"B10 secret in the settings":               {secret, "neither a key nor the path of a file"},
		"B10 secret as JWK":                        {keyFile(t, `{"kty":"oct","k":"`+secret+`"}`), "holds no public key"},
		"B11 RSA of 1024 bits":                     {keyFile(t, issuer.RSA(t, "weak", 1024).PEM(t)), "RSA key of 1024 bits"},
		"half a key":                               {keyFile(t, key.PEM(t)[:200]), "broken or cut off"},
		"half a key after a whole one":             {keyFile(t, key.PEM(t)+key.PEM(t)[:200]), "broken or cut off"},
		"certificate request":                      {keyFile(t, strings.ReplaceAll(key.PEM(t), "PUBLIC KEY", "CERTIFICATE REQUEST")), "holds no public key"},
		"empty file":                               {keyFile(t, ""), "holds no public key"},
		"a page that has no key":                   {keyFile(t, `{"realm":"DominoRealm"}`), "holds no public key"},
		"a page with two keys":                     {keyFile(t, `{"public_key":"a","public_key":"b"}`), "a name occurs twice"},
		"HTML":                                     {keyFile(t, "<!doctype html>"), "holds no public key"},
		"2 MB":                                     {keyFile(t, strings.Repeat("A", 2<<20)), "is larger than"},
		"no such file":                             {"/nonexistent/key.pem", "neither a key nor the path of a file"},
		"a folder":                                 {t.TempDir(), "not a regular file"},
		"https":                                    {"https://domino.example/auth/realms/DominoRealm", "is neither a path nor of the form file:///path"},
		"https without a host":                     {"https:///etc/key.pem", "is neither a path nor of the form file:///path"},
		"file URL of nothing":                      {"file://", "is neither a path nor of the form file:///path"},
		"file on another host":                     {"file://files.example/key.pem", "is neither a path nor of the form file:///path"},
		"empty":                                    {"", "is empty"},
		"EC key for RS256":                         {keyFile(t, issuer.EC(t, "ec", p256).PEM(t)), "P-256 key, and RS256 is for RSA keys"},
	} {
		t.Run(name, func(t *testing.T) {
			got := startFault(t, okera(tt.entry))
			if !strings.Contains(got, tt.want) || !strings.HasPrefix(got, "auth.jwt.public_key (JWT_PUBLIC_KEY): entry 1: ") {
				t.Errorf("error is %q, want the key and %q", got, tt.want)
			}
			for _, leak := range []string{privateBase64[40:60], privateBase64[200:220], secret[:12], "thirty-two", "MIIE"} {
				if strings.Contains(got, leak) {
					t.Errorf("the error holds a part of the key: %s", got)
				}
			}
		})
	}
}

// B17: whoever has a certificate alone has a key; its dates are the log's business.
func TestB17ExpiredCertificateIsAcceptedAndItsDatesAreLogged(t *testing.T) {
	key := rs256(t, "okera")
	day := func(year int) time.Time { return time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC) }
	var log logged
	a := start(t, auth.Config{Providers: []auth.Provider{okera(keyFile(t, key.Certificate(t, day(2001), day(2002))))}, Log: log.logger()})
	admit(t, a, signed(t, key, nil))
	if !strings.Contains(log.String(), "certificate valid from 2001-03-01 to 2002-03-01; it has expired") {
		t.Errorf("the log is\n%s", &log)
	}
}

// K06 and other mistakes in the settings.
func TestMistakesInPublicKeySettingsStopTheStart(t *testing.T) {
	one, two := rs256(t, "okera").PEM(t), rs256(t, "other").PEM(t)
	five := []string{one, two, rs256(t, "third").PEM(t), rs256(t, "fourth").PEM(t), rs256(t, "fifth").PEM(t)}
	for name, tt := range map[string]struct {
		p    auth.PublicKeys
		want string
	}{
		"K06 two keys and one algorithm": {auth.PublicKeys{Keys: []string{one, two}, Algorithms: []string{"RS256"}}, "auth.jwt.algorithm (JWT_ALGORITHM): 1 algorithms for 2 keys"},
		"K06 one key and two algorithms": {auth.PublicKeys{Keys: []string{one}, Algorithms: []string{"RS256", "RS512"}}, "auth.jwt.algorithm (JWT_ALGORITHM): 2 algorithms for 1 keys"},
		"no key":                         {auth.PublicKeys{}, "auth.jwt.public_key (JWT_PUBLIC_KEY): is required"},
		"symmetric algorithm":            {auth.PublicKeys{Keys: []string{one}, Algorithms: []string{"HS256"}}, `auth.jwt.algorithm (JWT_ALGORITHM): "HS256" is not one of`},
		"no signature at all":            {auth.PublicKeys{Keys: []string{one}, Algorithms: []string{"none"}}, `"none" is not one of`},
		"empty algorithm":                {auth.PublicKeys{Keys: []string{one}, Algorithms: []string{""}}, `"" is not one of`},
		"EC key by default":              {auth.PublicKeys{Keys: []string{issuer.EC(t, "ec", p256).PEM(t)}}, "P-256 key, and RS512 is for RSA keys"},
		"second key at fault":            {okera(one, "nothing"), "entry 2: "},
		"five keys for one algorithm":    {okera(five...), "more than 4 keys for RS256"},
		"empty audience":                 {auth.PublicKeys{Keys: []string{one}, Audience: []string{""}}, "auth.jwt.audience (JWT_AUDIENCE): holds an empty name"},
		"issuer with a blank":            {auth.PublicKeys{Keys: []string{one}, Issuer: "domino "}, "auth.jwt.issuer (JWT_ISSUER): "},
		"claim without values":           {auth.PublicKeys{Keys: []string{one}, RequiredClaims: map[string][]string{"org": nil}}, "auth.jwt.required_claims (JWT_REQUIRED_CLAIMS): "},
		"negative life":                  {auth.PublicKeys{Keys: []string{one}, MaxLifetime: -1}, "auth.jwt.max_lifetime (JWT_MAX_LIFETIME): "},
		"a name that is none":            {auth.PublicKeys{Name: "J W T", Keys: []string{one}}, "is not a provider's name"},
		"remote check over http":         {remote(one, "http://checks.example/"), "auth.jwt.authentication_url (JWT_AUTHENTICATION_URL): "},
		"remote check with a query":      {remote(one, "https://checks.example/?key=1"), "may not hold a query"},
		"remote check with a password":   {remote(one, "https://u:p@checks.example/"), "may not hold a user name"},
		"remote check without a place":   {remote(one, ""), "auth.jwt.authentication_url (JWT_AUTHENTICATION_URL): "},
	} {
		t.Run(name, func(t *testing.T) {
			if got := startFault(t, tt.p); !strings.Contains(got, tt.want) {
				t.Errorf("error is %q, want %q", got, tt.want)
			}
		})
	}
}

func remote(key, url string) auth.PublicKeys {
	p := okera(key)
	p.Remote = &auth.RemoteCheck{URL: url}
	return p
}
