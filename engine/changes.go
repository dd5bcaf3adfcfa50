package engine

import (
	"sync"

	"github.com/lakegate/lakegate/guard"
)

// tempCatalog is DuckDB's own name for a connection's temporary tables.
const tempCatalog = "temp"

// place is a table or view, or with an empty table a schema, by its physical name.
type place struct{ catalog, schema, table string }

// changed is what a connection did to one place.
type changed struct {
	place
	altered bool // it may have another name now
}

// defined notes what a successful statement of kind guard.Define made, altered
// or dropped over this connection. It stays the connection's own until publish
// or forget.
func (c *conn) defined(v guard.Verdict) {
	at := place{catalog: v.Lake, schema: v.Target.Schema, table: v.Target.Table}
	switch {
	case v.Lake == tempCatalog || v.Target.Catalog == tempCatalog:
		at.catalog = tempCatalog
	case v.Lake == "":
		return // it found nothing to do
	}
	c.changes = append(c.changes, changed{at, v.Alters()})
}

// forget drops what was noted about lakes, after a rollback. What was noted
// about temporary tables stays: reading them again finds out.
func (c *conn) forget() { c.changes = temporary(c.changes) }

// publish tells the instance what c has noted about lakes, after a commit or
// an autocommitted statement: the next Contents reads it.
func (i *instance) publish(c *conn) {
	for _, ch := range c.changes {
		if ch.catalog != tempCatalog {
			i.changes.add(ch)
		}
	}
	c.forget()
}

func temporary(list []changed) []changed {
	var kept []changed
	for _, ch := range list {
		if ch.catalog == tempCatalog {
			kept = append(kept, ch)
		}
	}
	return kept
}

// changes collects what this process changed, by physical catalog.
type changes struct {
	mu     sync.Mutex
	counts map[string]int // ever
	open   map[string][]changed
}

func (l *changes) add(ch changed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts, l.open = map[string]int{}, map[string][]changed{}
	}
	l.counts[ch.catalog]++
	l.open[ch.catalog] = append(l.open[ch.catalog], ch)
}

// since gives catalog's changes after the first known ones, and how many there
// are now.
func (l *changes) since(catalog string) (int, []changed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[catalog], l.open[catalog]
}

// settle forgets catalog's changes up to the count known: they have been read.
func (l *changes) settle(catalog string, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.open[catalog]
	newer := l.counts[catalog] - count
	l.open[catalog] = list[len(list)-min(newer, len(list)):]
}
