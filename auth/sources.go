package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lakegate/lakegate/auth/directory"
)

// maxGroups is how many groups one user may have; more is no answer.
const maxGroups = 10_000

// found is what a source says of a user. A source that does not know them leaves
// the word to the next.
type found struct {
	groups []string
	known  bool
}

// groupSource is one place that knows who is in which group.
type groupSource struct {
	name string
	// ask finds the groups that q is about; id is the credential's. The error is
	// an unavailable, a refusal, or ctx's.
	ask func(ctx context.Context, id *identity, q groupQuestion) (found, error)
	// remote sources are asked through the cache, and not told of id.
	remote bool
}

// sourceNames are the sources that settings can name, in their usual order.
var sourceNames = []string{"claim", "ldap", "rest", "file"}

// setUpGroups makes the sources that the settings name.
func (st *state) setUpGroups() error {
	rules := st.cfg.Groups
	sources := map[string]groupSource{"claim": {ask: fromClaim}}
	if d := st.cfg.Directory; d != nil && d.BindDN != "" {
		sources["ldap"] = groupSource{ask: st.fromDirectory, remote: true}
	}
	if rules.Resolver != nil {
		sources["rest"] = groupSource{ask: st.fromResolver, remote: true}
	}
	if rules.File != "" {
		sources["file"] = groupSource{ask: st.fromFile}
	}
	order := rules.Sources
	if len(order) == 0 {
		order = slices.DeleteFunc(slices.Clone(sourceNames), func(name string) bool { return sources[name].ask == nil })
	}
	var errs []error
	fault := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("auth.groups.%s (GROUP_%s): %s", key, strings.ToUpper(key), fmt.Sprintf(format, args...)))
	}
	for i, name := range order {
		source := sources[name]
		switch {
		case !slices.Contains(sourceNames, name):
			fault("sources", "%q is not one of %s", name, strings.Join(sourceNames, ", "))
		case slices.Contains(order[:i], name):
			fault("sources", "%s is listed twice", name)
		case source.ask == nil && name == "ldap":
			fault("sources", "ldap needs auth.ldap.hosts, and auth.ldap.bind_dn, the account that searches for others' groups")
		case source.ask == nil:
			fault("sources", "%s is listed and not described", name)
		}
		source.name = name
		st.sources = append(st.sources, source)
	}
	if rules.Resolver != nil {
		errs = append(errs, rules.Resolver.check())
	}
	if rules.File != "" {
		var err error
		if st.groupFile, err = openGroupFile(rules.File, st.cfg.FilePoll, st.cfg.Log); err != nil {
			fault("file", "%v", err)
		}
	}
	st.groupCache = newGroupCache(rules.CacheFor, rules.CacheMax)
	return errors.Join(errs...)
}

// groupsOf asks the sources in order; the first that knows the user is believed.
// Programs that came as themselves have the groups of their token alone.
func (st *state) groupsOf(ctx context.Context, id *identity, user string) ([]string, error) {
	for _, source := range st.sources {
		if id.service && source.name != "claim" {
			continue
		}
		answer, err := st.askSource(ctx, source, id, user)
		if err != nil {
			return nil, err
		}
		if answer.known {
			id.groupsElsewhere = false
			return answer.groups, nil
		}
	}
	if id.groupsElsewhere {
		st.cfg.Log.WarnContext(ctx, "Groups not extracted: the user is in more than a token can hold, and no other source knows them",
			"provider", id.provider, "user", user)
	}
	return nil, nil
}

func (st *state) askSource(ctx context.Context, source groupSource, id *identity, user string) (found, error) {
	q := groupQuestion{source: source.name, user: user, acted: id.acted}
	if source.name == "ldap" && id.dn != "" {
		q.user, q.dn = orDefault(id.typed, id.login), id.dn
	}
	if !source.remote {
		answer, err := source.ask(ctx, id, q)
		if source.name == "file" {
			id.shorten(time.Now().Add(st.groupCache.keep))
		}
		return answer.distinct(err)
	}
	answer, until, err := st.groupCache.get(ctx, &st.a.lookups, q, func(ctx context.Context) (found, error) {
		answer, err := source.ask(ctx, nil, q)
		if err != nil && ctx.Err() != nil {
			err = &unavailable{reason: source.name + ": no answer in time"}
		}
		answer, err = answer.distinct(err)
		st.outcomes.note(source.name, err)
		return answer, err
	})
	id.shorten(until)
	return answer, err
}

// distinct is f with groups without blanks around them and without repetition,
// unless there is an error.
func (f found) distinct(err error) (found, error) {
	switch {
	case err != nil || !f.known:
		return found{}, err
	case len(f.groups) > maxGroups:
		return found{}, &unavailable{reason: fmt.Sprintf("more than %d groups for one user", maxGroups)}
	}
	seen := make(map[string]bool, len(f.groups))
	groups := make([]string, 0, len(f.groups))
	for _, g := range f.groups {
		g = strings.TrimSpace(g)
		if key := groupKey(g); g != "" && !seen[key] {
			seen[key] = true
			groups = append(groups, g)
		}
	}
	return found{groups, true}, nil
}

func fromClaim(_ context.Context, id *identity, _ groupQuestion) (found, error) {
	return found{id.groups, id.groupsKnown}, nil
}

// fromDirectory looks the user up each time, so that whoever is taken out of the
// directory, or renamed in it, is noticed.
func (st *state) fromDirectory(ctx context.Context, _ *identity, q groupQuestion) (found, error) {
	entry, err := st.directory.Lookup(ctx, q.user)
	switch {
	case errors.Is(err, directory.ErrNoEntry) && q.dn != "":
		return found{}, &refusal{class: classPassword, reason: "User is no longer in the directory"}
	case errors.Is(err, directory.ErrNoEntry):
		return found{}, nil
	case err != nil:
		return found{}, unreachable(ctx, err)
	case q.dn != "" && !strings.EqualFold(entry.DN, q.dn):
		return found{}, &refusal{class: classPassword, reason: "User's name is another's in the directory now"}
	case q.acted && entry.Name != q.user:
		// Directories compare names loosely, and the rules that let somebody act
		// as q.user do not: in another spelling it is nobody's name.
		return found{}, nil
	}
	groups, err := st.directory.Groups(ctx, entry)
	if err != nil {
		return found{}, unreachable(ctx, err)
	}
	return found{groups, true}, nil
}

func (st *state) fromResolver(ctx context.Context, _ *identity, q groupQuestion) (found, error) {
	groups, err := st.cfg.Groups.Resolver.groups(ctx, st.fetch, q.user)
	return found{groups, groups != nil}, err
}

func (st *state) fromFile(_ context.Context, _ *identity, q groupQuestion) (found, error) {
	groups, known := st.groupFile.groups(q.user)
	return found{groups, known}, nil
}

// unreachable is the error of a question to the directory that err ended.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &unavailable{reason: "ldap: " + oneLine(err.Error())}
}

// outcomes remembers how the last question to each source went.
type outcomes struct {
	mu   sync.Mutex
	last map[string]string // why it failed; empty where it did not
}

// note keeps err, nil and refusals being answers; what the caller broke off says
// nothing of the source.
func (o *outcomes) note(source string, err error) {
	failure := ""
	switch {
	case errors.Is(err, ErrUnavailable):
		failure = Reason(err)
	case err != nil && !errors.Is(err, ErrUnauthenticated):
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		o.last = map[string]string{}
	}
	o.last[source] = failure
}

func (o *outcomes) of(source string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last[source]
}

// How often the directory is asked whether it is there, and how long that may take.
const (
	probeEvery  = 30 * time.Second
	probeWithin = 10 * time.Second
)

// probe asks the directory now and then, so that its state is known before a
// user finds out.
func (st *state) probe(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for before := true; ; {
		bounded, cancel := context.WithTimeout(ctx, probeWithin)
		err := st.directory.Check(bounded)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			err = unreachable(ctx, err)
		}
		st.outcomes.note("ldap", err)
		switch reached := err == nil; {
		case before && !reached:
			st.cfg.Log.Warn("directory cannot be asked", "reason", Reason(err))
		case !before && reached:
			st.cfg.Log.Info("directory can be asked again")
		}
		before = err == nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sourceStatus is how the directory and the resolver are.
func (st *state) sourceStatus() []SourceStatus {
	var list []SourceStatus
	if st.directory != nil {
		list = append(list, SourceStatus{Kind: "ldap", Name: "ldap", Where: strings.Join(st.cfg.Directory.Hosts, " "), Degraded: st.outcomes.of("ldap")})
	}
	if r := st.cfg.Groups.Resolver; r != nil {
		where := r.URL
		if r.Format != "" {
			where = r.Format
		}
		list = append(list, SourceStatus{Kind: "rest", Name: "rest", Where: where, Degraded: st.outcomes.of("rest")})
	}
	return list
}
