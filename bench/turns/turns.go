// Package turns compares two things within one Go benchmark: they take turns, so
// that what else the machine does falls on both, and the medians count.
package turns

import (
	"slices"
	"testing"
	"time"
)

// Side is one of the two. A turn is Batch calls.
type Side struct {
	Call  func()
	Batch int     // 0 is 1
	Units float64 // what one call's time is divided by, such as bytes; 0 is 1
}

// Compare reports the median of one as call-ns and that of other as reference-ns.
func Compare(b *testing.B, one, other Side) {
	b.Helper()
	sides := [2]Side{one, other}
	var times [2][]time.Duration
	for b.Loop() {
		for i, s := range sides {
			began := time.Now()
			for range max(s.Batch, 1) {
				s.Call()
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	for i, unit := range [2]string{"call-ns", "reference-ns"} {
		slices.Sort(times[i])
		median := times[i][(len(times[i])-1)/2]
		units := sides[i].Units
		if units == 0 {
			units = 1
		}
		b.ReportMetric(float64(median)/float64(max(sides[i].Batch, 1))/units, unit)
	}
}
