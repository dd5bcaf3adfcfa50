package flight

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/seal"
)

func testKey(t testing.TB, b byte) seal.Key {
	t.Helper()
	k, err := seal.ParseKey(strings.Repeat(fmt.Sprintf("%02x", b), 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testSealer(t testing.TB, keys ...seal.Key) *Server {
	t.Helper()
	sealer, err := seal.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return &Server{cfg: Config{Now: time.Now}, seal: sealer}
}

func callBy(user string) *call {
	p := auth.Principal{Provider: "test", Subject: user, User: user}
	return &call{who: p, owner: ownerOf(p)}
}

func TestHandlesComeBackAsTheyWereSealed(t *testing.T) {
	s := testSealer(t, testKey(t, 1))
	alice := callBy("alice")
	h := handle{SQL: "SELECT 'ä'", Catalog: "lake", Schema: "main", Params: []byte{0, 1, 2}, Count: -7, Ran: ranCounted, Session: id{9}, Transaction: id{8}}
	sealed, err := s.give(alice, statementTicket, h, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.take(alice, statementTicket, sealed)
	if err != nil {
		t.Fatal(err)
	}
	h.Owner, h.Expires = alice.owner, got.Expires
	if !reflect.DeepEqual(got, h) {
		t.Errorf("got %+v, want %+v", got, h)
	}
	if bytes.Contains(sealed, []byte("SELECT")) {
		t.Error("the statement can be read in its ticket")
	}
}

func TestTicketsOpenForTheirOwnerKindAndKeyAlone(t *testing.T) {
	s := testSealer(t, testKey(t, 1))
	alice := callBy("alice")
	sealed, err := s.give(alice, statementTicket, handle{SQL: "SELECT 1"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"another principal": func() error { _, err := s.take(callBy("bob"), statementTicket, sealed); return err },
		"another kind":      func() error { _, err := s.take(alice, preparedHandle, sealed); return err },
		"another key": func() error {
			_, err := testSealer(t, testKey(t, 2)).take(alice, statementTicket, sealed)
			return err
		},
		"nothing": func() error { _, err := s.take(alice, statementTicket, nil); return err },
	} {
		if err := try(); !errors.Is(err, errHandle) {
			t.Errorf("%s: %v, want %v", name, err, errHandle)
		}
	}
	for i := range sealed {
		forged := bytes.Clone(sealed)
		forged[i] ^= 1 << rand.N(8) //nolint:gosec // which bit does not matter
		if _, err := s.take(alice, statementTicket, forged); !errors.Is(err, errHandle) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := s.take(alice, statementTicket, sealed[:i]); !errors.Is(err, errHandle) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

func TestOldKeysOpenAndTheFirstSeals(t *testing.T) {
	alice := callBy("alice")
	before, both := testSealer(t, testKey(t, 1)), testSealer(t, testKey(t, 2), testKey(t, 1))
	old, err := before.give(alice, preparedHandle, handle{SQL: "x"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := both.take(alice, preparedHandle, old); err != nil {
		t.Errorf("the old key's handle: %v", err)
	}
	fresh, err := both.give(alice, preparedHandle, handle{SQL: "x"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.take(alice, preparedHandle, fresh); !errors.Is(err, errHandle) {
		t.Errorf("sealed by the new key, opened by the old: %v", err)
	}
}

func TestTicketsExpireForTheirHolder(t *testing.T) {
	s := testSealer(t, testKey(t, 1))
	now := time.Now()
	s.cfg.Now = func() time.Time { return now }
	alice := callBy("alice")
	sealed, err := s.give(alice, statementTicket, handle{}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	if _, err := s.take(alice, statementTicket, sealed); !errors.Is(err, errExpired) {
		t.Errorf("the holder: %v", err)
	}
	if _, err := s.take(callBy("bob"), statementTicket, sealed); !errors.Is(err, errHandle) {
		t.Errorf("another: %v", err)
	}
}

func TestTicketKeysAreNeverPrinted(t *testing.T) {
	k := testKey(t, 0xab)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", k)
	printed := fmt.Sprintf("%v %+v %#v %s", k, k, k, Config{TicketKeys: []seal.Key{k}}.TicketKeys) + log.String()
	if strings.Contains(printed, "abab") || strings.Contains(printed, "171") {
		t.Errorf("printed: %s", printed)
	}
	if _, err := seal.ParseKey("abab"); err == nil || strings.Contains(err.Error(), "abab") {
		t.Errorf("a short key: %v", err)
	}
	if again, err := seal.ParseKey(k.Text()); err != nil || again != k {
		t.Errorf("its own text: %v", err)
	}
}

func FuzzTicketsThatWeDidNotSealNeverOpen(f *testing.F) {
	s := testSealer(f, testKey(f, 1))
	alice := callBy("alice")
	good, err := s.give(alice, statementTicket, handle{SQL: "SELECT 1"}, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add(good[:len(good)-1])
	f.Add(append(bytes.Clone(good), 0))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if bytes.Equal(sealed, good) {
			return
		}
		if _, err := s.take(alice, statementTicket, sealed); !errors.Is(err, errHandle) {
			t.Errorf("%x: %v", sealed, err)
		}
	})
}

func FuzzDecodedHandlesEncodeToTheSameBytes(f *testing.F) {
	h := handle{SQL: "SELECT 1", Params: []byte("p"), Count: 3, Expires: 1 << 40}
	f.Add(h.encode())
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeHandle(b)
		if err != nil {
			if !errors.Is(err, errHandle) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := decodeHandle(h.encode())
		if err != nil || again.SQL != h.SQL || !bytes.Equal(again.Params, h.Params) || again.Expires != h.Expires || again.Count != h.Count {
			t.Errorf("%x: %+v, then %+v, %v", b, h, again, err)
		}
	})
}
