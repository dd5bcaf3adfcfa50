package keepconfig

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzFiles: whatever two files hold, they are read or refused, and what is
// read keeps the promises of its type. N05
func FuzzFiles(f *testing.F) {
	f.Add([]byte(`{"jwt": {"x": {"key": "k", "aud": ["a"]}}}`), []byte(`{"jwt": {"x": {"active": false}}, "maxJwtDuration": "1h"}`))
	f.Add([]byte(`{"oidc": {"x": {"providerURL": "https://id.example", "clientId": "c", "clientSecret": "\u0073x"}}}`), []byte(`{"oidc": {"x": {"additionalClientIds": []}}}`))
	f.Add([]byte("\xef\xbb\xbf{}"), []byte(`{"a": // no`))
	f.Add([]byte(`{"jwt": {"x": {"alg": 1e999}}, "jwt": null}`), []byte(`[[[[[[[[[[[[[[[[[[[[`))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		c, err := merge([]file{{"1.json", one}, {"2.json", two}})
		if err != nil {
			if !strings.Contains(err.Error(), ".json: ") {
				t.Errorf("error %q names no file", err)
			}
			if strings.Contains(err.Error(), "\n\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		if c.MaxTokenLife <= 0 || c.TokenLife < 0 {
			t.Errorf("lives %s and %s", c.MaxTokenLife, c.TokenLife)
		}
		names := map[string]bool{}
		for _, b := range c.Blocks {
			if names[strings.ToLower(b.Name)] || !isBlockName(b.Name) || len(b.Audiences) == 0 {
				t.Errorf("block %+v", b)
			}
			names[strings.ToLower(b.Name)] = true
			given := 0
			for _, place := range []string{b.KeyFile, b.Key, b.URL} {
				if place != "" {
					given++
				}
			}
			if given != 1 || b.Kind == OIDC && len(b.Clients) == 0 {
				t.Errorf("block %+v", b)
			}
		}
		printed := c.String()
		if !json.Valid([]byte(printed)) {
			t.Fatalf("it prints %q", printed)
		}
		again, err := merge([]file{{"printed.json", []byte(printed)}})
		if err != nil || len(again.Blocks) != len(c.Blocks) || again.MaxTokenLife != c.MaxTokenLife {
			t.Errorf("what it prints is not what it is: %v\n%s", err, printed)
		}
	})
}
