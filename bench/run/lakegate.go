package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// issuer signs the tokens that Lakegate verifies, with a key that only this run
// knows.
type issuer struct {
	key  jwk.Key
	file string // the public key, as a key set
}

const (
	issuerURL = "https://issuer.bench.invalid"
	audience  = "lakegate-bench"
	group     = "bench-writers"
)

func newIssuer(file string) (*issuer, error) {
	raw, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	key, err := jwk.Import(raw)
	if err != nil {
		return nil, fmt.Errorf("import the key: %w", err)
	}
	for field, value := range map[string]any{jwk.KeyIDKey: "bench", jwk.AlgorithmKey: jwa.RS256(), jwk.KeyUsageKey: "sig"} {
		if err := key.Set(field, value); err != nil {
			return nil, fmt.Errorf("set %s: %w", field, err)
		}
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	set := jwk.NewSet()
	if err := set.AddKey(public); err != nil {
		return nil, err
	}
	data, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	return &issuer{key: key, file: file}, os.WriteFile(file, data, 0o644)
}

// token is good for a day, for one who may read and write.
func (i *issuer) token() (string, error) {
	now := time.Now()
	t, err := jwt.NewBuilder().Issuer(issuerURL).Audience([]string{audience}).Subject("bench").
		IssuedAt(now).NotBefore(now.Add(-time.Minute)).Expiration(now.Add(24*time.Hour)).
		Claim("groups", []string{group}).Claim("scope", "read:data write:data").Build()
	if err != nil {
		return "", fmt.Errorf("build the token: %w", err)
	}
	signed, err := jwt.Sign(t, jwt.WithKey(jwa.RS256(), i.key))
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return string(signed), nil
}

type object map[string]any

// writeSettings writes Lakegate's settings file: as JSON, which is YAML.
func (w *world) writeSettings(address string, c catalogs) (string, error) {
	lakes := object{"bench": object{"type": "duckdb", "path": w.database()}}
	settings := object{
		"listen":          address,
		"engine":          object{"memory_limit": "4GB", "spill": filepath.Join(w.work, "spill"), "spill_limit": "20GB"},
		"extensions":      w.extensions,
		"state":           filepath.Join(w.work, "state"),
		"catalogs":        lakes,
		"default_catalog": "bench",
		"limits":          object{"max_connections_per_peer": 2000, "max_requests": 10_000_000, "burst_limit": 10_000_000, "global_limit": 10_000_000}, // one principal is all callers
		"auth": object{
			"providers":    []string{"oidc"},
			"oidc":         object{"issuer": issuerURL, "audience": audience, "jwks_file": w.issuer.file, "user_claim": "sub", "groups_claim": "groups"},
			"write_groups": []string{group},
		},
	}
	if c.restricted {
		text, err := json.Marshal(rules())
		if err != nil {
			return "", err
		}
		file := filepath.Join(w.work, "policy.json")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return "", err
		}
		settings["policy"] = object{"file": file}
	}
	if c.audited {
		settings["audit"] = object{"folder": filepath.Join(w.work, "audit")}
	}
	if c.scratch != "" {
		lakes["scratch"] = object{"type": "duckdb", "path": c.scratch}
	}
	if l := c.lake; l != nil {
		port, err := strconv.Atoi(l.pg.port)
		if err != nil {
			return "", err
		}
		lakes["lake"] = object{"type": "ducklake", "data": l.data, "metadata": object{
			"type": "postgres", "host": l.pg.host, "port": port, "database": l.database,
			"user": postgresUser, "password": "not-asked-for", "schema": lakeSchema,
		}}
		if l.s3 != nil {
			settings["storage"] = object{"s3": object{
				"type": "s3", "scope": "s3://" + bucket + "/", "endpoint": "http://" + l.s3.address, "region": "us-east-1",
				"path_style": true, "access_key_id": s3Key, "secret_access_key": s3Secret,
			}}
		}
	}
	data, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return "", err
	}
	file := filepath.Join(w.work, "lakegate.yaml")
	return file, os.WriteFile(file, data, 0o600)
}
