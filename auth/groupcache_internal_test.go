package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"testing/synctest"
	"time"
)

func TestGroupCacheIsBoundedAndLosesTheOldestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w := newGroupCache(time.Minute, 3), &lookups{ctx: t.Context()}
		asked := 0
		get := func(user string) {
			t.Helper()
			answer, until, err := c.get(t.Context(), w, groupQuestion{source: "rest", user: user}, func(context.Context) (found, error) {
				asked++
				return found{groups: []string{user}, known: true}, nil
			})
			if err != nil || answer.groups[0] != user || until.After(time.Now().Add(time.Minute)) {
				t.Errorf("%s: %v until %s, %v", user, answer, until, err)
			}
			time.Sleep(time.Second)
		}
		for i := range 10 {
			get(fmt.Sprint("user-", i))
		}
		if asked != 10 || len(c.entries) != 3 {
			t.Errorf("%d were asked about, %d are kept", asked, len(c.entries))
		}
		get("user-9")
		get("user-8")
		get("user-7")
		if asked != 10 {
			t.Errorf("the three latest are not kept: asked %d times", asked)
		}
		get("user-6")
		get("user-8")
		if asked != 11 {
			t.Errorf("something else than the oldest went: asked %d times", asked)
		}
		w.stop()
	})
}

// An answer counts from when it was asked for: it says what was so then.
func TestGroupCacheCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w := newGroupCache(10*time.Second, 10), &lookups{ctx: t.Context()}
		asked := 0
		slow := func(context.Context) (found, error) {
			asked++
			time.Sleep(4 * time.Second)
			return found{known: true}, nil
		}
		q := groupQuestion{source: "rest", user: "alice"}
		for range 2 {
			if _, until, err := c.get(t.Context(), w, q, slow); err != nil || time.Until(until) > 6*time.Second {
				t.Errorf("good for %s, %v", time.Until(until), err)
			}
		}
		time.Sleep(6 * time.Second)
		if _, _, err := c.get(t.Context(), w, q, slow); err != nil || asked != 2 {
			t.Errorf("asked %d times, %v", asked, err)
		}
		w.stop()
	})
}

// A failure is kept for a second from its end, and no longer than an answer.
func TestGroupCacheForgetsFailuresSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		for keep, want := range map[time.Duration]time.Duration{time.Minute: time.Second, time.Millisecond: time.Millisecond} {
			c, w := newGroupCache(keep, 10), &lookups{ctx: t.Context()}
			asked := 0
			fail := func(context.Context) (found, error) {
				asked++
				time.Sleep(5 * time.Second)
				return found{groups: []string{"half"}}, broken
			}
			get := func() {
				t.Helper()
				if _, _, err := c.get(t.Context(), w, groupQuestion{user: "alice"}, fail); !errors.Is(err, broken) {
					t.Errorf("error is %v", err)
				}
			}
			get()
			time.Sleep(want - 1)
			get()
			if asked != 1 {
				t.Errorf("asked %d times too early", asked)
			}
			time.Sleep(time.Nanosecond)
			get()
			if asked != 2 {
				t.Errorf("asked %d times", asked)
			}
			w.stop()
		}
	})
}

// A lookup that does not end is ended.
func TestLookupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w := newGroupCache(time.Minute, 10), &lookups{ctx: t.Context()}
		began := time.Now()
		_, _, err := c.get(t.Context(), w, groupQuestion{user: "alice"}, func(ctx context.Context) (found, error) {
			<-ctx.Done()
			return found{}, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != lookupWithin {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		w.stop()
	})
}

func TestAnchoredPatternsMatchWholeNames(t *testing.T) {
	for pattern, names := range map[string]struct{ yes, no []string }{
		`a|ab`:        {[]string{"a", "ab"}, []string{"abc", "b", ""}},
		`\Qa.b`:       {[]string{"a.b"}, []string{"axb", "a.b)", "a.bc"}},
		`\Qa)|(b`:     {[]string{"a)|(b"}, []string{"a", "b"}},
		`(?i)alice`:   {[]string{"ALICE", "alice"}, []string{"alice2"}},
		`(?m)^x$`:     {[]string{"x"}, []string{"x\ny", "y\nx"}},
		`(?s).+`:      {[]string{"a\nb"}, []string{""}},
		`.+`:          {[]string{"ab"}, []string{"a\nb", "a\n"}},
		`x*?`:         {[]string{"", "xx"}, []string{"xy"}},
		`[[:alpha:]]`: {[]string{"a"}, []string{"aa", "1"}},
		``:            {[]string{""}, []string{"a"}},
	} {
		full, err := anchored(regexp.MustCompile(pattern))
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		for _, name := range names.yes {
			if !full.matches(name) {
				t.Errorf("%s does not match %q", pattern, name)
			}
		}
		for _, name := range names.no {
			if full.matches(name) {
				t.Errorf("%s matches %q", pattern, name)
			}
		}
	}
	if none, err := anchored(nil); err != nil || none.matches("") || none.matches("x") {
		t.Errorf("nil matches somebody, %v", err)
	}
}
