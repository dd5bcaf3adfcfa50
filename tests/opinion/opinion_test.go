package opinion

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	seedFlag = flag.Uint64("seed", 0, "begin with this seed; 0 is one that is always the same, then one by chance (OPINION_SEED)")
	forFlag  = flag.Duration("for", 0, "how long to go on (OPINION_FOR)")
)

// firstSeed is the one of every run.
const firstSeed = 20_240_601

// fixedWorlds are those of a run for which nothing was asked: always the same. A
// longer run goes on with worlds made by chance.
const fixedWorlds = 6

// perWorld is how many statements a world gets.
const perWorld = 240

// mostDifferences ends a run.
const mostDifferences = 12

// outcome is how the two sides stand to each other over one statement.
type outcome struct {
	kind string // one of the constants
	why  string // of a difference
	same string // equal for differences of a kind
}

const (
	bothAnswer   = "both answer"
	bothRefuse   = "both refuse"
	onlyListed   = "refused by Lakegate alone, as docs/sql.md says"
	notSettled   = "not settled by SQL: the reference differs from itself"
	whileRunning = "Lakegate alone fails, over values that are there, while it runs"
	notCompared  = "not compared: too long or too much"
	difference   = "DIFFERENCE"
)

// round is one world with Lakegate and the references over it.
type round struct {
	*world
	t     *testing.T
	at    place // of the statement that is compared
	gate  *gate
	refs  map[*caller]*reference
	again map[*caller]*reference      // in another order
	seen  map[*caller]map[string]bool // unlikely texts
}

func newRound(t *testing.T, seed uint64) *round {
	t.Helper()
	w := newWorld(seed)
	return &round{world: w, t: t, gate: newGate(t, w), refs: map[*caller]*reference{}, again: map[*caller]*reference{}, seen: map[*caller]map[string]bool{}}
}

func (r *round) close() {
	for _, refs := range []map[*caller]*reference{r.refs, r.again} {
		for _, ref := range refs {
			ref.close()
		}
		clear(refs)
	}
}

func (r *round) reference(c *caller, other bool) *reference {
	refs := r.refs
	if other {
		refs = r.again
	}
	if refs[c] == nil {
		refs[c] = newReference(r.t, r.world, c, other)
	}
	return refs[c]
}

// settings are those of the run: flags, or the environment.
func settings(t *testing.T) (seed uint64, length time.Duration) {
	t.Helper()
	seed, length = *seedFlag, *forFlag
	var err error
	if s := os.Getenv("OPINION_SEED"); s != "" && seed == 0 {
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if s := os.Getenv("OPINION_FOR"); s != "" && length == 0 {
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	return seed, length
}

func TestEachCallersAnswersAreThoseOfADatabaseThatHoldsOnlyWhatTheyMaySee(t *testing.T) {
	seed, length := settings(t)
	chosen := seed != 0
	if !chosen {
		seed = firstSeed
	}
	total := newTally()
	for i := 0; ; i++ {
		if !chosen && length > 0 && i == fixedWorlds { // the usual run must not depend on chance
			seed = rand.Uint64N(1 << 40)
		}
		t.Logf("seed %d", seed)
		total.run(t, seed)
		if total.differences >= mostDifferences {
			t.Errorf("the run ends after %d differences", total.differences)
			break
		}
		switch past := time.Since(total.began); {
		case past < length, !chosen && i+1 < fixedWorlds:
			seed++
			continue
		}
		break
	}
	// Some are to be expected; many would mean that the tests have lost their force.
	for kind, most := range map[string]int{notSettled: 1, whileRunning: 1, notCompared: 3} {
		if n := total.counts[kind]; n > 20 && 100*n > most*total.statements() {
			t.Errorf("more than %d %%: %s", most, kind)
		}
	}
	t.Log(total.summary())
	fmt.Println("opinion:", total.summary())
}

type tally struct {
	began       time.Time
	counts      map[string]int
	constructs  map[string]int
	errors      map[string]int // of both, by their shapes
	differences int
	known       map[string]bool
	worlds      int
}

func newTally() *tally {
	return &tally{began: time.Now(), counts: map[string]int{}, constructs: map[string]int{}, errors: map[string]int{}, known: map[string]bool{}}
}

// run is one world.
func (y *tally) run(t *testing.T, seed uint64) {
	t.Run(fmt.Sprint(seed), func(t *testing.T) {
		r := newRound(t, seed)
		defer r.close()
		y.worlds++
		for n := range uint64(perWorld) {
			if y.differences >= mostDifferences {
				return
			}
			c := r.callers[n%uint64(len(r.callers))]
			g := newGen(seed, n, r.world, c)
			if n%6 == 5 {
				if change, ok := g.change(); ok {
					y.note(r, c, g.at, change.sql, n, func(sql string, _ *tally) outcome {
						change := change
						change.sql = sql
						return r.compareChange(c, g.at, change)
					})
					continue
				}
			}
			sql := g.statement()
			who := []*caller{c}
			if n%5 == 0 { // for somebody else, who sees other things
				who = append(who, r.callers[(n+1)%uint64(len(r.callers))])
			}
			for _, c := range who {
				y.note(r, c, g.at, sql, n, func(sql string, y *tally) outcome { return r.compare(c, g.at, sql, y) })
			}
		}
	})
}

// note compares one statement, and counts and reports what comes out.
func (y *tally) note(r *round, c *caller, at place, sql string, n uint64, compare func(sql string, y *tally) outcome) {
	if file := os.Getenv("OPINION_TRACE"); file != "" {
		_ = os.WriteFile(file, []byte(fmt.Sprintf("seed %d, statement %d, as %s:\n%s\n", r.seed, n, c.principal.User, sql)), 0o600)
	}
	o := compare(sql, y)
	y.counts[o.kind]++
	if o.kind == difference && !y.known[o.same] {
		y.known[o.same] = true
		y.differences++
		r.report(c, at, sql, n, o, func(sql string) outcome { return compare(sql, nil) })
	}
}

// compare runs sql on both sides.
func (r *round) compare(c *caller, at place, sql string, y *tally) outcome {
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	r.at = at
	ref := r.reference(c, false)
	use := "USE " + ident(at.catalog) + "." + ident(at.schema)
	ref.must(r.t, use)
	want := ref.query(ctx, sql).by(c, sql)
	if want.err != nil && brokenRef.MatchString(want.err.Error()) { // a fault of DuckDB's own
		ref.close()
		delete(r.refs, c)
		return outcome{kind: notCompared}
	}
	if ctx.Err() != nil {
		return outcome{kind: notCompared}
	}
	got := r.gate.query(ctx, c, at, sql)
	if ctx.Err() != nil {
		return outcome{kind: notCompared}
	}
	o := r.judge(c, sql, got, want)
	switch {
	case o.kind == difference && strings.HasPrefix(o.same, "refuses") && r.gate.unread(ctx, c, at, sql):
		return outcome{kind: notSettled}
	case o.kind == difference && !strings.HasPrefix(o.same, "always"):
		other := r.reference(c, true)
		other.must(r.t, use)
		again := other.query(ctx, sql).by(c, sql)
		if again.err != nil && brokenRef.MatchString(again.err.Error()) {
			other.close()
			delete(r.again, c)
		}
		if ctx.Err() != nil || (again.err == nil) != (want.err == nil) || again.err == nil && differ(again, want) != "" {
			return outcome{kind: notSettled}
		}
	case o.kind == bothRefuse && y != nil:
		y.errors[shape(want.err)]++
	case o.kind == onlyListed && y != nil:
		y.constructs[r.construct(c, sql, got.err)]++
	}
	return o
}

// report shrinks a difference and prints it.
func (r *round) report(c *caller, at place, sql string, n uint64, o outcome, compare func(sql string) outcome) {
	r.t.Helper()
	until := time.Now().Add(40 * time.Second)
	small := shrink(sql, func(sql string) bool {
		return time.Now().Before(until) && compare(sql).same == o.same
	})
	if again := compare(small); again.kind == difference {
		o = again
	}
	r.t.Errorf("seed %d, statement %d, as %s (groups %q, claims %v) at %s.%s\n  %s\n  statement: %s\n  shrunk:    %s\n  again: OPINION_SEED=%d go test -tags duckdb_arrow ./tests/opinion/\n%s\n%s",
		r.seed, n, c.principal.User, c.groups, c.principal.Claims, at.catalog, at.schema, o.why, sql, small, r.seed, r.describe(c, small), r.yaml(small))
}

// statements is how many there were.
func (y *tally) statements() int {
	n := 0
	for _, k := range y.counts {
		n += k
	}
	return n
}

func (y *tally) summary() string {
	n := y.statements()
	share := func(k int) string { return fmt.Sprintf("%.2f %%", 100*float64(k)/float64(max(n, 1))) }
	var b strings.Builder
	fmt.Fprintf(&b, "%d statements over %d worlds in %s", n, y.worlds, time.Since(y.began).Round(time.Second))
	for _, k := range slices.Sorted(maps.Keys(y.counts)) {
		fmt.Fprintf(&b, "; %s: %d (%s)", k, y.counts[k], share(y.counts[k]))
	}
	for _, k := range slices.Sorted(maps.Keys(y.constructs)) {
		fmt.Fprintf(&b, "; refused %q: %d (%s)", k, y.constructs[k], share(y.constructs[k]))
	}
	return b.String()
}
