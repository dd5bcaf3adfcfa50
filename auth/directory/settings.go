package directory

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// What settings are when they are not given, and how far they may go.
const (
	defaultUserFilter  = "(uid=%s)"
	defaultName        = "uid"
	defaultGroupFilter = "(member=%s)"
	defaultGroupName   = "cn"
	defaultTimeout     = 5 * time.Second

	maxTemplates = 4
	maxNested    = 20
)

// attribute is an attribute's name (RFC 4512, section 2.5, without options).
var attribute = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)$`)

// domain is what may stand at the other side of @ or \.
var domain = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$`)

// faults are what is wrong with settings.
type faults []error

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, fmt.Errorf("ldap."+key+": "+format, args...))
}

// check fills in the defaults, and gives the templates and the servers.
func (c *Config) check() ([]template, []*server, error) {
	var wrong faults
	if c.Security == "" {
		c.Security = TLS
	}
	if c.Security != TLS && c.Security != StartTLS && c.Security != Plain {
		wrong.add("security", "%q is not one of %s, %s, %s", string(c.Security), TLS, StartTLS, Plain)
	}
	servers := c.checkHosts(&wrong)
	c.checkAccount(&wrong)
	names := c.checkNames(&wrong)
	c.checkSearches(&wrong, names)
	if c.Nested < 0 || c.Nested > maxNested {
		wrong.add("nested", "%d is not between 0 and %d", c.Nested, maxNested)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Timeout < 0 {
		wrong.add("timeout", "%s is negative", c.Timeout)
	}
	return names, servers, errors.Join(wrong...)
}

func (c *Config) checkHosts(wrong *faults) []*server {
	if c.Port == 0 {
		c.Port = 389
		if c.Security == TLS {
			c.Port = 636
		}
	}
	if c.Port < 0 || c.Port > 65535 {
		wrong.add("port", "%d is not a port", c.Port)
		c.Port = 636 // which is no fault of the hosts
	}
	if len(c.Hosts) == 0 {
		wrong.add("hosts", "at least one host is required")
	}
	var servers []*server
	for _, h := range c.Hosts {
		host, port, err := net.SplitHostPort(h)
		if err != nil { // without a port
			host, port = strings.TrimSuffix(strings.TrimPrefix(h, "["), "]"), strconv.Itoa(c.Port)
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 || host == "" || strings.ContainsAny(host, "/[]@ \t\r\n") ||
			strings.Contains(host, ":") && net.ParseIP(host) == nil {
			wrong.add("hosts", "%q is neither a host nor host:port", h)
			continue
		}
		servers = append(servers, &server{name: host, address: net.JoinHostPort(host, port)})
	}
	return servers
}

func (c *Config) checkAccount(wrong *faults) {
	switch {
	case c.BindDN == "" && c.BindPassword != "":
		wrong.add("bind_dn", "is required with ldap.bind_password")
	case c.BindDN != "" && c.BindPassword == "":
		wrong.add("bind_password", "is required with ldap.bind_dn")
	case c.BindDN != "" && !isDN(c.BindDN) && !adName(c.BindDN):
		wrong.add("bind_dn", "%q is neither a distinguished name nor NAME@DOMAIN nor DOMAIN\\NAME", c.BindDN)
	}
}

// checkNames gives the templates that the three ways to name a user come to.
func (c *Config) checkNames(wrong *faults) []template {
	given := 0
	for _, is := range []bool{len(c.BindTemplates) > 0, c.BaseDN != "", c.Domain != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		wrong.add("bind_template", "only one of ldap.bind_template, ldap.base_dn and ldap.domain may be given")
	}
	switch {
	case len(c.BindTemplates) > 0:
		return c.checkTemplates(wrong)
	case c.BaseDN != "":
		if !isDN(c.BaseDN) {
			wrong.add("base_dn", "%q is not a distinguished name", c.BaseDN)
			return nil
		}
		return []template{{before: "uid=", after: "," + c.BaseDN, dn: true}}
	case c.Domain != "":
		switch {
		case !domain.MatchString(c.Domain):
			wrong.add("domain", "%q is not a domain such as corp.example.com", c.Domain)
		case strings.Contains(c.Domain, "."):
			return []template{{after: "@" + c.Domain}}
		}
		return []template{{before: c.Domain + `\`}}
	case c.BindDN == "":
		wrong.add("bind_dn", "is required, unless ldap.bind_template, ldap.base_dn or ldap.domain says what users bind with: nothing is searched anonymously")
	}
	return nil
}

func (c *Config) checkTemplates(wrong *faults) []template {
	texts := c.BindTemplates
	if last := len(texts) - 1; strings.TrimSpace(texts[last]) == "" {
		texts = texts[:last] // what follows a last semicolon
	}
	if len(texts) == 0 || len(texts) > maxTemplates {
		wrong.add("bind_template", "%d templates; there must be 1 to %d, as a wrong password can cost a bind for each", len(texts), maxTemplates)
	}
	var names []template
	seen := map[string]bool{}
	for _, text := range texts {
		text = strings.TrimSpace(text)
		t, err := parseTemplate(text)
		if err != nil {
			wrong.add("bind_template", "%q: %w", text, err)
			continue
		}
		if key := t.key(); seen[key] {
			wrong.add("bind_template", "%q is there twice", text)
		} else {
			seen[key] = true
		}
		if !t.dn && c.BindDN == "" && len(texts) > 1 {
			wrong.add("bind_template", "%q must be the only one, unless ldap.bind_dn is given: the others may be other names of the same account, "+
				"for which each wrong password would then count several times", text)
		}
		names = append(names, t)
	}
	return names
}

// checkSearches checks where and how users and groups are searched for.
func (c *Config) checkSearches(wrong *faults, names []template) {
	for _, base := range []struct{ key, value string }{{"user_base", c.UserBase}, {"group_base", c.GroupBase}} {
		if base.value != "" && !isDN(base.value) {
			wrong.add(base.key, "%q is not a distinguished name", base.value)
		}
	}
	searches := len(names) == 0
	for _, t := range names {
		searches = searches || !t.dn
	}
	if searches && c.UserBase == "" && len(*wrong) == 0 {
		wrong.add("user_base", "is required: it says where a user's entry is searched for")
	}
	for _, f := range []struct {
		key       string
		value     *string
		otherwise string
	}{{"user_filter", &c.UserFilter, defaultUserFilter}, {"group_filter", &c.GroupFilter, defaultGroupFilter}} {
		if *f.value == "" {
			*f.value = f.otherwise
		}
		if err := checkFilter(*f.value); err != nil {
			wrong.add(f.key, "%q: %w", *f.value, err)
		}
	}
	for _, a := range []struct {
		key       string
		value     *string
		otherwise string
	}{{"name_attribute", &c.NameAttribute, defaultName}, {"group_name", &c.GroupName, defaultGroupName}} {
		if *a.value == "" {
			*a.value = a.otherwise
		}
		if !attribute.MatchString(*a.value) {
			wrong.add(a.key, "%q is not an attribute's name", *a.value)
		}
	}
}

// isDN reports whether text is a distinguished name that is not empty.
func isDN(text string) bool {
	dn, err := ldap.ParseDN(text)
	if err != nil || len(dn.RDNs) == 0 {
		return false
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if !attribute.MatchString(a.Type) || a.Value == "" {
				return false
			}
		}
	}
	return true
}

// adName reports whether text is NAME@DOMAIN or DOMAIN\NAME.
func adName(text string) bool {
	if name, at, ok := strings.Cut(text, "@"); ok {
		return plainName(name) && domain.MatchString(at)
	}
	before, name, ok := strings.Cut(text, `\`)
	return ok && plainName(name) && domain.MatchString(before)
}
