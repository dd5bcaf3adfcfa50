package tests

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// memoryOf is the resident memory of the server, in MiB.
func (s *server) memory(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return kib / 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// busy is the processor time that the server has used.
func (s *server) busy(t testing.TB) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// idles waits until the server has nothing to do any more.
func (s *server) idles(t testing.TB, limit time.Duration) {
	t.Helper()
	eventually(t, limit, "the server comes to rest", func() bool {
		before := s.busy(t)
		time.Sleep(300 * time.Millisecond)
		return s.busy(t)-before < 60*time.Millisecond
	})
}

// descriptors is how many files and sockets the server has open.
func (s *server) descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// endless are rows without end, for as long as anybody waits: more than memory holds.
const endless = "SELECT a.range AS a, b.range AS b FROM range(100000000) a, range(100000) b"

func TestAStreamWhoseClientDiesIsInterrupted(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	s := l.start(t, "")
	writer := token(t, l.peers.issuer, "wanda")
	c := s.dial(t, writer)
	c.want(t, "SELECT 1", "1")
	for range 2 { // what is loaded at first use is loaded then
		s.startVictim(t, "stream", writer, endless)()
	}
	s.idles(t, 20*time.Second)
	memory, descriptors := s.memory(t), s.descriptors(t)
	for range 8 {
		s.startVictim(t, "stream", writer, endless)()
	}
	s.idles(t, 20*time.Second)
	eventually(t, 10*time.Second, "the connections are closed", func() bool { return s.descriptors(t) <= descriptors+1 })
	if now := s.memory(t); now > memory+150 {
		t.Errorf("%d MiB of memory after eight dead clients, %d before", now, memory)
	}
	c.want(t, "SELECT 1", "1")
}

func TestAStatementWhoseClientDiesBeforeTheFirstRowIsInterrupted(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	writer := token(t, iss, "wanda")
	kill := s.startVictim(t, "statement", writer, "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range * b.range % 7 = 1")
	before := s.busy(t)
	eventually(t, 20*time.Second, "the statement runs", func() bool { return s.busy(t) > before+500*time.Millisecond })
	kill()
	s.idles(t, 10*time.Second)
	s.dial(t, writer).want(t, "SELECT 1", "1")
}

func TestAnIngestWhoseClientDiesLeavesNothing(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	s := l.start(t, "")
	writer := token(t, l.peers.issuer, "wanda")
	c := s.dial(t, writer)
	for _, table := range []string{"boilstream.main.half", "scratch.main.half"} {
		c.do(t, "CREATE TABLE "+table+" (id BIGINT, name VARCHAR)")
		c.do(t, "INSERT INTO "+table+" VALUES (-1, 'before')")
	}
	// An ingest without catalog goes to the default one.
	kill := s.startVictim(t, "ingest", writer, "half")
	c.want(t, "SELECT count(*) FROM boilstream.main.half", "1") // not while it runs
	kill()
	s.idles(t, 20*time.Second)
	c.want(t, "SELECT id, name FROM boilstream.main.half", "-1|before")
	// The way is free for the next: the dead one holds no lock.
	n, err := c.ingest(c.ctx(t), "half", batches(2, 1000, nil))
	if err != nil || n != 2000 {
		t.Fatalf("the next ingest gives %d, %v; want 2000", n, err)
	}
	c.want(t, "SELECT count(*) FROM boilstream.main.half", "2001")
}

func TestATransactionWhoseClientDiesIsRolledBack(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	s := l.start(t, "")
	writer := token(t, l.peers.issuer, "wanda")
	c := s.dial(t, writer)
	for _, table := range []string{"boilstream.main.accounts", "scratch.main.accounts"} {
		c.do(t, "CREATE TABLE "+table+" (id INTEGER, money INTEGER)")
		c.do(t, "INSERT INTO "+table+" VALUES (1, 100)")
		kill := s.startVictim(t, "transaction", writer,
			"UPDATE "+table+" SET money = 0 WHERE id = 1;INSERT INTO "+table+" VALUES (2, 100)")
		c.want(t, "SELECT id, money FROM "+table, "1|100")
		kill()
		eventually(t, 20*time.Second, "another may write the same row", func() bool {
			_, err := c.ExecuteUpdate(c.ctx(t), "UPDATE "+table+" SET money = 99 WHERE id = 1")
			return err == nil
		})
		c.want(t, "SELECT id, money FROM "+table, "1|99")
	}
}

func TestAClientThatCancelsIsAnsweredAtOnceAndItsStatementEnds(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	c := s.dial(t, token(t, iss, "rita"))
	rows := c.open(t, endless)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	rows.cancel()
	if _, err := rows.drain(); err == nil {
		t.Error("a cancelled stream ended without an error")
	}
	s.idles(t, 10*time.Second)
	c.want(t, "SELECT 1", "1")
}
