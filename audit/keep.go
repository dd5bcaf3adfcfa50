package audit

import (
	"time"
)

// lookEvery is how often the file is looked for in its place.
const lookEvery = time.Second

// keep syncs what is written, looks whether the file is still where it was, and
// deletes old partitions, until the log is closed.
func (l *Log) keep() {
	tick := time.NewTicker(SyncEvery)
	defer tick.Stop()
	looked, pruned := time.Time{}, time.Time{}
	for {
		now := l.cfg.Now().UTC()
		if hour := now.Truncate(time.Hour); l.cfg.Retention > 0 && !hour.Equal(pruned) {
			pruned = hour
			if err := prune(l.out.folder, now, l.cfg.Retention); err != nil {
				l.cfg.Log.Error("old partitions of the audit log cannot be deleted", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-l.closing:
			return
		}
		l.mu.Lock()
		waits := l.bytes > 0
		l.mu.Unlock()
		if waits {
			l.rouse()
		}
		l.syncLoose()
		if now := l.cfg.Now(); now.Sub(looked) >= lookEvery {
			looked = now
			l.out.look()
		}
	}
}

// syncLoose brings to the disk what is only written. What a failed sync was for
// may or may not be there: it counts as lost, and another file is begun.
func (l *Log) syncLoose() {
	l.mu.Lock()
	loose := l.loose
	if loose > 0 {
		l.syncing = l.cfg.Now()
	}
	l.mu.Unlock()
	if loose == 0 {
		return
	}
	err := l.out.sync()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.syncing = time.Time{}
	l.loose -= loose
	if err == nil {
		return
	}
	l.lost += loose
	l.unsaid += loose
	if l.failed == nil {
		l.failed = err
		l.cfg.Log.Error("the audit log cannot be brought to the disk", "error", err, "statements_refused", !l.cfg.Lenient)
	}
}
