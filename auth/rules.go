package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// fullMatch is a pattern that must match all of a name; the zero value matches none.
type fullMatch struct{ *regexp.Regexp }

// anchored makes a fullMatch; of nil, one that matches none. The pattern is spelled
// anew first: one that ends within \Q would swallow the anchor.
func anchored(p *regexp.Regexp) (fullMatch, error) {
	if p == nil {
		return fullMatch{}, nil
	}
	tree, err := syntax.Parse(p.String(), syntax.Perl)
	if err != nil {
		return fullMatch{}, err
	}
	full, err := regexp.Compile(`\A(?:` + tree.String() + `)\z`)
	return fullMatch{full}, err
}

func (m fullMatch) matches(name string) bool { return m.Regexp != nil && m.MatchString(name) }

// nameRule and impersonationRule are the rules of the settings, ready for use.
type nameRule struct {
	NameRule
	pattern fullMatch
}

type impersonationRule struct {
	ImpersonationRule
	users, as fullMatch
}

// setUpRules checks the rules for names and for impersonation.
func (st *state) setUpRules() error {
	var errs []error
	for i, r := range st.cfg.Names {
		pattern, err := anchored(r.Pattern)
		if err == nil {
			err = checkReplacement(pattern, r.User)
		}
		if err != nil {
			errs = append(errs, setting{"", "names"}.errorf("rule %d: %v", i+1, err))
		}
		st.names = append(st.names, nameRule{r, pattern})
	}
	for i, r := range st.cfg.Impersonation {
		if r.As == nil || r.Users == nil && len(r.Groups) == 0 {
			errs = append(errs, setting{"", "impersonation"}.errorf("rule %d needs as, and users or groups", i+1))
		}
		users, errUsers := anchored(r.Users)
		as, errAs := anchored(r.As)
		if err := errors.Join(errUsers, errAs, checkGroupNames(r.Groups)); err != nil {
			errs = append(errs, setting{"", "impersonation"}.errorf("rule %d: %v", i+1, err))
		}
		st.impersonation = append(st.impersonation, impersonationRule{r, users, as})
	}
	if err := checkGroupNames(st.cfg.Groups.Required); err != nil {
		errs = append(errs, fmt.Errorf("auth.required_groups (REQUIRED_GROUPS): %w", err))
	}
	return errors.Join(errs...)
}

// reference is a place for a part of a match, as regexp.Expand reads it, or a $ that is none.
var reference = regexp.MustCompile(`\$(?:\$|([\pL\p{Nd}_]+)|\{([\pL\p{Nd}_]+)\})?`)

// checkReplacement looks for places that pattern has no part for. They would
// become nothing, and so two people one.
func checkReplacement(pattern fullMatch, user string) error {
	if pattern.Regexp == nil {
		return errors.New("needs a pattern")
	}
	for _, place := range reference.FindAllStringSubmatch(user, -1) {
		name := place[1] + place[2]
		number, err := strconv.Atoi(name)
		switch {
		case place[0] == "$$":
		case name == "":
			return fmt.Errorf("user %q has a $ that stands for nothing; write $$ for the character", user)
		case err == nil && name == strconv.Itoa(number) && number <= pattern.NumSubexp(), pattern.SubexpIndex(name) >= 0:
		default:
			return fmt.Errorf("user %q speaks of %s, which the pattern has no group for; ${1}x is the first group and an x", user, place[0])
		}
	}
	return nil
}

func checkGroupNames(groups []string) error {
	for _, g := range groups {
		if strings.TrimSpace(g) == "" {
			return errors.New("a group's name is blank")
		}
	}
	return nil
}

// warnOfRules says which rules speak of providers that are not there, as those of
// one that was switched off do.
func (st *state) warnOfRules() {
	there := namesOf(st.trusts)
	there["ldap"], there["kerberos"], there["certificate"] = st.cfg.Passwords, st.kerberos != nil, st.cfg.Certificates != nil
	for i, r := range st.cfg.Names {
		if r.Provider != "" && !there[r.Provider] {
			st.cfg.Log.Warn("a rule of auth.names is for a provider that lets nobody in", "rule", i+1, "provider", r.Provider)
		}
	}
}

// principal completes an identity: maps the name, finds the groups, asks for the
// required ones, and lets its holder act as somebody else where a rule allows it.
// It shortens id.until to when the groups must be asked for again.
func (st *state) principal(ctx context.Context, id *identity, as string) (Principal, error) {
	p := Principal{
		Provider: id.provider, Method: id.method, Subject: id.subject, Service: id.service,
		Scopes: id.scopes, Reach: id.reach, Claims: id.claims, Expires: id.expires,
	}
	var err error
	if p.User, err = st.mapped(id.provider, id.login); err != nil {
		return Principal{}, err
	}
	if p.Groups, err = st.groupsOf(ctx, id, p.User); err != nil {
		return Principal{}, err
	}
	p.GroupsUnknown = id.groupsElsewhere
	if err := st.require(p); err != nil {
		return Principal{}, err
	}
	if as == "" || as == p.User {
		return p, nil
	}
	return st.actAs(ctx, id, p, as)
}

// mapped is our name for what a provider calls login: by the first rule that
// fits, or else the same. A rule without a user refuses.
func (st *state) mapped(provider, login string) (string, error) {
	for _, r := range st.names {
		if r.Provider != "" && r.Provider != provider {
			continue
		}
		match := r.pattern.FindStringSubmatchIndex(login)
		if match == nil {
			continue
		}
		if r.User == "" {
			return "", refuse("User name refused by a rule for names")
		}
		name, err := cleanName(string(r.pattern.ExpandString(nil, r.User, login, match)))
		if err != nil {
			return "", refuse("User name mapping gave no name")
		}
		return name, nil
	}
	return login, nil
}

// require keeps out who is in none of the required groups.
func (st *state) require(p Principal) error {
	if len(st.cfg.Groups.Required) == 0 || st.administers(p) {
		return nil
	}
	for _, want := range st.cfg.Groups.Required {
		if slices.ContainsFunc(p.Groups, func(g string) bool { return SameGroup(g, want) }) {
			return nil
		}
	}
	return forbid("you are not in a group that may use this server",
		fmt.Sprintf("Required group missing: %s user %q is in none of %q", p.Provider, clipped(p.User), st.cfg.Groups.Required))
}

func (st *state) administers(p Principal) bool {
	return st.cfg.Administrator != nil && st.cfg.Administrator(p)
}

// noImpersonation is all that one is told who may not act as somebody else.
const noImpersonation = "you may not act as another user"

// actAs is the user as, acted by p. They have their own groups, as far as a
// source beyond p's credential knows them, p's reach, and no scopes and claims:
// what p's provider said of p is not true of them.
func (st *state) actAs(ctx context.Context, id *identity, p Principal, as string) (Principal, error) {
	refused := func(why string) error {
		return forbid(noImpersonation, fmt.Sprintf("Impersonation of %q by %s user %q: %s", clipped(as), p.Provider, clipped(p.User), why))
	}
	if _, err := cleanName(as); err != nil {
		return Principal{}, refused("not a user's name")
	}
	i := slices.IndexFunc(st.impersonation, func(r impersonationRule) bool { return r.lets(p, as) })
	switch {
	case id.groupsElsewhere:
		// A rule that denies to a group may be meant for them, and anybody can be
		// in too many groups who may make some.
		return Principal{}, refused("their own groups are not known")
	case i < 0:
		return Principal{}, refused("no rule allows it")
	case st.impersonation[i].Deny:
		return Principal{}, refused("a rule denies it")
	}
	target := Principal{
		Provider: p.Provider, Method: p.Method, Subject: p.Subject, User: as, Actor: p.User,
		Reach: p.Reach, Expires: p.Expires,
	}
	other := identity{acted: true}
	groups, err := st.groupsOf(ctx, &other, as)
	if err != nil {
		return Principal{}, err
	}
	id.shorten(other.until)
	target.Groups = groups
	// Whether they are an administrator is asked of them as they would come by
	// password: neither p's reach nor a scope that only tokens have may hide it.
	themselves := target
	themselves.Actor, themselves.Method, themselves.Reach = "", ByPassword, nil
	switch {
	case st.administers(themselves):
		return Principal{}, refused("they are an administrator")
	case st.require(target) != nil:
		return Principal{}, refused("they are in none of the required groups")
	}
	return target, nil
}

// lets reports whether r speaks of p acting as that user.
func (r impersonationRule) lets(p Principal, as string) bool {
	if !r.as.matches(as) {
		return false
	}
	return r.users.matches(p.User) || slices.ContainsFunc(r.Groups, func(g string) bool {
		return slices.ContainsFunc(p.Groups, func(of string) bool { return SameGroup(of, g) })
	})
}
