package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// DevAudience is who a [DevIssuer]'s tokens are for, and DevTokenLife how long
// they last, where Mint's claims do not say otherwise.
const (
	DevAudience  = "api://lakegate"
	DevTokenLife = 24 * time.Hour
)

// DevIssuer is an identity provider for development: it signs whatever it is
// asked to. Its tokens pass the same verification as any provider's, by an
// [OIDC] with its URL as issuer.
type DevIssuer struct {
	url  string
	key  *rsa.PrivateKey
	id   string
	jwks []byte
}

// NewDevIssuer makes the issuer that is known as url, such as
// "http://127.0.0.1:4321"; [DevIssuer.Handler] is to be served there.
func NewDevIssuer(url string, key *rsa.PrivateKey) (*DevIssuer, error) {
	if _, err := checkURL(url, false); err != nil {
		return nil, fmt.Errorf("development issuer %q: %w", url, err)
	}
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	d := &DevIssuer{url: url, key: key, id: base64.RawURLEncoding.EncodeToString(sum[:9])}
	public, err := jwk.Import(key.Public())
	if err != nil {
		return nil, fmt.Errorf("publish the development key: %w", err)
	}
	for name, value := range map[string]any{jwk.KeyIDKey: d.id, jwk.AlgorithmKey: jwa.RS256(), jwk.KeyUsageKey: "sig"} {
		if err := public.Set(name, value); err != nil {
			return nil, fmt.Errorf("publish the development key: %w", err)
		}
	}
	if d.jwks, err = json.Marshal(map[string]any{"keys": []any{public}}); err != nil {
		return nil, fmt.Errorf("publish the development key: %w", err)
	}
	return d, nil
}

// Provider is the settings by which the issuer's tokens are accepted.
func (d *DevIssuer) Provider() OIDC {
	return OIDC{Name: "dev", Issuer: d.url, Audience: []string{DevAudience}}
}

// Handler serves the discovery document and the public key.
func (d *DevIssuer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		doc, _ := json.Marshal(map[string]any{ // strings always encode
			"issuer":                                d.url,
			"jwks_uri":                              d.url + "/jwks",
			"id_token_signing_alg_values_supported": []string{"RS256"},
			"response_types_supported":              []string{"token"},
			"subject_types_supported":               []string{"public"},
		})
		answer(w, doc)
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.jwks) })
	return mux
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // who hangs up needs no answer
}

// Mint signs claims. Of iss, aud, iat and exp those that are missing are added.
func (d *DevIssuer) Mint(claims map[string]any) (string, error) {
	now := time.Now()
	all := map[string]any{
		"iss": d.url,
		"aud": DevAudience,
		"iat": now.Unix(),
		"exp": now.Add(DevTokenLife).Unix(),
	}
	maps.Copy(all, claims)
	payload, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("encode the claims of a development token: %w", err)
	}
	header := jws.NewHeaders()
	for name, value := range map[string]any{jws.KeyIDKey: d.id, jws.TypeKey: "at+jwt"} {
		if err := header.Set(name, value); err != nil {
			return "", fmt.Errorf("sign a development token: %w", err)
		}
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.RS256(), d.key, jws.WithProtectedHeaders(header)))
	if err != nil {
		return "", fmt.Errorf("sign a development token: %w", err)
	}
	return string(signed), nil
}

// DevKey is the development issuer's key in the file at path, which is made,
// readable by its owner alone, if it is not there. Processes that share the
// file sign alike.
func DevKey(path string) (*rsa.PrivateKey, error) {
	const blockType = "PRIVATE KEY"
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := rsa.GenerateKey(rand.Reader, minModulus)
		if err != nil {
			return nil, fmt.Errorf("make a development key: %w", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("make a development key: %w", err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der})
		if err := os.WriteFile(path, block, 0o600); err != nil {
			return nil, fmt.Errorf("keep the development key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the development key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != blockType {
		return nil, fmt.Errorf("read the development key: %q holds no private key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the development key in %q: %w", path, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read the development key: %q holds no RSA key", path)
	}
	return key, nil
}
