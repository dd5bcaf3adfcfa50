package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

// healthAge is how old an answer about a lake's health may be: health checks
// may come as often as they like.
const healthAge = 2 * time.Second

// health asks every lake at once, within ctx. A lake that does not answer in
// time is ErrUnavailable; its answer serves those who ask later.
func (i *instance) health(ctx context.Context) map[string]error {
	var mu sync.Mutex
	var waiting sync.WaitGroup
	all := make(map[string]error, len(i.lakes))
	for _, a := range i.lakes {
		waiting.Go(func() {
			_, err := a.health.ask(ctx, healthAge)
			mu.Lock()
			defer mu.Unlock()
			all[a.lake.Name] = i.ill(err)
		})
	}
	waiting.Wait()
	return all
}

// ill says in our words why a lake cannot be used.
func (i *instance) ill(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: no answer in time", ErrUnavailable)
	default:
		why, _ := cause(err)
		return fmt.Errorf("%w: %s", ErrUnavailable, why)
	}
}

// probe asks what a depends on, at the least cost.
func (i *instance) probe(ctx context.Context, a *attached) error {
	if a.down != nil {
		return a.down
	}
	if err := i.probeStorage(ctx, a.prober, a); err != nil {
		return err
	}
	switch a.lake.Type {
	case catalog.DuckLake:
		if !remote(a.lake.Data) {
			if _, err := os.Stat(a.lake.Data); err != nil {
				return mistakeError("its data folder cannot be read")
			}
		}
		_, _, err := a.lakeVersion(ctx, a.prober)
		return err
	default:
		return a.prober.exec(ctx, "SELECT 1")
	}
}

// revivable reports whether a lake that was down when the instance opened could
// be attached now. The instance itself can attach nothing any more: a new one
// must take its place.
func (i *instance) revivable(ctx context.Context) bool {
	trial := i.cfg
	trial.Lakes, trial.RequireLakes = nil, true
	for _, a := range i.lakes {
		if a.down != nil {
			trial.Lakes = append(trial.Lakes, a.lake)
		}
	}
	for _, lake := range trial.Lakes {
		one := trial
		one.Lakes = []catalog.Lake{lake}
		if inst, err := newInstance(ctx, one, i.environment); err == nil {
			inst.close()
			return true
		}
	}
	return false
}
