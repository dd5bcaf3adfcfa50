package directory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

const secret = "s3cr3t-of-the-reader"

// plain are settings without a mistake.
func plain() directory.Config {
	return directory.Config{
		Hosts: []string{"ldap.example.com"}, UserBase: "ou=people,dc=example,dc=com",
		BindDN: "cn=reader,dc=example,dc=com", BindPassword: secret,
	}
}

// OK-10, OK-11, OK-12, H13: each mistake stops the start, under the key that it is in.
func TestMistakesInSettingsAreNamed(t *testing.T) {
	templates := func(list ...string) func(*directory.Config) {
		return func(c *directory.Config) { c.BindTemplates = list }
	}
	alone := func(change func(*directory.Config)) func(*directory.Config) {
		return func(c *directory.Config) {
			c.BindDN, c.BindPassword = "", ""
			change(c)
		}
	}
	const good = "uid=%s,ou=people,dc=example,dc=com"
	for name, tt := range map[string]struct {
		change func(*directory.Config)
		want   string // the key; empty if nothing is wrong
	}{
		"nothing wrong":            {func(*directory.Config) {}, ""},
		"no host":                  {func(c *directory.Config) { c.Hosts = nil }, "hosts"},
		"an empty host":            {func(c *directory.Config) { c.Hosts = []string{""} }, "hosts"},
		"an address":               {func(c *directory.Config) { c.Hosts = []string{"ldaps://ldap.example.com"} }, "hosts"},
		"a port that is none":      {func(c *directory.Config) { c.Hosts = []string{"ldap.example.com:ldaps"} }, "hosts"},
		"port 0":                   {func(c *directory.Config) { c.Hosts = []string{"ldap.example.com:0"} }, "hosts"},
		"two hosts in one":         {func(c *directory.Config) { c.Hosts = []string{"a b"} }, "hosts"},
		"IPv6":                     {func(c *directory.Config) { c.Hosts = []string{"::1", "[::1]", "[::1]:636"} }, ""},
		"port":                     {func(c *directory.Config) { c.Port = 70000 }, "port"},
		"negative port":            {func(c *directory.Config) { c.Port = -1 }, "port"},
		"security":                 {func(c *directory.Config) { c.Security = "ssl" }, "security"},
		"timeout":                  {func(c *directory.Config) { c.Timeout = -time.Second }, "timeout"},
		"nested":                   {func(c *directory.Config) { c.Nested = 21 }, "nested"},
		"negative nested":          {func(c *directory.Config) { c.Nested = -1 }, "nested"},
		"no password":              {func(c *directory.Config) { c.BindPassword = "" }, "bind_password"},
		"no account":               {func(c *directory.Config) { c.BindDN = "" }, "bind_dn"},
		"an account that is none":  {func(c *directory.Config) { c.BindDN = "reader" }, "bind_dn"},
		"an account by its mail":   {func(c *directory.Config) { c.BindDN = "reader@example.com" }, ""},
		"an account by domain":     {func(c *directory.Config) { c.BindDN = `CORP\reader` }, ""},
		"anonymous search":         {alone(func(*directory.Config) {}), "bind_dn"},
		"no base":                  {func(c *directory.Config) { c.UserBase = "" }, "user_base"},
		"base that is none":        {func(c *directory.Config) { c.UserBase = "example.com" }, "user_base"},
		"group base that is none":  {func(c *directory.Config) { c.GroupBase = "groups" }, "group_base"},
		"base DN":                  {alone(func(c *directory.Config) { c.BaseDN, c.UserBase = c.UserBase, "" }), ""},
		"base DN that is none":     {alone(func(c *directory.Config) { c.BaseDN = "example.com" }), "base_dn"},
		"domain":                   {alone(func(c *directory.Config) { c.Domain = "corp.example.com" }), ""},
		"domain without a base":    {alone(func(c *directory.Config) { c.Domain, c.UserBase = "corp.example.com", "" }), "user_base"},
		"domain that is none":      {alone(func(c *directory.Config) { c.Domain = "@corp.example.com" }), "domain"},
		"domain and base DN":       {func(c *directory.Config) { c.Domain, c.BaseDN = "corp.example.com", "dc=x" }, "bind_template"},
		"template and base DN":     {func(c *directory.Config) { c.BindTemplates, c.BaseDN = []string{good}, "dc=x" }, "bind_template"},
		"template":                 {templates(good), ""},
		"semicolon at the end":     {templates(good, ""), ""},
		"semicolon and a blank":    {templates(good, " "), ""},
		"blanks around":            {templates(" "+good+" ", " uid=%s,dc=x"), ""},
		"semicolon in the middle":  {templates(good, "", "uid=%s,dc=x"), "bind_template"},
		"two semicolons":           {templates(good, "", ""), "bind_template"},
		"only semicolons":          {templates(""), "bind_template"},
		"no %s":                    {templates("uid=alice,dc=example,dc=com"), "bind_template"},
		"two %s":                   {templates("uid=%s,ou=%s,dc=example,dc=com"), "bind_template"},
		"another %":                {templates("uid=%s,ou=%d,dc=example,dc=com"), "bind_template"},
		"%s alone":                 {templates("%s"), "bind_template"},
		"%s as an attribute":       {templates("%s=x,dc=example,dc=com"), "bind_template"},
		"%s as a part":             {templates("uid=x,%s,dc=example,dc=com"), "bind_template"},
		"a backslash before %s":    {templates(`uid=\%s,dc=example,dc=com`), "bind_template"},
		"a quote":                  {templates(`uid="%s",dc=example,dc=com`), "bind_template"},
		"five":                     {templates("uid=%s,dc=a", "uid=%s,dc=b", "uid=%s,dc=c", "uid=%s,dc=d", "uid=%s,dc=e"), "bind_template"},
		"twice the same":           {templates("uid=%s,dc=a", "UID=%s, DC=a"), "bind_template"},
		"domain in a template":     {alone(templates("%s@corp.example.com")), ""},
		"two names of one account": {alone(templates("%s@corp.example.com", `CORP\%s`)), "bind_template"},
		"and with an account":      {templates("%s@corp.example.com", `CORP\%s`), ""},
		"user filter":              {func(c *directory.Config) { c.UserFilter = "uid=%s" }, "user_filter"},
		"filter without %s":        {func(c *directory.Config) { c.UserFilter = "(uid=alice)" }, "user_filter"},
		"filter with two":          {func(c *directory.Config) { c.UserFilter = "(|(uid=%s)(mail=%s))" }, "user_filter"},
		"filter, attribute":        {func(c *directory.Config) { c.UserFilter = "(%s=alice)" }, "user_filter"},
		"filter, part of a name":   {func(c *directory.Config) { c.UserFilter = "(uid=%s*)" }, "user_filter"},
		"filter, part, in front":   {func(c *directory.Config) { c.UserFilter = "(uid=*%s)" }, "user_filter"},
		"filter, similar":          {func(c *directory.Config) { c.UserFilter = "(uid~=%s)" }, "user_filter"},
		"filter, greater":          {func(c *directory.Config) { c.UserFilter = "(uid>=%s)" }, "user_filter"},
		"filter, whole":            {func(c *directory.Config) { c.UserFilter = "%s" }, "user_filter"},
		"filter, mail":             {func(c *directory.Config) { c.UserFilter = "(&(objectClass=user)(mail=%s@example.com)(!(x=*)))" }, ""},
		"group filter":             {func(c *directory.Config) { c.GroupFilter = "(member=%s" }, "group_filter"},
		"group filter, rule":       {func(c *directory.Config) { c.GroupFilter = "(member:1.2.840.113556.1.4.1941:=%s)" }, ""},
		"name":                     {func(c *directory.Config) { c.NameAttribute = "uid;binary" }, "name_attribute"},
		"group name":               {func(c *directory.Config) { c.GroupName = "c n" }, "group_name"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := plain()
			tt.change(&cfg)
			d, err := directory.New(cfg)
			if tt.want == "" {
				if err != nil {
					t.Fatalf("error is %v", err)
				}
				d.Close()
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for line := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(line, "ldap."+tt.want+": ") {
					t.Errorf("error is %q; want ldap.%s", line, tt.want)
				}
			}
			if strings.Contains(err.Error(), secret) { // H17
				t.Errorf("error is %v", err)
			}
		})
	}
	cfg := plain()
	cfg.Hosts, cfg.Timeout, cfg.Nested = nil, -1, -1
	if _, err := directory.New(cfg); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes are %v", err)
	}
}

// OK-10: TLS on port 636 unless the settings say otherwise.
func TestPortsWithoutSettings(t *testing.T) {
	for security, port := range map[directory.Security]string{"": ":636:", directory.TLS: ":636:", directory.StartTLS: ":389:", directory.Plain: ":389:"} {
		cfg := plain()
		cfg.Hosts, cfg.Security = []string{"127.0.0.1"}, security
		if err := open(t, cfg).Check(t.Context()); !errors.Is(err, directory.ErrUnreachable) || !strings.Contains(err.Error(), "127.0.0.1"+port) {
			t.Errorf("%s: error is %v, want one about port %s", security, err, port)
		}
	}
}

// H17: no print of settings, of a directory, or of an error holds a password.
func TestSecretsAreNotPrinted(t *testing.T) {
	cfg := plain()
	d := open(t, cfg)
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("settings", "cfg", cfg, "pointer", &cfg, "directory", d)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "cfg", cfg, "pointer", &cfg, "within", struct{ C directory.Config }{cfg}, "directory", d)
	encoded, err := json.Marshal(struct{ C *directory.Config }{&cfg})
	if err != nil {
		t.Fatal(err)
	}
	text := log.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
		text += fmt.Sprintf(verb+verb+verb+verb, cfg, &cfg, struct{ C directory.Config }{cfg}, d)
	}
	if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret)) {
		t.Errorf("the secret is in %s", text)
	}
	if !strings.Contains(text, "cn=reader,dc=example,dc=com") {
		t.Errorf("nothing is known from %s", text)
	}
	s := testpeer.LDAP(t)
	cfg = settings(s)
	cfg.BindPassword = secret
	_, refused := open(t, cfg).Lookup(t.Context(), "alice")
	_, wrong := open(t, settings(s)).Authenticate(t.Context(), "alice", secret)
	s.Stop()
	_, away := open(t, cfg).Authenticate(t.Context(), "alice", secret)
	for _, err := range []error{refused, wrong, away} {
		if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "alice") {
			t.Errorf("error is %v", err)
		}
	}
}
