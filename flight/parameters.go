package flight

import (
	"context"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// parameterStore keeps parameters, and rows that RETURNING gave, that are too
// large for a handle.
type parameterStore struct {
	room int64
	life time.Duration
	now  func() time.Time

	mu   sync.Mutex
	kept map[sessionKey]storedParams
	used int64
}

type storedParams struct {
	rec  arrow.RecordBatch
	size int64
	at   time.Time
}

// parameterShare is the part of the room that one caller may fill.
const parameterShare = 2

func newParameterStore(room int64, life time.Duration, now func() time.Time) *parameterStore {
	return &parameterStore{room: room, life: life, now: now, kept: map[sessionKey]storedParams{}}
}

// put keeps rec until it is dropped or too old.
func (ps *parameterStore) put(o owner, rec arrow.RecordBatch) (id, error) {
	name, err := ps.reserve(o, payloadSize(rec))
	if err == nil {
		ps.fill(o, name, rec)
	}
	return name, err
}

// reserve keeps room for size bytes until it is filled, dropped or too old.
func (ps *parameterStore) reserve(o owner, size int64) (id, error) {
	name, err := newID()
	if err != nil {
		return name, err
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	own := size
	for key, p := range ps.kept {
		if key.owner == o {
			own += p.size
		}
	}
	if ps.used+size > ps.room || own > ps.room/parameterShare {
		return id{}, errParameters
	}
	ps.kept[sessionKey{o, name}] = storedParams{nil, size, ps.now()}
	ps.used += size
	return name, nil
}

// fill puts rec where room was reserved, which may be more than it needs.
func (ps *parameterStore) fill(o owner, name id, rec arrow.RecordBatch) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	key := sessionKey{o, name}
	p, ok := ps.kept[key]
	if !ok {
		return
	}
	size := payloadSize(rec)
	ps.used += size - p.size
	rec.Retain()
	ps.kept[key] = storedParams{rec, size, ps.now()}
}

// get gives what was put, for the caller to release; nil if it is not there.
func (ps *parameterStore) get(c *call, name id) arrow.RecordBatch {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p, ok := ps.kept[sessionKey{c.owner, name}]
	if !ok || p.rec == nil {
		return nil
	}
	p.rec.Retain()
	return p.rec
}

func (ps *parameterStore) drop(o owner, name id) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.forget(sessionKey{o, name})
}

// forget needs ps.mu.
func (ps *parameterStore) forget(key sessionKey) {
	if p, ok := ps.kept[key]; ok {
		delete(ps.kept, key)
		ps.used -= p.size
		if p.rec != nil {
			p.rec.Release()
		}
	}
}

func (ps *parameterStore) reap(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			ps.dropBefore(ps.now().Add(time.Hour))
			return
		case <-tick.C:
			ps.dropBefore(ps.now().Add(-ps.life))
		}
	}
}

func (ps *parameterStore) dropBefore(t time.Time) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for key, p := range ps.kept {
		if p.at.Before(t) {
			ps.forget(key)
		}
	}
}
