package auth_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const oktaDomain = "company.okta.com"

// okta is an Okta organisation: its own server and the custom server "default".
func okta(t *testing.T) (org, custom *issuer.Issuer) {
	t.Helper()
	org = issuer.StartTLS(t, oktaDomain, "/oauth2/v1/keys")
	custom = org.Realm(t, "/oauth2/default", "/oauth2/default/v1/keys")
	return org, custom
}

func startOkta(t *testing.T, iss *issuer.Issuer, o auth.Okta) *auth.Authenticator {
	t.Helper()
	o.OrgDomain, o.Audience = oktaDomain, issuer.Audience
	return start(t, auth.Config{Providers: []auth.Provider{o}, Dial: iss.Dial(), Roots: iss.Roots()})
}

func TestOktaCustomServer(t *testing.T) {
	org, custom := okta(t)
	a := startOkta(t, custom, auth.Okta{})
	p := admit(t, a, custom.Token(t, issuer.Claims{
		"sub": "alice@company.com", "uid": "00u1", "cid": "0oa1", "scp": []string{"read:data"}, "groups": []string{"DataAnalysts"},
	}))
	if p.Provider != "okta" || p.User != "alice@company.com" ||
		!reflect.DeepEqual(p.Groups, []string{"DataAnalysts"}) || !reflect.DeepEqual(p.Scopes, []string{"read:data"}) {
		t.Errorf("principal is %+v", p)
	}
	t.Run("BS-09 client credentials have scopes and no groups", func(t *testing.T) {
		p := admit(t, a, custom.Token(t, issuer.Claims{"sub": "0oa1", "cid": "0oa1", "groups": nil, "scp": []string{"read:data", "write:data"}}))
		if p.Groups != nil || len(p.Scopes) != 2 {
			t.Errorf("principal is %+v", p)
		}
	})
	t.Run("BS-03 audience", func(t *testing.T) {
		denied(t, a, custom.Token(t, issuer.Claims{"aud": strings.ToUpper(issuer.Audience)}), "Invalid audience")
		denied(t, a, custom.Token(t, issuer.Claims{"aud": "0oa1"}), "Invalid audience")
	})
	t.Run("D22 org server while the switch is off", func(t *testing.T) {
		denied(t, a, org.Token(t, issuer.Claims{"aud": "0oa1"}), "Invalid issuer")
		denied(t, a, org.Token(t, nil), "Invalid issuer")
		if org.KeyRequests() != 0 {
			t.Error("the org server was asked for keys")
		}
	})
	t.Run("D22 org key under the custom issuer", func(t *testing.T) {
		denied(t, a, org.Token(t, issuer.Claims{"iss": custom.URL}), "Invalid signature")
	})
	t.Run("B05 only RS256", func(t *testing.T) {
		key := custom.Keys()[0].With(nil)
		key.Alg = "RS512"
		denied(t, a, custom.TokenBy(t, key, nil, nil), "Algorithm not allowed")
	})
}

func TestOktaOrgServer(t *testing.T) {
	org, custom := okta(t)
	a := startOkta(t, org, auth.Okta{AllowOrgServer: true, ClientID: "0oa1"})
	p := admit(t, a, org.Token(t, issuer.Claims{"aud": "0oa1", "at_hash": "x", "nonce": "n"}))
	if p.Provider != "okta" || p.Subject != "alice" {
		t.Errorf("principal is %+v", p)
	}
	admit(t, a, custom.Token(t, nil))
	denied(t, a, org.Token(t, nil), "Invalid audience")
	denied(t, a, org.Token(t, issuer.Claims{"aud": org.URL}), "Invalid audience")     // an access token of the org server
	denied(t, a, custom.Token(t, issuer.Claims{"aud": "0oa1"}), "Invalid audience")   // ID token of the custom server
	denied(t, a, custom.Token(t, issuer.Claims{"nonce": "n"}), "ID token where")      // the same, by its marks
	denied(t, a, custom.Token(t, issuer.Claims{"iss": org.URL}), "Invalid signature") // D22
	denied(t, a, org.Token(t, issuer.Claims{"iss": custom.URL}), "Invalid signature") // D22, the other way
	denied(t, a, org.Token(t, issuer.Claims{"iss": org.URL + "/", "aud": "0oa1"}), "Invalid issuer")
	status := a.Status()
	if len(status) != 2 || status[0].Where != "https://company.okta.com/oauth2/default" || status[1].Where != "https://company.okta.com" {
		t.Errorf("status is %+v", status)
	}
}

func TestOktaIDTokensOfTheCustomServer(t *testing.T) {
	_, custom := okta(t)
	a := startOkta(t, custom, auth.Okta{AllowIDTokens: true, ClientID: "0oa1"})
	admit(t, a, custom.Token(t, issuer.Claims{"aud": "0oa1", "nonce": "n"}))
	admit(t, a, custom.Token(t, nil))
	denied(t, a, custom.Token(t, issuer.Claims{"aud": "0oa2", "nonce": "n"}), "Invalid audience")
}

func TestF12CertificateOfTheProviderIsChecked(t *testing.T) {
	_, custom := okta(t)
	a := start(t, auth.Config{
		Providers: []auth.Provider{auth.Okta{OrgDomain: oktaDomain, Audience: issuer.Audience}}, Dial: custom.Dial(), // and no Roots
	})
	refuse(t, a, custom.Token(t, nil), auth.ErrUnavailable, "no signing keys of provider okta")
	other := start(t, auth.Config{
		Providers: []auth.Provider{auth.Okta{OrgDomain: "other.okta.com", Audience: issuer.Audience}}, Dial: custom.Dial(), Roots: custom.Roots(),
	})
	refuse(t, other, custom.Token(t, issuer.Claims{"iss": "https://other.okta.com/oauth2/default"}), auth.ErrUnavailable, "no signing keys of provider okta")
	if custom.KeyRequests() != 0 {
		t.Error("keys were fetched over a connection that proves nothing")
	}
}
