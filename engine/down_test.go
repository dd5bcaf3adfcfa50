package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

func TestALakeThatDoesNotAnswerHoldsOthersUpOnlyAtFirst(t *testing.T) {
	r := newRemoteLake(t)
	r.cfg.Lakes = append(r.cfg.Lakes, fileLake(t, "scratch"))
	inst := openTest(t, r.cfg)
	before, err := inst.contents(t.Context(), catalog.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	r.pg.Freeze()
	defer r.pg.Thaw()
	// The first question waits, as the lake may just be slow; it hangs for longer than that.
	for i, limit := range []time.Duration{lakePatience + time.Second, time.Second, time.Second} {
		began := time.Now()
		now, err := inst.contents(t.Context(), before)
		if err != nil || !now.Catalogs[0].Down || now.Catalogs[1].Down {
			t.Fatalf("contents: %+v, %v; want the frozen lake down alone", now.Catalogs, err)
		}
		if len(now.Catalogs[0].Schemas) != len(before.Catalogs[0].Schemas) {
			t.Errorf("schemas of the lake that is down: %v", now.Catalogs[0].Schemas)
		}
		if took := time.Since(began); took > limit {
			t.Errorf("question %d took %s, want at most %s", i, took, limit)
		}
		before = now
	}
	r.pg.Thaw()
	deadline := time.Now().Add(20 * time.Second)
	for {
		now, err := inst.contents(t.Context(), before)
		if err == nil && !now.Catalogs[0].Down {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still down 20 s after it answers again: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestALakeThatIsDownIsNotAskedToBind(t *testing.T) {
	r := newRemoteLake(t)
	inst := openTest(t, r.cfg)
	contents, err := inst.contents(t.Context(), catalog.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	contents.Catalogs[0].Down = true
	c, err := inst.connect()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	b := binder{conn: c, view: viewOver(t, contents)}
	if _, err := b.Plan(t.Context(), "SELECT * FROM "+sqltext.Identifier(contents.Catalogs[0].Physical)+".main.t"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a plan over the lake: %v, want ErrUnavailable", err)
	}
	if _, err := b.Plan(t.Context(), "SELECT 1"); err != nil {
		t.Errorf("a plan without it: %v", err)
	}
}

// viewOver is a writer's view of contents.
func viewOver(t *testing.T, contents catalog.Contents) catalog.View {
	t.Helper()
	pol, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	catalogs, err := catalog.New(catalog.Config{
		Policy: pol, Catalog: contents.Catalogs[0].Name, Schema: "main",
		Load: func(context.Context, catalog.Contents) (catalog.Contents, error) { return contents, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return catalogs.Over(auth.Principal{Provider: "p", Subject: "s", User: "u", Scopes: []string{policy.ScopeWrite}}, contents)
}
