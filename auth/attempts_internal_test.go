package auth

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func attemptsFor(t testing.TB, limits AttemptLimits) *attempts {
	t.Helper()
	a, err := newAttempts(limits)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// guess shows a wrong password, and reports what stopped it before the directory
// was asked; nil: nothing did.
func guess(a *attempts, user, peer, password string) error {
	attempt, err := a.begin(user, peer, password)
	if err == nil {
		a.wrongNow(attempt)
	}
	return err
}

// guesses shows n wrong passwords that differ, and counts those that the
// directory was asked about.
func guesses(a *attempts, n int, user, peer string) (asked int) {
	for range n {
		if guess(a, user, peer, fmt.Sprint("wrong-", passwords.Add(1))) == nil {
			asked++
		}
	}
	return asked
}

var passwords atomic.Int64

// G12, H14: the directory is asked so often and no more.
func TestWrongPasswordsOfAUserAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attemptsFor(t, AttemptLimits{})
		if n := guesses(a, 20, "alice", "10.0.0.1"); n != 5 {
			t.Errorf("the directory was asked %d times, want 5", n)
		}
		err := guess(a, "alice", "10.0.0.1", "another")
		if !errors.Is(err, ErrLimited) || Reason(err) != "Too many wrong passwords for this user from this address" {
			t.Errorf("error is %v, reason %q", err, Reason(err))
		}
		if n := guesses(a, 1, "bob", "10.0.0.1"); n != 1 {
			t.Error("another user is held up")
		}
		time.Sleep(30*time.Second - time.Nanosecond)
		if n := guesses(a, 1, "alice", "10.0.0.1"); n != 0 {
			t.Error("an attempt came back too soon")
		}
		time.Sleep(time.Nanosecond)
		if n := guesses(a, 5, "alice", "10.0.0.1"); n != 1 {
			t.Errorf("after 30 s %d attempts came back, want 1", n)
		}
	})
}

// H06, H14: a name in other clothes is the same account.
func TestSpellingsOfOneNameShareTheirAttempts(t *testing.T) {
	for _, spellings := range [][]string{
		{"alice", "ALICE", "Alice ", " alice", "al ice", "ali\u00adce", "\u200balice", "ａｌｉｃｅ", "alicé"},
		{"straße", "STRAßE", "stra\u200dße"},
		{"K", "k", "\u212a"}, // the last is the Kelvin sign
	} {
		for _, s := range spellings {
			if got, want := accountOf(s), accountOf(spellings[0]); got != want || got == "" {
				t.Errorf("%q counts as %q, %q as %q", s, got, spellings[0], want)
			}
		}
	}
	for _, pair := range [][2]string{{"alice", "alic"}, {"alice", "alice2"}, {"a.b", "ab"}, {"a@b", "ab"}, {"i", "\u0131"}} {
		if accountOf(pair[0]) == accountOf(pair[1]) {
			t.Errorf("%q and %q share their attempts", pair[0], pair[1])
		}
	}
	a := attemptsFor(t, AttemptLimits{UserEvery: time.Hour})
	asked := 0
	for i := range 40 {
		asked += guesses(a, 1, strings.Repeat(" ", i)+"aLiCe", "10.0.0.1")
	}
	if asked != 5 {
		t.Errorf("the directory was asked %d times, want 5", asked)
	}
	asked = 0
	for i := range 200 {
		asked += guesses(a, 1, "bob"+strings.Repeat(" ", i), fmt.Sprint("10.0.1.", i))
	}
	if asked != 20 {
		t.Errorf("from many addresses the directory was asked %d times, want 20", asked)
	}
}

// G12: guesses from everywhere are limited, and lock nobody out where they were let in.
func TestGuessesFromManyAddressesHoldUpOnlyThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attemptsFor(t, AttemptLimits{})
		home, err := a.begin("alice", "192.0.2.7", "right")
		if err != nil {
			t.Fatal(err)
		}
		a.right(home)
		asked := 0
		for i := range 200 {
			asked += guesses(a, 1, "alice", fmt.Sprint("10.0.0.", i))
		}
		if asked != 20 {
			t.Errorf("the directory was asked %d times, want 20", asked)
		}
		_, err = a.begin("alice", "198.51.100.1", "right")
		if !errors.Is(err, ErrLimited) || Reason(err) != "Too many wrong passwords for this user" {
			t.Errorf("an address that alice never came from: error is %v, reason %q", err, Reason(err))
		}
		for range 10 {
			again, err := a.begin("alice", "192.0.2.7", "right")
			if err != nil {
				t.Fatalf("alice is locked out: %v", err)
			}
			a.right(again)
		}
		if n := guesses(a, 20, "alice", "192.0.2.7"); n != 5 {
			t.Errorf("at alice's address the directory was asked %d times, want 5", n)
		}
		time.Sleep(time.Hour)
		for i := range 200 {
			guesses(a, 1, "alice", fmt.Sprint("10.0.1.", i))
		}
		if _, err := a.begin("alice", "192.0.2.7", "right"); !errors.Is(err, ErrLimited) {
			t.Errorf("an hour later: error is %v, want ErrLimited", err)
		}
	})
}

// H14: a program that repeats one wrong password costs one attempt in a while.
func TestARepeatedWrongPasswordIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attemptsFor(t, AttemptLimits{})
		if err := guess(a, "alice", "10.0.0.1", "old"); err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			err := guess(a, "ALICE", fmt.Sprint("10.0.0.", i), "old")
			if !errors.Is(err, ErrUnauthenticated) || err.Error() != classPassword || Reason(err) != wrongPassword {
				t.Fatalf("error is %v, reason %q", err, Reason(err))
			}
		}
		if n := guesses(a, 20, "alice", "10.0.0.1"); n != 4 {
			t.Errorf("after repetitions the directory was asked %d times, want 4", n)
		}
		if _, err := a.begin("bob", "10.0.0.1", "old"); err != nil {
			t.Errorf("another user with that password: %v", err)
		}
		time.Sleep(5 * time.Minute)
		if _, err := a.begin("alice", "10.0.0.1", "old"); err != nil {
			t.Errorf("five minutes later: %v", err)
		}
		if err := guess(a, "carol", "10.0.0.1", "old"); err != nil {
			t.Fatal(err)
		}
		a.limit(AttemptLimits{}) // other settings, maybe another directory
		if _, err := a.begin("carol", "10.0.0.1", "old"); err != nil {
			t.Errorf("under other settings: %v", err)
		}
	})
}

// G12: calls at once do not get around the count.
func TestAttemptsAreCountedBeforeTheyAreMade(t *testing.T) {
	a := attemptsFor(t, AttemptLimits{UserEvery: time.Hour})
	var calls sync.WaitGroup
	var begun atomic.Int64
	for i := range 100 {
		calls.Go(func() {
			if _, err := a.begin("alice", "10.0.0.1", fmt.Sprint(i)); err == nil {
				begun.Add(1)
			}
		})
	}
	calls.Wait()
	if n := begun.Load(); n != 5 {
		t.Errorf("100 calls at once began %d attempts, want 5", n)
	}
}

func TestWhatTheDirectoryDidNotJudgeIsNotCounted(t *testing.T) {
	a := attemptsFor(t, AttemptLimits{UserEvery: time.Hour})
	for i := range 50 {
		attempt, err := a.begin("alice", "10.0.0.1", fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		a.unanswered(attempt)
	}
	if n := guesses(a, 50, "alice", "10.0.0.1"); n != 5 {
		t.Errorf("the directory was asked %d times, want 5", n)
	}
}

func TestRefusedCredentialsOfAnAddressAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attemptsFor(t, AttemptLimits{Peer: 3, PeerEvery: time.Second})
		refused := func(peer string) (n int) {
			for ; n < 10 && a.mayTry(peer) == nil; n++ {
				a.failed(peer)
			}
			return n
		}
		if n := refused("10.0.0.1"); n != 3 {
			t.Errorf("%d refused, want 3", n)
		}
		err := a.mayTry("10.0.0.1")
		if !errors.Is(err, ErrLimited) || err.Error() != ErrLimited.Error() || Reason(err) != "Too many refused credentials from this address" {
			t.Errorf("error is %v, reason %q", err, Reason(err))
		}
		if err := a.mayTry("::ffff:10.0.0.1"); !errors.Is(err, ErrLimited) {
			t.Error("the same address in IPv6 has attempts of its own")
		}
		if n := refused("10.0.0.2"); n != 3 {
			t.Errorf("another address: %d refused, want 3", n)
		}
		if n := refused("2001:db8::1") + refused("2001:db8::ffff:1%eth0"); n != 3 {
			t.Errorf("one IPv6 network: %d refused, want 3", n)
		}
		if n := refused("2001:db8:0:1::1"); n != 3 {
			t.Errorf("another IPv6 network: %d refused, want 3", n)
		}
		if n := refused("@"); n != 3 {
			t.Errorf("a peer that is no IP address: %d refused, want 3", n)
		}
		if n := refused(""); n != 10 {
			t.Errorf("no address: %d refused, want no limit", n)
		}
		time.Sleep(2 * time.Second)
		if n := refused("10.0.0.1"); n != 2 {
			t.Errorf("after two seconds %d refused, want 2", n)
		}
	})
}

func TestOtherLimitsKeepTheCounts(t *testing.T) {
	a := attemptsFor(t, AttemptLimits{UserEvery: time.Hour, PeerEvery: time.Hour})
	guesses(a, 5, "alice", "10.0.0.1")
	for range 1000 {
		a.failed("10.0.0.1")
	}
	a.limit(AttemptLimits{UserEvery: time.Hour, PeerEvery: time.Hour, User: 6, Peer: 1001})
	if n := guesses(a, 5, "alice", "10.0.0.1"); n != 1 {
		t.Errorf("one more is allowed: asked %d times", n)
	}
	if err := a.mayTry("10.0.0.1"); err != nil {
		t.Errorf("one more is allowed: %v", err)
	}
	a.limit(AttemptLimits{User: 1, Peer: 1, UserEvery: time.Hour, PeerEvery: time.Hour})
	if n := guesses(a, 5, "alice", "10.0.0.1"); n != 0 {
		t.Errorf("fewer are allowed: asked %d times", n)
	}
	a.limit(AttemptLimits{User: -1, Peer: -1})
	if n := guesses(a, 100, "alice", "10.0.0.1"); n != 100 {
		t.Errorf("no limit: asked %d times", n)
	}
	if err := a.mayTry("10.0.0.1"); err != nil {
		t.Errorf("no limit: %v", err)
	}
}

// G12, N05: a flood of names and addresses neither fills the memory nor sets
// anybody's count back.
func TestMemoryOfAttemptsIsBounded(t *testing.T) {
	a := attemptsFor(t, AttemptLimits{UserEvery: time.Hour, PeerEvery: time.Hour, Peer: 10})
	guesses(a, 5, "alice", "10.0.0.1")
	for range 10 {
		a.failed("10.0.0.1")
	}
	for i := range 3 * maxCounted {
		name, peer := fmt.Sprint("user-", i), fmt.Sprintf("10.%d.%d.%d", 1+i>>16, i>>8&0xff, i&0xff)
		if attempt, err := a.begin(name, peer, "x"); err == nil {
			a.wrongNow(attempt)
			a.proven.put(attempt.pair, time.Now().Add(time.Hour))
		}
		a.failed(peer)
	}
	for name, n := range map[string]int{
		"peers": len(a.peers), "pairs": len(a.pairs), "users": len(a.users), "proven": len(a.proven), "wrong": len(a.wrong),
	} {
		if n > maxCounted {
			t.Errorf("%s: %d entries, at most %d", name, n, maxCounted)
		}
	}
	if n := guesses(a, 10, "alice", "10.0.0.1"); n != 0 {
		t.Errorf("a flood gave alice's guesser %d attempts back", n)
	}
	if err := a.mayTry("10.0.0.1"); !errors.Is(err, ErrLimited) {
		t.Errorf("a flood gave an address its attempts back: %v", err)
	}
}
