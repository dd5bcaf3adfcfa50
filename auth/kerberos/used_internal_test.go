package kerberos

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// I01: what is remembered has a bound, for one user and for all, and nothing is
// forgotten that could be shown again.
func TestUsedTicketsAreForgottenInTimeAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u Used
		n := uint64(0)
		next := func(user string) error {
			n++
			return u.once(binary.BigEndian.AppendUint64(nil, n), user, time.Now().Add(2*MaxSkew))
		}
		early := time.Now().Add(2 * MaxSkew) // of a clock that is five minutes ahead
		if err := u.once([]byte("early"), "alice", early); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < maxUsedOfOne; i++ {
			if err := next("alice"); err != nil {
				t.Fatalf("ticket %d: %v", i, err)
			}
		}
		full := "too many tickets"
		if err := next("alice"); !errors.Is(err, ErrTicket) || !strings.HasPrefix(err.Error(), full) {
			t.Errorf("one more of alice: %v", err)
		}
		for user := byte('b'); user < 'b'+15; user++ {
			for range maxUsedOfOne {
				if err := next(string(user)); err != nil {
					t.Fatalf("of %c: %v", user, err)
				}
			}
		}
		if err := next("z"); err == nil || len(u.now.seen) != maxUsed {
			t.Errorf("one more of anybody: %v; %d are remembered", err, len(u.now.seen))
		}
		for range 2 {
			time.Sleep(time.Until(early) - time.Second)
			if err := u.once([]byte("early"), "alice", early); err == nil {
				t.Fatalf("shown again at %s", time.Until(early))
			}
			time.Sleep(2 * time.Second)
		}
		if err := next("alice"); err != nil {
			t.Errorf("a period later: %v", err)
		}
		time.Sleep(2 * MaxSkew)
		if err := next("alice"); err != nil || len(u.now.seen)+len(u.older.seen) > 2 {
			t.Errorf("%v; %d are remembered", err, len(u.now.seen)+len(u.older.seen))
		}
		// The clock was set back by an hour: what has been forgotten looks good again.
		if err := u.once([]byte("early"), "alice", early); err == nil {
			t.Error("a forgotten ticket is accepted again")
		}
	})
}
