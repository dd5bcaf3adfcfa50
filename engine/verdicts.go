package engine

import (
	"container/list"
	"sync"

	"github.com/lakegate/lakegate/guard"
)

// What the verdict cache may hold.
const (
	verdictsMost     = 10_000
	verdictBytesMost = 64 << 20
	plansMost        = 16 // for one statement, by the types of its parameters
)

// verdictKey is what a verdict holds for: a text, and the things it may name.
type verdictKey struct{ version, sql string }

// checked is one statement that the guard has let pass.
type checked struct {
	key     verdictKey
	verdict guard.Verdict
	plans   map[string]*plan // by signature of the parameters
	bytes   int
}

// verdicts remembers the guard's verdicts and what followed from them. What
// was used longest ago is forgotten first.
type verdicts struct {
	mu    sync.Mutex
	order list.List // of *checked, the one used last in front
	byKey map[verdictKey]*list.Element
	bytes int
}

// plan finds the plan of a statement, and failing that its verdict.
func (v *verdicts) plan(key verdictKey, signature string) (p *plan, verdict guard.Verdict, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, ok := v.byKey[key]
	if !ok {
		return nil, guard.Verdict{}, false
	}
	v.order.MoveToFront(at)
	c := at.Value.(*checked)
	return c.plans[signature], c.verdict, true
}

// remember keeps p for its statement and the types of its parameters.
func (v *verdicts) remember(key verdictKey, signature string, p *plan) {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, ok := v.byKey[key]
	if !ok {
		size := 1024 + len(key.sql) + len(key.version) + len(p.verdict.SQL)
		at = v.order.PushFront(&checked{key: key, verdict: p.verdict, plans: map[string]*plan{}, bytes: size})
		if v.byKey == nil {
			v.byKey = map[verdictKey]*list.Element{}
		}
		v.byKey[key] = at
		v.bytes += size
	}
	c := at.Value.(*checked)
	if len(c.plans) >= plansMost {
		clear(c.plans)
	}
	c.plans[signature] = p
	size := len(signature) + 2*len(p.forced) + 200*len(p.types)
	c.bytes += size
	v.bytes += size
	for v.bytes > verdictBytesMost || len(v.byKey) > verdictsMost {
		v.drop(v.order.Back())
	}
}

// forget drops what is known of a statement.
func (v *verdicts) forget(key verdictKey) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if at, ok := v.byKey[key]; ok {
		v.drop(at)
	}
}

func (v *verdicts) drop(at *list.Element) {
	c := v.order.Remove(at).(*checked)
	delete(v.byKey, c.key)
	v.bytes -= c.bytes
}
