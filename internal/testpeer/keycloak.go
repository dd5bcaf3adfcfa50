package testpeer

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

//go:embed keycloak/realm.json
var keycloakRealm []byte

// Keycloak's version, which scripts/test-setup.sh installs too.
const keycloakVersion = "26.7.3"

// KeycloakServer is a running Keycloak with the realm DominoRealm: tokens of five
// minutes; the people alice (group engineers, organization acme) and bob (analysts,
// umbrella), with the passwords alice-password and bob-password; the public client
// lakegate-cli, the confidential client pipeline with the secret pipeline-secret, and
// other-api, whose tokens are for somebody else. What it knows ends with Stop.
type KeycloakServer struct {
	*process

	Base     string // the server's URL
	Issuer   string // the realm's
	Audience string // of access tokens of lakegate-cli and pipeline
	TokenURL string
}

// Keycloak starts a server of its own, which takes 20 to 60 seconds.
func Keycloak(t testing.TB) *KeycloakServer {
	t.Helper()
	Require(t, Keycloaks)
	home := keycloakHome(t)
	folder := filepath.Join(home, "data", "import") // the only one that it looks into
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "DominoRealm-realm.json"), keycloakRealm, 0o600); err != nil {
		t.Fatal(err)
	}
	p, port := startOnFreePort(t, func(port int) *process {
		management := freePort(t)
		return &process{
			name: "keycloak",
			argv: []string{
				filepath.Join(home, "bin", "kc-exec.sh"), "start", "--optimized", "--import-realm", "--http-enabled=true", "--http-host=127.0.0.1",
				fmt.Sprintf("--http-port=%d", port), fmt.Sprintf("--http-management-port=%d", management),
				fmt.Sprintf("--hostname=http://127.0.0.1:%d/auth", port),
			},
			env: []string{
				"KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD=admin-password", "JAVA_OPTS_KC_HEAP=-Xms64m -Xmx512m",
				"JAVA_OPTS_APPEND=-XX:TieredStopAtLevel=1", // most of the start is compiling
			},
			dir:  home,
			quit: syscall.SIGKILL,
			ready: func() error {
				return get(fmt.Sprintf("http://127.0.0.1:%d/auth/realms/DominoRealm/.well-known/openid-configuration", port))
			},
		}
	})
	t.Cleanup(p.Stop)
	base := fmt.Sprintf("http://127.0.0.1:%d/auth", port)
	issuer := base + "/realms/DominoRealm"
	return &KeycloakServer{process: p, Base: base, Issuer: issuer, Audience: "api://lakegate", TokenURL: issuer + "/protocol/openid-connect/token"}
}

// Grant asks the token endpoint, with the form's fields, and gives the whole answer.
func (k *KeycloakServer) Grant(t testing.TB, form url.Values) map[string]any {
	t.Helper()
	var answer map[string]any
	k.call(t, http.MethodPost, k.TokenURL, "", form, &answer)
	return answer
}

// Token is an access token of a person, by their password.
func (k *KeycloakServer) Token(t testing.TB, client, user string, scopes ...string) string {
	t.Helper()
	answer := k.Grant(t, url.Values{
		"grant_type": {"password"}, "client_id": {client}, "username": {user}, "password": {user + "-password"},
		"scope": {strings.Join(append([]string{"openid"}, scopes...), " ")},
	})
	token, _ := answer["access_token"].(string)
	return token
}

// ServiceToken is an access token of the client pipeline, by its secret.
func (k *KeycloakServer) ServiceToken(t testing.TB, scopes ...string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"pipeline"}, "client_secret": {"pipeline-secret"}}
	if len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	answer := k.Grant(t, form)
	token, _ := answer["access_token"].(string)
	return token
}

// PublicKey is the realm's key as its page shows it: base64 and nothing around it.
func (k *KeycloakServer) PublicKey(t testing.TB) string {
	t.Helper()
	var page struct {
		Key string `json:"public_key"`
	}
	k.call(t, http.MethodGet, k.Issuer, "", nil, &page)
	return page.Key
}

// admin is a token for the administration interface.
func (k *KeycloakServer) admin(t testing.TB) string {
	t.Helper()
	var answer struct {
		Token string `json:"access_token"`
	}
	k.call(t, http.MethodPost, k.Base+"/realms/master/protocol/openid-connect/token", "", url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {"admin-password"},
	}, &answer)
	return answer.Token
}

func (k *KeycloakServer) realm() string { return k.Base + "/admin/realms/DominoRealm" }

// AddKey makes the realm sign with a new key; the old ones still verify.
func (k *KeycloakServer) AddKey(t testing.TB) {
	t.Helper()
	admin := k.admin(t)
	var realm struct {
		ID string `json:"id"`
	}
	k.call(t, http.MethodGet, k.realm(), admin, nil, &realm)
	k.call(t, http.MethodPost, k.realm()+"/components", admin, map[string]any{
		"name": "rotated", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider", "parentId": realm.ID,
		"config": map[string][]string{"priority": {"200"}, "algorithm": {"RS256"}, "keySize": {"2048"}, "active": {"true"}, "enabled": {"true"}},
	}, nil)
}

// DropFirstKey takes the key that the realm began with out of the published set.
func (k *KeycloakServer) DropFirstKey(t testing.TB) {
	t.Helper()
	admin := k.admin(t)
	var components []map[string]any
	k.call(t, http.MethodGet, k.realm()+"/components?type=org.keycloak.keys.KeyProvider", admin, nil, &components)
	for _, c := range components {
		config, ok := c["config"].(map[string]any)
		if c["name"] != "signing" || !ok {
			continue
		}
		config["enabled"] = []string{"false"}
		k.call(t, http.MethodPut, fmt.Sprintf("%s/components/%s", k.realm(), c["id"]), admin, c, nil)
		return
	}
	t.Fatal("the realm has no key called signing")
}

// call sends form values, or anything else as JSON, and reads the answer into out
// unless that is nil.
func (k *KeycloakServer) call(t testing.TB, method, address, token string, body, out any) {
	t.Helper()
	var text []byte
	kind := "application/json"
	switch body := body.(type) {
	case nil:
	case url.Values:
		text, kind = []byte(body.Encode()), "application/x-www-form-urlencoded"
	default:
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := send(t, request)
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
}

func keycloakHome(t testing.TB) string {
	t.Helper()
	return filepath.Join(Dir(t), "keycloak-"+keycloakVersion)
}
