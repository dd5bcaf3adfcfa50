package auth_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func TestHCLTokensMustHoldAllThatDominoWants(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.json", object{"maxJwtDuration": 90, "jwt": object{"x": object{"providerUrl": iss.URL}}})
	a := k.start(iss, nil)
	admit(t, a, iss.Token(t, domino(nil)))
	now := time.Now()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, tt := range map[string]struct {
		claims issuer.Claims
		reason string
	}{
		"HC-13 no iss":                {issuer.Claims{"iss": nil}, "Invalid issuer"},
		"HC-13 no sub":                {issuer.Claims{"sub": nil}, "Invalid subject"},
		"HC-13 no scope":              {issuer.Claims{"scope": nil}, "Required claim scope missing"},
		"HC-13 scope null":            {issuer.Claims{"scope": issuer.Null}, "Scopes not extracted"},
		"HC-13 scope a number":        {issuer.Claims{"scope": 1}, "Scopes not extracted"},
		"HC-13 no iat":                {issuer.Claims{"iat": nil}, "Token lives too long"}, // D07
		"HC-13 no exp":                {issuer.Claims{"exp": nil}, "No expiry"},
		"HC-13 no aud":                {issuer.Claims{"aud": nil}, "Invalid audience"},
		"HC-13 sub is no DN":          {issuer.Claims{"sub": "doctor"}, "Invalid user claim: not a distinguished name"},
		"HC-13 sub begins with O":     {issuer.Claims{"sub": "O=ProjectKeep/CN=Doctor Notes"}, "Invalid user claim: not a distinguished name"},
		"HC-17 sub in the comma form": {issuer.Claims{"sub": "O=ProjectKeep,CN=Doctor"}, "Invalid user claim: not a distinguished name"},
		"D03 milliseconds":            {issuer.Claims{"exp": at(time.Hour) * 1000}, "No expiry, or not a date"},
		"D03 year 2105":               {issuer.Claims{"exp": int64(1<<32 - 1)}, "Token lives too long"},
		"D07 lives too long":          {issuer.Claims{"iat": at(-60 * time.Minute), "exp": at(31 * time.Minute)}, "Token lives too long"},
		"D07 iat after exp":           {issuer.Claims{"iat": at(0), "exp": at(-time.Second)}, "Token expired"},
		"D07 iat in the future":       {issuer.Claims{"iat": at(time.Hour), "exp": at(2 * time.Hour)}, "Token issued in the future"},
		"D10 other case":              {issuer.Claims{"aud": "domino"}, "Invalid audience"},
		"D10 prefix":                  {issuer.Claims{"aud": "Domin"}, "Invalid audience"},
		"D10 longer":                  {issuer.Claims{"aud": "Domino2"}, "Invalid audience"},
		"D10 blank":                   {issuer.Claims{"aud": "Domino "}, "Invalid audience"},
		"D10 empty list":              {issuer.Claims{"aud": []string{}}, "Invalid audience"},
		"D10 list of others":          {issuer.Claims{"aud": []string{"DOMINO", "account"}}, "Invalid audience"},
		"D10 number":                  {issuer.Claims{"aud": 1}, "Invalid audience"},
		"D25 scp is another":          {issuer.Claims{"scp": []string{"MAIL"}}, "Scopes contradict"},
		"C3 scopes is another":        {issuer.Claims{"scopes": "MAIL"}, "Scopes contradict"},
		"C3 scopes is no text":        {issuer.Claims{"scopes": 1, "scope": nil}, "Scopes not extracted"},
	} {
		t.Run(name, func(t *testing.T) { denied(t, a, iss.Token(t, domino(tt.claims)), tt.reason) })
	}
	for name, claims := range map[string]issuer.Claims{
		"HC-14 aud in a list":      {"aud": []string{"Domino"}},
		"D10 ours second":          {"aud": []string{"account", "Domino"}},
		"C3 scopes alone":          {"scope": nil, "scopes": "MAIL $DATA"},
		"C3 both, the same":        {"scope": "MAIL $DATA", "scopes": []string{"$DATA", "MAIL"}},
		"C8 scp in a list":         {"scope": nil, "scp": []string{"MAIL", "$DATA"}},
		"HC-11 as long as allowed": {"iat": at(-30 * time.Minute), "exp": at(59 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			if p := admit(t, a, iss.Token(t, domino(claims))); len(p.Scopes) != 2 || !reflect.DeepEqual(p.Reach, []string{auth.Everywhere}) {
				t.Errorf("principal is %+v", p)
			}
		})
	}
}

// D07, HC-11: a token that was made for later lives too long as well, whatever iat says.
func TestHCLLifeIsBoundFromNowOn(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.json", object{"maxJwtDuration": "1h", "jwt": object{"x": object{"providerUrl": iss.URL}}})
	cfg := k.config(iss, nil)
	now := time.Now()
	cfg.Now = func() time.Time { return now.Add(-4 * time.Minute) }
	cfg.Skew = 5 * time.Minute
	a := start(t, cfg)
	life := func(from, to time.Duration) string {
		return iss.Token(t, domino(issuer.Claims{"iat": now.Add(from).Unix(), "exp": now.Add(to).Unix()}))
	}
	admit(t, a, life(-30*time.Minute, 29*time.Minute))
	denied(t, a, life(0, 59*time.Minute), "Token lives too long") // 63 minutes from now
	k.write("b.json", object{"maxJwtDuration": 70})
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	admit(t, a, life(0, 59*time.Minute))
	cfg.Providers = []auth.Provider{auth.HCL{Directory: k.dir, MaxLifetime: time.Minute}} // HC-01: settings over files
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	denied(t, a, life(-30*time.Minute, 29*time.Minute), "Token lives too long")
}

// HC-15: scopes limit, and give nothing.
func TestHCLScopesSayWhatIsWithinReach(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.json", jwt("x", object{"providerUrl": iss.URL}))
	mapped := k.start(iss, func(h *auth.HCL) {
		h.Scopes = map[string]string{"sales": "lake.sales", "hr": "lake.hr people", "MAIL": "mail,mails", "off": "-"}
	})
	narrowed := k.start(iss, func(h *auth.HCL) { h.Scopes = map[string]string{"$DATA": "lake", "all": "*"} })
	closed := k.start(iss, func(h *auth.HCL) { h.Scopes = map[string]string{"$DATA": "-"} })
	for _, tt := range []struct {
		a      *auth.Authenticator
		scopes string
		want   []string
	}{
		{mapped, "", []string{}},
		{mapped, "sales", []string{"lake.sales"}},
		{mapped, "sales hr", []string{"lake.sales", "lake.hr", "people"}},
		{mapped, "MAIL", []string{"mail", "mails"}},
		{mapped, "off", []string{}},
		{mapped, "SALES sale saless lake lake.sales read:data admin:system *", []string{}},
		{mapped, "$DATA", []string{auth.Everywhere}},
		{mapped, "$data", []string{}},
		{mapped, "$DECRYPT $SETUP", []string{}},
		{mapped, "$DATA sales", []string{auth.Everywhere, "lake.sales"}},
		{narrowed, "$DATA", []string{"lake"}},
		{narrowed, "MAIL", []string{}},
		{narrowed, "all", []string{auth.Everywhere}},
		{closed, "$DATA", []string{}},
	} {
		p := admit(t, tt.a, iss.Token(t, domino(issuer.Claims{"scope": tt.scopes})))
		if !reflect.DeepEqual(p.Reach, tt.want) {
			t.Errorf("scopes %q reach %#v, want %q", tt.scopes, p.Reach, tt.want)
		}
	}
	for scope, place := range map[string]string{"a": "a.b.c", "b": ".x", "c": "x.", "d": "", "g": "a -", "h": ",", "e e": "x", "f": "lake.*", "": "x"} {
		misconfigured(t, k.config(iss, func(h *auth.HCL) { h.Scopes = map[string]string{scope: place} }), "auth.hcl.scopes (HCL_SCOPES)")
	}
}

// HC-13, HC-16, HC-17
func TestHCLOneFormOfAUserName(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.json", object{"jwt": object{
		"sub":   object{"providerUrl": iss.URL, "aud": "sub"},
		"claim": object{"providerUrl": iss.URL, "aud": "claim", "userIdentifier": "dn"},
		"deep":  object{"providerUrl": iss.URL, "aud": "deep", "userIdentifier": "/user/dn"},
		"ldap":  object{"providerUrl": iss.URL, "aud": "ldap", "userIdentifier": "dn", "userIdentifierInLdapFormat": true},
	}})
	plain, probing := k.start(iss, nil), k.start(iss, func(h *auth.HCL) { h.ProbeNames = true })
	const noDN, noLDAP = "!not a distinguished name such as CN=", "!not a distinguished name such as cn="
	for _, tt := range []struct {
		a      *auth.Authenticator
		aud    string
		claims issuer.Claims
		want   string // "!" and the reason: refused
	}{
		{plain, "sub", nil, doctor},
		{plain, "sub", issuer.Claims{"sub": "cn=Doctor Notes/ou=Sales/o=ProjectKeep"}, "CN=Doctor Notes/OU=Sales/O=ProjectKeep"},
		{plain, "sub", issuer.Claims{"sub": "CN=Doctor Notes"}, "CN=Doctor Notes"},
		{plain, "sub", issuer.Claims{"sub": "CN=a=b/O=x"}, "CN=a=b/O=x"},
		{plain, "sub", issuer.Claims{"sub": "CN=Doctor Notes /O=ProjectKeep"}, noDN},
		{plain, "sub", issuer.Claims{"sub": "CN=/O=ProjectKeep"}, noDN},
		{plain, "sub", issuer.Claims{"sub": "CN=Doctor Notes//O=ProjectKeep"}, noDN},
		{plain, "sub", issuer.Claims{"sub": "CN=Doctor Notes/ProjectKeep"}, noDN},
		{plain, "sub", issuer.Claims{"sub": "Doctor Notes/ProjectKeep"}, noDN},
		{plain, "sub", issuer.Claims{"sub": "CN=Doctor Notes/O=ProjectKeep/"}, noDN},
		{plain, "sub", issuer.Claims{"email": "boss@x", "CN": "CN=Boss/O=X", "upn": "boss"}, doctor},
		{plain, "claim", issuer.Claims{"dn": "CN=Nurse/O=ProjectKeep"}, "CN=Nurse/O=ProjectKeep"},
		{plain, "claim", issuer.Claims{"dn": "nurse@example.com"}, "nurse@example.com"},
		{plain, "claim", issuer.Claims{"dn": "cn=Nurse,o=ProjectKeep"}, "CN=Nurse,o=ProjectKeep"},
		{plain, "claim", issuer.Claims{"dn": "cn="}, noDN},
		{plain, "claim", nil, "!missing, empty"}, // no falling back to sub
		{plain, "claim", issuer.Claims{"dn": 7}, "!missing, empty"},
		{plain, "deep", issuer.Claims{"user": object{"dn": "CN=Nurse/O=X"}}, "CN=Nurse/O=X"},
		{plain, "deep", issuer.Claims{"user": "x"}, "!missing, empty"},
		{plain, "ldap", issuer.Claims{"dn": "cn=Doctor Notes,o=ProjectKeep"}, doctor},
		{plain, "ldap", issuer.Claims{"dn": "CN=Doctor Notes, OU=Sales , O=ProjectKeep"}, "CN=Doctor Notes/OU=Sales/O=ProjectKeep"},
		{plain, "ldap", issuer.Claims{"dn": `cn=Notes\, Doctor,o=Pro\C3\A9ject`}, "CN=Notes, Doctor/O=Pro\u00e9ject"},
		{plain, "ldap", issuer.Claims{"dn": `cn=C# \2b \= x,o=X`}, "CN=C# + = x/O=X"},
		{plain, "ldap", issuer.Claims{"dn": doctor}, "!a distinguished name with a character"},
		{plain, "ldap", issuer.Claims{"dn": "CN=Doctor"}, "CN=Doctor"},
		{plain, "ldap", issuer.Claims{"dn": "cn=Eve/O=Admins,o=X"}, "!a distinguished name with a character"},
		{plain, "ldap", issuer.Claims{"dn": `cn=Eve\2fO=Admins,o=X`}, "!a distinguished name with a character"},
		{plain, "ldap", issuer.Claims{"dn": `cn=\ Eve,o=X`}, "!a distinguished name with a character"},
		{plain, "ldap", issuer.Claims{"dn": `cn=Eve\00,o=X`}, "!too long, or holds characters"},
		{plain, "ldap", issuer.Claims{"dn": `cn=Eve\e2\80\ae,o=X`}, "!too long, or holds characters"},
		{plain, "ldap", issuer.Claims{"dn": `cn=Eve\ff,o=X`}, "!too long, or holds characters"},
		{plain, "ldap", issuer.Claims{"dn": "cn=Eve+uid=admin,o=X"}, "!a distinguished name with several values"},
		{plain, "ldap", issuer.Claims{"dn": "uid=eve,o=X"}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": `cn=Eve\`}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": `cn=Eve\zz`}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": `cn\=Eve=x`}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": "cn=#04024869,o=X"}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": `cn="Eve",o=X`}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": "cn=Eve,,o=X"}, noLDAP},
		{plain, "ldap", issuer.Claims{"dn": "eve"}, noLDAP},

		{probing, "sub", nil, doctor},
		{probing, "sub", issuer.Claims{"email": "e@x"}, "e@x"},
		{probing, "sub", issuer.Claims{"email": "e@x", "preferred_username": "p"}, "p"},
		{probing, "sub", issuer.Claims{"email": "e@x", "preferred_username": "p", "upn": "u"}, "u"},
		{probing, "sub", issuer.Claims{"email": "e@x", "upn": "u", "CN": "cn=C/o=X"}, "CN=C/O=X"},
		{probing, "sub", issuer.Claims{"CN": "C", "keep.user.attr.dominoDn": "CN=K/O=X"}, "CN=K/O=X"},
		{probing, "sub", issuer.Claims{"CN": "C", "keep": object{"user": object{"attr": object{"dominoDn": "CN=K/O=X"}}}}, "CN=K/O=X"},
		{probing, "sub", issuer.Claims{"upn": "", "email": "e@x"}, "!missing, empty"}, // what is there counts
		{probing, "claim", issuer.Claims{"dn": "CN=Nurse/O=X", "email": "e@x"}, "CN=Nurse/O=X"},
	} {
		claims := domino(tt.claims)
		claims["aud"] = tt.aud
		token := iss.Token(t, claims)
		if reason, refused := strings.CutPrefix(tt.want, "!"); refused {
			denied(t, tt.a, token, "Invalid user claim: "+reason)
			continue
		}
		if p := admit(t, tt.a, token); p.User != tt.want || p.Provider != "hcl."+tt.aud {
			t.Errorf("claims %v give %q of %s, want %q", tt.claims, p.User, p.Provider, tt.want)
		}
	}
}

// HC-18, D11
func TestHCLBlocksOfKindOIDC(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.json", object{"oidc": object{
		"one": object{
			"providerUrl": iss.URL, "aud": []string{"account", "Domino"}, "clientId": "c1", "clientSecret": "hush",
			"additionalClientIds": []string{"c2"}, "scope": "$DATA", "userIdentifier": "email",
		},
		"ms": object{"providerUrl": iss.URL, "iss": iss.URL, "aud": "api://ms", "clientId": "c3", "microsoft": true},
	}})
	var log logged
	cfg := k.config(iss, nil)
	cfg.Log = log.logger()
	a := start(t, cfg)
	token := func(more issuer.Claims) string {
		claims := issuer.Claims{"aud": "account", "azp": "c1", "scope": "openid $DATA", "email": "n@x", "sub": "7f"}
		for name, v := range more {
			claims[name] = v
		}
		return iss.Token(t, claims)
	}
	if p := admit(t, a, token(nil)); p.Provider != "hcl.one" || p.User != "n@x" || p.Subject != "7f" || !reflect.DeepEqual(p.Reach, []string{auth.Everywhere}) {
		t.Errorf("principal is %+v", p)
	}
	admit(t, a, token(issuer.Claims{"azp": "c2", "aud": []string{"x", "Domino"}}))
	admit(t, a, token(issuer.Claims{"azp": nil, "client_id": "c2"}))
	denied(t, a, token(issuer.Claims{"azp": "c4"}), "Client not allowed")
	denied(t, a, token(issuer.Claims{"azp": "C1"}), "Client not allowed")
	denied(t, a, token(issuer.Claims{"client_id": "c4"}), "Client not allowed")
	denied(t, a, token(issuer.Claims{"azp": nil}), "Client not named")
	denied(t, a, token(issuer.Claims{"azp": nil, "appid": "c1"}), "Client not named")
	denied(t, a, token(issuer.Claims{"aud": "c1"}), "Invalid audience")
	denied(t, a, token(issuer.Claims{"scope": "openid $DATAX"}), "Required scope missing")
	denied(t, a, token(issuer.Claims{"scope": nil}), "Required scope missing")
	denied(t, a, token(issuer.Claims{"email": nil}), "Invalid user claim")
	denied(t, a, token(issuer.Claims{"exp": time.Now().Add(-time.Second).Unix(), "iat": nil}), "Token expired")

	v1 := issuer.Claims{"aud": "api://ms", "azp": nil, "appid": "c3", "scope": nil, "scp": "MAIL"}
	if p := admit(t, a, token(v1)); p.Provider != "hcl.ms" || p.User != "7f" || len(p.Reach) != 0 || p.Reach == nil {
		t.Errorf("principal is %+v", p)
	}
	v1["appid"] = "c1"
	denied(t, a, token(v1), "Client not allowed")
	if strings.Contains(log.String(), "hush") {
		t.Error("the log holds the client's secret")
	}
	k.write("b.json", object{"oidc": object{"one": object{"allowExpired": true}}})
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	old := issuer.Claims{"iat": now.Add(-time.Hour).Unix(), "exp": now.Add(-time.Minute).Unix()}
	admit(t, a, token(old))
	for name, v := range old {
		v1[name] = v
	}
	v1["appid"] = "c3"
	denied(t, a, token(v1), "Token expired") // the other block's
	if !strings.Contains(log.String(), "b.json: oidc.one.allowExpired: EXPIRED TOKENS ARE ACCEPTED") {
		t.Errorf("the log has no warning:\n%s", &log)
	}
	k.write("c.json", object{"oidc-idpcat": object{"x": object{"providerUrl": iss.URL}}})
	misconfigured(t, cfg, "c.json: oidc-idpcat: this server has no IdP catalog of Domino")
}
