package auth_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// groupFileOf is a file of groups with these lines.
func groupFileOf(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "groups.txt")
	writeGroups(t, path, lines...)
	return path
}

func writeGroups(t testing.TB, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// forbidden checks that shown is ErrForbidden, with this text for the client and
// a reason for the log with each of reasons in it.
func forbidden(t testing.TB, a *auth.Authenticator, shown auth.Shown, text string, reasons ...string) {
	t.Helper()
	answer, err := a.Authenticate(t.Context(), shown)
	if !errors.Is(err, auth.ErrForbidden) || err.Error() != text {
		t.Errorf("error is %v (%s), want ErrForbidden, %q", err, auth.Reason(err), text)
	}
	for _, want := range reasons {
		if !strings.Contains(auth.Reason(err), want) {
			t.Errorf("reason is %q, want %q in it", auth.Reason(err), want)
		}
	}
	if !reflect.DeepEqual(answer, auth.Answer{}) {
		t.Errorf("who may not enter gets %+v", answer.Principal)
	}
}

func inGroup(p auth.Principal, name string) bool {
	return slices.ContainsFunc(p.Groups, func(g string) bool { return auth.SameGroup(g, name) })
}

const (
	notInGroup = "you are not in a group that may use this server"
	mayNotAct  = "you may not act as another user"
)

// DO-05: our name is a claim's, or what a pattern makes of it.
func TestNamesAreMappedByTheFirstRuleThatFits(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, cfg *auth.Config) {
		o.UserClaim = "preferred_username"
		cfg.Names = []auth.NameRule{
			{Provider: "okta", Pattern: re(`.*`), User: "nobody"},
			{Provider: "oidc", Pattern: re(`(.*)@company\.com`), User: "$1"},
			{Pattern: re(`(?i)(?P<first>[a-z]+)\.(?P<last>[a-z]+)@partner\.example`), User: "${last}_${first}"},
			{Pattern: re(`x|x-(.+)`), User: "x:$1"},
			{Pattern: re(`blank(.*)`), User: "$1"},
			{Pattern: re(`cost(\d+)`), User: "$$${1}5"},
			{Pattern: re(`\Qa.b`), User: "literal"},
			{Pattern: re(`(?m)^multi$`), User: "line"},
			{Pattern: re(`.*@.*`)}, // other domains are kept out
		}
	})
	for login, want := range map[string]string{
		"alice@company.com":            "alice",
		"Ann.Lee@PARTNER.example":      "Lee_Ann",
		"x-ray":                        "x:ray", // the whole name, though x alone matches too
		"x":                            "x:",
		"cost12":                       "$125",
		"a.b":                          "literal",
		"axb":                          "axb",
		"multi":                        "line",
		"bob":                          "bob",
		"a' OR '1'='1":                 "a' OR '1'='1", // D14: names are plain data
		"../../etc/passwd":             "../../etc/passwd",
		"*)(uid=*":                     "*)(uid=*",
		"$1":                           "$1",
		"${last}_${first}@company.com": "${last}_${first}", // what is put in is not read again
	} {
		if p := admit(t, a, iss.Token(t, issuer.Claims{"preferred_username": login})); p.User != want || p.Subject != "alice" {
			t.Errorf("%q becomes %q of subject %q, want %q", login, p.User, p.Subject, want)
		}
	}
	for login, reason := range map[string]string{
		"alice@company.com.evil.example": "User name refused by a rule for names",
		"alice@companyxcom":              "User name refused by a rule for names",
		"ann.lee@partner.example@x":      "User name refused by a rule for names",
		"@company.com":                   "User name mapping gave no name",
		"blank":                          "User name mapping gave no name",
		"blank bob":                      "User name mapping gave no name", // a blank in front
		"alice@company.com\n":            "Invalid user claim",
	} {
		denied(t, a, iss.Token(t, issuer.Claims{"preferred_username": login}), reason)
	}
}

// Two people whose names become one have one set of rights and yet are two: no
// session, handle or transaction is shared.
func TestPeopleOfOneNameAreNotMerged(t *testing.T) {
	one, two := issuer.Start(t), issuer.Start(t)
	first, second := oidc(one), oidc(two)
	first.Name, second.Name = "one", "two"
	a := start(t, auth.Config{
		Providers: []auth.Provider{first, second},
		Names:     []auth.NameRule{{Pattern: re(`[a-z]+-(.+)`), User: "$1"}},
	})
	keys := map[string]bool{}
	for _, p := range []auth.Principal{
		admit(t, a, one.Token(t, issuer.Claims{"sub": "de-alice"})),
		admit(t, a, one.Token(t, issuer.Claims{"sub": "fr-alice"})),
		admit(t, a, two.Token(t, issuer.Claims{"sub": "de-alice"})),
		admit(t, a, two.Token(t, issuer.Claims{"sub": "alice"})),
	} {
		if p.User != "alice" {
			t.Errorf("user is %q", p.User)
		}
		keys[p.Key()] = true
	}
	if len(keys) != 4 {
		t.Errorf("four people have %d keys", len(keys))
	}
}

func TestMistakesInRulesStopTheStart(t *testing.T) {
	key := rs256(t, "okera").PEM(t)
	groups := auth.GroupRules{File: groupFileOf(t, "a:b")}
	name := func(pattern, user string) auth.Config {
		return auth.Config{Names: []auth.NameRule{{Pattern: re(`x`), User: "y"}, {Pattern: re(pattern), User: user}}}
	}
	sources := func(list ...string) auth.Config {
		g := groups
		g.Sources = list
		return auth.Config{Groups: g}
	}
	act := func(r auth.ImpersonationRule) auth.Config {
		return auth.Config{Impersonation: []auth.ImpersonationRule{r}}
	}
	for title, tt := range map[string]struct {
		cfg  auth.Config
		want string
	}{
		"no pattern":           {auth.Config{Names: []auth.NameRule{{User: "x"}}}, "auth.names (AUTH_NAMES): rule 1: needs a pattern"},
		"no such group":        {name(`(.*)@x`, "$2"), "auth.names (AUTH_NAMES): rule 2: user \"$2\" speaks of $2"},
		"digits and a letter":  {name(`(.*)@x`, "svc-$1x"), "speaks of $1x"},
		"leading zero":         {name(`(.*)@x`, "$01"), "speaks of $01"},
		"no such name":         {name(`(?P<first>.*)`, "${last}"), "speaks of ${last}"},
		"a $ alone":            {name(`(.*)@x`, "a$"), "a $ that stands for nothing"},
		"an open brace":        {name(`(.*)@x`, "${1"), "a $ that stands for nothing"},
		"nobody to act as":     {act(auth.ImpersonationRule{Users: re(`x`)}), "auth.impersonation (AUTH_IMPERSONATION): rule 1 needs as"},
		"nobody who acts":      {act(auth.ImpersonationRule{As: re(`x`)}), "auth.impersonation (AUTH_IMPERSONATION): rule 1 needs as"},
		"a blank group acts":   {act(auth.ImpersonationRule{Groups: []string{" "}, As: re(`x`)}), "rule 1: a group's name is blank"},
		"a blank is required":  {auth.Config{Groups: auth.GroupRules{Required: []string{"a", " "}}}, "auth.required_groups (REQUIRED_GROUPS): a group's name is blank"},
		"OK-13 unknown source": {sources("claim", "unix"), `auth.groups.sources (GROUP_SOURCES): "unix" is not one of claim, ldap, rest, file`},
		"OK-13 source twice":   {sources("file", "claim", "file"), "auth.groups.sources (GROUP_SOURCES): file is listed twice"},
		"OK-13 no ldap":        {sources("ldap"), "auth.groups.sources (GROUP_SOURCES): ldap needs auth.ldap.hosts"},
		"OK-13 no rest":        {sources("rest"), "auth.groups.sources (GROUP_SOURCES): rest is listed and not described"},
		"no group file":        {auth.Config{Groups: auth.GroupRules{File: "/nonesuch"}}, "auth.groups.file (GROUP_FILE): "},
		"a bad group file":     {auth.Config{Groups: auth.GroupRules{File: groupFileOf(t, "a:b", "c")}}, "groups.txt:2: want a line of the form group:user,user"},
	} {
		t.Run(title, func(t *testing.T) {
			tt.cfg.Providers = []auth.Provider{okera(key)}
			misconfigured(t, tt.cfg, tt.want)
		})
	}
	t.Run("a rule for a provider that is switched off is told and no mistake", func(t *testing.T) {
		var log logged
		start(t, auth.Config{
			Providers: []auth.Provider{okera(key)}, Log: log.logger(),
			Names: []auth.NameRule{{Provider: "okta", Pattern: re(`x`), User: "y"}, {Provider: "jwt", Pattern: re(`x`), User: "y"}},
		})
		if n := strings.Count(log.String(), "a rule of auth.names is for a provider that lets nobody in"); n != 1 || !strings.Contains(log.String(), "provider=okta") {
			t.Errorf("the log is\n%s", &log)
		}
	})
}

// OK-17, D27, D17.
func TestRequiredGroups(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	cfg := resolved(t, key, service)
	cfg.Groups.Required = []string{"lake-users", " Ädmins", "oﬀice"}
	cfg.Administrator = func(p auth.Principal) bool { return inGroup(p, "platform") || p.User == "root" }
	a := start(t, cfg)
	of := func(user string, groups ...string) auth.Shown {
		return bearerOf(signed(t, key, issuer.Claims{"sub": user, "groups": append([]string{}, groups...)}))
	}
	for name, shown := range map[string]auth.Shown{
		"one of several":               of("alice", "x", "lake-users"),
		"D17 capitals":                 of("alice", "LAKE-USERS"),
		"D17 blanks":                   of("alice", "lake-users "),
		"D17 umlaut":                   of("alice", "äDMINS"),
		"D17 Kelvin sign":              of("alice", "la\u212ae-users"), // folds to k, Unicode CaseFolding
		"D27 administrator by a group": of("alice", "Platform"),
		"D27 administrator by name":    of("root"),
	} {
		t.Run(name, func(t *testing.T) { accepted(t, a, shown) })
	}
	for name, shown := range map[string]auth.Shown{
		"D27 no groups":             of("alice"),
		"D27 other groups":          of("alice", "lake", "users", "lake-users2", "lake-user"),
		"D17 ligature":              of("alice", "office"),
		"D17 Turkish i":             of("alice", "ädm\u0131ns"),
		"D17 decomposed":            of("alice", "a\u0308dmins"),
		"D17 invisible":             of("alice", "lake\u200b-users"),
		"a pattern":                 of("alice", "lake-.*", "*"),
		"BS-09 a program":           bearerOf(signed(t, key, issuer.Claims{"sub": "0oa1", "cid": "0oa1", "groups": nil, "scp": []string{"admin:system"}})),
		"all names in one":          of("alice", "lake-users, Ädmins"),
		"the user's name for group": of("lake-users"),
	} {
		t.Run(name, func(t *testing.T) {
			forbidden(t, a, shown, notInGroup, "Required group missing: jwt user ", `is in none of ["lake-users" `)
		})
	}
	if asked := service.Asked(); len(asked) != 0 {
		t.Errorf("tokens that list groups, or a program's, had the service asked: %+v", asked)
	}
	t.Run("D27 resolver down", func(t *testing.T) {
		service.Answer(issuer.Status(503))
		for _, user := range []string{"alice", "root"} { // before anybody is exempt
			refuse(t, a, signed(t, key, nameless(user)), auth.ErrUnavailable, "group resolver: status 503")
		}
	})
}

// L11. The header alone gives nothing; rules do, and never an administrator.
func TestImpersonation(t *testing.T) {
	key := rs256(t, "okera")
	path := groupFileOf(t, "platform:root,chief", "analysts:alice,svc-etl", "lake-users:alice,bob,svc-etl,gate", "gateways:gate")
	cfg := auth.Config{
		Providers: []auth.Provider{okera(key.PEM(t))}, Groups: auth.GroupRules{File: path},
		Administrator: func(p auth.Principal) bool { return p.Reach == nil && inGroup(p, "platform") || p.User == "superuser" },
		Impersonation: []auth.ImpersonationRule{
			{Users: re(`.*`), As: re(`secret`), Deny: true},
			{Users: re(`svc-etl`), As: re(`al|alice|alx+|secret|root|superuser|chief|ghost|gate`)},
			{Groups: []string{"Gateways "}, As: re(`svc-.+|bob`)},
		},
	}
	a := start(t, cfg)
	as := func(user, other string, groups ...string) auth.Shown {
		s := bearerOf(signed(t, key, issuer.Claims{"sub": user, "groups": groups, "scope": "read:data"}))
		s.As = other
		return s
	}
	t.Run("by a rule for users", func(t *testing.T) {
		shown := as("svc-etl", "alice", "writers")
		own := shown
		own.As = "svc-etl"
		p, actor := accepted(t, a, shown), accepted(t, a, own)
		if p.User != "alice" || p.Actor != "svc-etl" || p.Provider != "jwt" || p.Subject != "svc-etl" || p.Method != auth.ByToken || p.Expires != actor.Expires {
			t.Errorf("principal is %+v", p)
		}
		// Theirs are alice's groups; nothing is alice's that the token says of its holder.
		if !reflect.DeepEqual(p.Groups, []string{"analysts", "lake-users"}) || p.Scopes != nil || p.Claims != nil || p.Service {
			t.Errorf("principal is %+v", p)
		}
		if actor.Actor != "" || !reflect.DeepEqual(actor.Groups, []string{"writers"}) || actor.Scopes == nil {
			t.Errorf("as oneself: %+v", actor)
		}
		if p.Key() == actor.Key() || p.Key() == accepted(t, a, as("alice", "", "writers")).Key() {
			t.Error("who acts as alice has the key of alice, or of themselves")
		}
		if again := accepted(t, a, shown); !reflect.DeepEqual(again, p) {
			t.Errorf("remembered: %+v, at first: %+v", again, p)
		}
		if !a.Trusts(p) {
			t.Error("who vouched is not trusted")
		}
	})
	t.Run("by a rule for groups", func(t *testing.T) {
		if p := accepted(t, a, as("gate", "bob", "GATEWAYS")); p.User != "bob" || p.Actor != "gate" {
			t.Errorf("principal is %+v", p)
		}
	})
	t.Run("as somebody whom nobody knows", func(t *testing.T) {
		if p := accepted(t, a, as("svc-etl", "ghost", "analysts")); p.User != "ghost" || p.Groups != nil {
			t.Errorf("principal is %+v", p)
		}
	})
	for name, tt := range map[string]struct {
		shown  auth.Shown
		reason string
	}{
		"L11 no rule for the actor":   {as("alice", "bob"), `Impersonation of "bob" by jwt user "alice": no rule allows it`},
		"L11 no rule for the target":  {as("svc-etl", "bob"), "no rule allows it"},
		"L11 a rule denies":           {as("svc-etl", "secret"), "a rule denies it"},
		"L11 more than the pattern":   {as("svc-etl", "malice"), "no rule allows it"},
		"L11 actor like the pattern":  {as("svc-etl2", "alice"), "no rule allows it"},
		"L11 target in capitals":      {as("svc-etl", "ALICE"), "no rule allows it"},
		"L11 administrator by group":  {as("svc-etl", "root"), "they are an administrator"},
		"L11 administrator by name":   {as("svc-etl", "superuser"), "they are an administrator"},
		"L11 no clean name":           {as("svc-etl", "alice\u202e"), "not a user's name"},
		"L11 several names":           {as("svc-etl", "alice,root"), "no rule allows it"},
		"L11 blank":                   {as("svc-etl", " "), "not a user's name"},
		"L11 very long":               {as("svc-etl", "al"+strings.Repeat("x", 2000)), "not a user's name"},
		"L11 chain by the rule's own": {as("gate", "alice", "gateways"), "no rule allows it"}, // gate may be svc-etl, and svc-etl alice
		"a claim makes no gateway":    {as("svc-etl", "bob", "analysts"), "no rule allows it"},
	} {
		t.Run(name, func(t *testing.T) {
			forbidden(t, a, tt.shown, mayNotAct, tt.reason)
			if _, err := a.Login(t.Context(), tt.shown); !errors.Is(err, auth.ErrForbidden) {
				t.Errorf("login: %v", err)
			}
		})
	}
	t.Run("no rules at all", func(t *testing.T) {
		cfg := cfg
		cfg.Impersonation = nil
		forbidden(t, start(t, cfg), as("svc-etl", "alice"), mayNotAct, "no rule allows it")
	})
	t.Run("a bad credential is refused as such", func(t *testing.T) {
		shown := as("svc-etl", "alice")
		shown.Authorization[0] += "x"
		if _, err := a.Authenticate(t.Context(), shown); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("error is %v", err)
		}
		if _, err := a.Authenticate(t.Context(), auth.Shown{As: "alice"}); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("without a credential: %v", err)
		}
	})
	t.Run("both must be in a required group", func(t *testing.T) {
		cfg := cfg
		cfg.Groups.Required = []string{"lake-users"}
		a := start(t, cfg)
		accepted(t, a, as("svc-etl", "alice", "lake-users"))
		forbidden(t, a, as("svc-etl", "alice", "writers"), notInGroup, `jwt user "svc-etl"`)
		forbidden(t, a, as("svc-etl", "ghost", "lake-users"), mayNotAct, "they are in none of the required groups")
	})
	t.Run("groups of the target cannot be had", func(t *testing.T) {
		service := testpeer.StartREST(t)
		service.Answer(issuer.Status(500))
		cfg := cfg
		cfg.Groups.File, cfg.Groups.Resolver = "", &auth.Resolver{URL: service.URL}
		_, err := start(t, cfg).Authenticate(t.Context(), as("svc-etl", "alice"))
		if !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("error is %v", err)
		}
	})
}

// L11: a token of ours stands for who showed the credential, whomever they acted
// as when they got it.
func TestImpersonationIsNoChain(t *testing.T) {
	d := startDoor(t, func(cfg *auth.Config) {
		cfg.Impersonation = []auth.ImpersonationRule{
			{Users: re(`alice`), As: re(`bob`)}, {Users: re(`bob`), As: re(`carol`)},
		}
	})
	shown := d.cert
	shown.As = "bob"
	token := login(t, d.Authenticator, shown)
	if p := answerTo(t, d.Authenticator, token).Principal; p.User != "alice" || p.Actor != "" {
		t.Errorf("the token is %+v's", p)
	}
	next := bearerOf(token)
	next.As = "carol"
	forbidden(t, d.Authenticator, next, mayNotAct, `by certificate user "alice": no rule allows it`)
	next.As = "bob"
	if p := accepted(t, d.Authenticator, next); p.User != "bob" || p.Actor != "alice" {
		t.Errorf("principal is %+v", p)
	}
}

// An administrator is one whatever bounds the one who would act as them: a
// reach, or scopes that only a token has.
func TestBoundsOfTheActorHideNoAdministrator(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("one.json", jwt("test", object{"active": true, "providerUrl": iss.URL, "iss": iss.URL, "algorithm": "RS256"}))
	cfg := k.config(iss, func(h *auth.HCL) { h.Scopes = map[string]string{"sales": "lake.sales"} })
	cfg.Groups = auth.GroupRules{File: groupFileOf(t, "platform:root", "analysts:alice")}
	cfg.Impersonation = []auth.ImpersonationRule{{Users: re(`.*`), As: re(`.*`)}}
	cfg.Administrator = func(p auth.Principal) bool {
		return inGroup(p, "platform") && p.Reach == nil && (p.Method != auth.ByToken || slices.Contains(p.Scopes, "admin:system"))
	}
	a := start(t, cfg)
	shown := bearerOf(iss.Token(t, domino(issuer.Claims{"scope": "sales"})))
	shown.As = "alice"
	if p := accepted(t, a, shown); !reflect.DeepEqual(p.Reach, []string{"lake.sales"}) || !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
		t.Errorf("the reach is no wider than the actor's: %+v", p)
	}
	shown.As = "root"
	forbidden(t, a, shown, mayNotAct, "they are an administrator")
}
