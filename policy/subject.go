package policy

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"sync"
	"weak"

	"github.com/lakegate/lakegate/auth"
)

// subject is what a policy has for one principal, and for all others to whom the
// same rules and grants apply with the same values. There is one at a time for
// each such set, so that pointers are compared.
type subject struct {
	policy  *Policy
	version string // equal for equal subjects alone

	base    Privileges // of groups and scopes, on every table
	allowed Privileges // by required scopes

	catalogs, schemas, tables, functions, queries, properties []*rule // that are for them, in order

	limits Limits
	grants []*Grant
	texts  map[*Expression]string // of those expressions that are compiled
}

func newPolicy(cfg Config) *Policy {
	pol := &Policy{
		cfg: cfg, rules: cfg.Rules, plain: cfg.Rules == nil && len(cfg.Grants.Grants) == 0,
		id: rand.Text(), subjects: &subjects{of: map[string]weak.Pointer[subject]{}},
	}
	if pol.rules == nil {
		pol.rules = &Rules{}
	}
	pol.roles = slices.Concat(pol.rules.roles, cfg.Grants.Roles)
	inUsers := func(g Grantee) bool { return g.Kind == ToUser }
	pol.byUser = slices.ContainsFunc(pol.rules.all(), func(r *rule) bool { return !r.who.user.all() }) ||
		slices.ContainsFunc(pol.roles, func(r Role) bool { return slices.ContainsFunc(r.Members, inUsers) }) ||
		slices.ContainsFunc(cfg.Grants.Grants, func(g Grant) bool { return inUsers(g.To) })
	return pol
}

// dependsOn holds all of p that p's rights depend on.
func (pol *Policy) dependsOn(p auth.Principal) []byte {
	key := make([]byte, 0, 512)
	key = binary.AppendUvarint(key, pol.compilations())
	add := func(s string) {
		key = binary.AppendUvarint(key, uint64(len(s)))
		key = append(key, s...)
	}
	addAll := func(list []string) {
		key = binary.AppendUvarint(key, uint64(len(list)))
		for _, s := range list {
			add(s)
		}
	}
	add(string(p.Method))
	addAll(p.Groups)
	addAll(p.Scopes)
	key = append(key, bit(p.Reach == nil), bit(p.GroupsUnknown))
	addAll(p.Reach)
	byUser := pol.byUser
	for _, v := range pol.asked() {
		switch v.Kind {
		case UserValue:
			byUser = true
		case ClaimValue, ClaimsValue:
			add(v.Literal(p))
		}
	}
	if byUser {
		add(p.User)
	}
	return key
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// compilations tells states of the rules' expressions apart.
func (pol *Policy) compilations() uint64 {
	if pol.rules.compiled == nil {
		return 0
	}
	return pol.rules.compiled.Load()
}

// judge finds out p's rights.
func (pol *Policy) judge(p auth.Principal) Rights {
	r, allowed := pol.defaults(p)
	s := &subject{policy: pol, allowed: allowed, base: r.Tables}
	if pol.cfg.Rules != nil {
		s.base = 0
	}
	roles := rolesOf(pol.roles, p)
	chosen := chooser{p: p, roles: roles}
	from := pol.rules
	s.catalogs, s.schemas, s.tables = chosen.from(from.catalogs), chosen.from(from.schemas), chosen.from(from.tables)
	s.functions, s.queries = chosen.from(from.functions), chosen.from(from.queries)
	s.properties = chosen.from(from.systemProperties)
	if limits := chosen.from(from.limits); len(limits) > 0 {
		s.limits = limits[0].bounds
		chosen.numbers = append(chosen.numbers, limits[0].number)
	}
	for i := range pol.cfg.Grants.Grants {
		if g := &pol.cfg.Grants.Grants[i]; g.To.includes(p, roles) {
			s.grants = append(s.grants, g)
			chosen.numbers = append(chosen.numbers, -1-i)
		}
	}
	key := s.express(p, &chosen)
	if chosen.unsure {
		return Rights{}
	}
	r.subject = pol.subjects.one(key, s)
	r.Tables = r.subject.anywhere()
	return r.bind(p.Reach)
}

// chooser picks the rules that are for one principal.
type chooser struct {
	p       auth.Principal
	roles   []string
	numbers []int // of the rules picked
	unsure  bool  // p's groups are not known, and a rule asks for them
}

func (c *chooser) from(rules []*rule) []*rule {
	var out []*rule
	for _, r := range rules {
		why := r.who.excludes(c.p, c.roles)
		if why == "" {
			out = append(out, r)
			c.numbers = append(c.numbers, r.number)
		} else if c.p.GroupsUnknown && r.who.user.matches(c.p.User) {
			c.unsure = true
		}
	}
	return out
}

// excludes says why w is not p; nothing if it is.
func (w who) excludes(p auth.Principal, roles []string) string {
	if !w.user.matches(p.User) {
		return "it is for users " + w.user.text
	}
	inGroup := func(g string) bool { return w.group.matches(strings.TrimSpace(g)) }
	if w.group != nil && !slices.ContainsFunc(p.Groups, inGroup) {
		return "it is for groups " + w.group.text
	}
	inRole := func(name string) bool { return w.role.matches(strings.TrimSpace(name)) }
	if w.role != nil && !slices.ContainsFunc(roles, inRole) {
		return "it is for roles " + w.role.text
	}
	return ""
}

// express fills s.texts, and gives what s is made of as one text.
func (s *subject) express(p auth.Principal, c *chooser) string {
	key := binary.AppendUvarint(nil, s.policy.compilations())
	key = append(key, byte(s.base), byte(s.base>>8), byte(s.allowed), byte(s.allowed>>8))
	key = binary.AppendUvarint(key, uint64(len(c.numbers)))
	for _, n := range c.numbers {
		key = binary.AppendVarint(key, int64(n))
	}
	s.texts = map[*Expression]string{}
	literals := map[Value]string{}
	literal := func(v Value) string {
		text, ok := literals[v]
		if !ok {
			text = v.Literal(p)
			literals[v] = text
			key = binary.AppendUvarint(key, uint64(len(text)))
			key = append(key, text...)
			c.unsure = c.unsure || p.GroupsUnknown && (v.Kind == GroupsValue || v.Kind == InGroup)
		}
		return text
	}
	for _, r := range s.tables {
		for _, e := range r.expressions {
			if text, ok := e.SQL(literal); ok {
				s.texts[e] = text
			}
		}
	}
	sum := sha256.Sum256(key)
	s.version = s.policy.id + base64.RawStdEncoding.EncodeToString(sum[:])
	return string(key)
}

// asked are the values that any expression of the rules asks for.
func (pol *Policy) asked() []Value {
	if pol.compilations() == 0 {
		return nil
	}
	return pol.kept.values(pol.compilations(), func() []Value {
		var out []Value
		for _, e := range pol.Expressions() {
			for _, v := range e.Values() {
				if !slices.Contains(out, v) {
					out = append(out, v)
				}
			}
		}
		return out
	})
}

// subjects keeps one of each, as long as somebody has it.
type subjects struct {
	mu sync.Mutex
	of map[string]weak.Pointer[subject]
}

// one is the subject that has been made of key, s if there is none.
func (all *subjects) one(key string, s *subject) *subject {
	all.mu.Lock()
	defer all.mu.Unlock()
	if there := all.of[key].Value(); there != nil {
		return there
	}
	all.of[key] = weak.Make(s)
	// The cleanup holds on to all, from which no subject can be reached.
	runtime.AddCleanup(s, all.forget, key)
	return s
}

func (all *subjects) forget(key string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.of[key].Value() == nil {
		delete(all.of, key)
	}
}

// maxKept is for how many principals rights are kept.
const maxKept = 4096

// kept remembers rights by what they depend on.
type kept struct {
	mu     sync.RWMutex
	rights map[string]Rights
	asked  []Value
	since  uint64 // the compilation that asked is of
}

func (k *kept) get(key []byte, judge func() Rights) Rights {
	k.mu.RLock()
	r, ok := k.rights[string(key)]
	k.mu.RUnlock()
	if ok {
		return r
	}
	r = judge()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rights == nil || len(k.rights) >= maxKept {
		k.rights = map[string]Rights{}
	}
	k.rights[string(key)] = r
	return r
}

func (k *kept) values(at uint64, find func() []Value) []Value {
	k.mu.RLock()
	asked, since := k.asked, k.since
	k.mu.RUnlock()
	if since == at {
		return asked
	}
	asked = find()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked, k.since = asked, at
	return asked
}

// anywhere is what may be done with some table at least.
func (s *subject) anywhere() Privileges {
	p := s.base
	for _, r := range s.tables {
		p |= r.privileges
	}
	for _, g := range s.grants {
		p |= g.Privileges
	}
	for _, r := range s.schemas {
		if r.owner {
			p |= Create | Drop
		}
	}
	return p & s.allowed
}
