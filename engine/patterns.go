package engine

import (
	"container/list"
	"reflect"
	"slices"
	"sync"

	"github.com/lakegate/lakegate/guard"
)

const (
	patternsMost       = 1_000
	patternTextMost    = 64 << 10 // of a rewritten text
	patternAttemptMost = 4        // texts that taught nothing, before a pattern is given up
)

// patterns remember what was found out about texts that differ only in their
// literals, so that a client which writes values into its SQL pays for the guard
// and the plan once and not for each value.
type patterns struct {
	mu    sync.Mutex
	order list.List // of *pattern, the one used last in front
	byKey map[verdictKey]*list.Element
}

// pattern is one of them. It is learned from two texts.
type pattern struct {
	key      verdictKey
	last     guard.Pattern // of the text seen last
	plan     *plan         // of that text
	template guard.Template
	learned  bool
	attempts int
}

// plan is the plan of sql, if texts of its pattern have taught it.
func (ps *patterns) plan(version, sql string) *plan {
	p, ok := guard.PatternOf(sql)
	if !ok {
		return nil
	}
	ps.mu.Lock()
	at, ok := ps.byKey[verdictKey{version, p.Key}]
	if !ok {
		ps.mu.Unlock()
		return nil
	}
	ps.order.MoveToFront(at)
	known := *at.Value.(*pattern)
	ps.mu.Unlock()
	if !known.learned {
		return nil
	}
	text, ok := known.template.Fill(p)
	if !ok {
		return nil
	}
	return known.plan.with(text)
}

// with is p for another text of the same pattern.
func (p *plan) with(text string) *plan {
	other := *p
	other.verdict.SQL = text
	other.sql = text
	if len(p.types) > 0 {
		other.forced = cast(text, p.types)
		if p.sql == p.forced {
			other.sql = other.forced
		}
	}
	return &other
}

// learn is told the plan of a text that was not known.
func (ps *patterns) learn(version, sql string, found *plan) {
	v := found.verdict
	if v.Kind != guard.Query && v.Kind != guard.Change || v.Returns || v.Volatile || v.Explain != guard.NotExplained || found.parameters != nil || len(v.SQL) > patternTextMost {
		return
	}
	p, ok := guard.PatternOf(sql)
	if !ok {
		return
	}
	key := verdictKey{version, p.Key}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	at, ok := ps.byKey[key]
	if !ok {
		if ps.byKey == nil {
			ps.byKey = map[verdictKey]*list.Element{}
		}
		ps.byKey[key] = ps.order.PushFront(&pattern{key: key, last: p, plan: found})
		if len(ps.byKey) > patternsMost {
			delete(ps.byKey, ps.order.Remove(ps.order.Back()).(*pattern).key)
		}
		return
	}
	known := at.Value.(*pattern)
	if known.attempts >= patternAttemptMost {
		return
	}
	known.attempts++
	template, ok := guard.Learn(known.last, known.plan.verdict.SQL, p, v.SQL)
	if ok && known.plan.alike(found) {
		known.template, known.learned = template, true
	}
	known.last, known.plan = p, found
}

// alike reports whether p and q are the same but for their texts.
func (p *plan) alike(q *plan) bool {
	a, b := p.verdict, q.verdict
	a.SQL, b.SQL = "", ""
	if !reflect.DeepEqual(a, b) || !slices.Equal(p.types, q.types) || p.keep != q.keep || (p.sql == p.forced) != (q.sql == q.forced) {
		return false
	}
	return p.schema == q.schema || p.schema != nil && q.schema != nil && p.schema.Equal(q.schema)
}

// forget drops what is known of sql's pattern.
func (ps *patterns) forget(version, sql string) {
	p, ok := guard.PatternOf(sql)
	if !ok {
		return
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	key := verdictKey{version, p.Key}
	if at, ok := ps.byKey[key]; ok {
		ps.order.Remove(at)
		delete(ps.byKey, key)
	}
}
