package catalog

import (
	"testing"
	"time"
)

func TestALakeThatIsDownIsLookedAtAgainSoon(t *testing.T) {
	now, loads, down := time.Unix(1000, 0), 0, true
	c := start(t, func(Contents) (Contents, error) {
		loads++
		s := sample("1", "t")
		s.Catalogs[0].Down = down
		if down {
			s.Stamp = "1:down"
		}
		return s, nil
	}, func() time.Time { return now })
	c.cfg.MaxAge = time.Hour
	if l, err := view(t, c, reader).Catalog("Lake"); err != nil || !l.Down {
		t.Fatalf("%+v, %v", l, err)
	}
	down = false
	now = now.Add(downAge + 1)
	if l, err := view(t, c, reader).Catalog("Lake"); err != nil || l.Down || loads != 2 {
		t.Errorf("down: %v, %v, after %d loads; want it up after the second", l.Down, err, loads)
	}
	now = now.Add(time.Minute)
	if view(t, c, reader); loads != 2 {
		t.Errorf("%d loads within the age that is allowed", loads)
	}
}
