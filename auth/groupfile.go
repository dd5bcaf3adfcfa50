package auth

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// maxGroupFile is the size in bytes of the largest group file.
const maxGroupFile = 16 << 20

var (
	errGroupFileSize = fmt.Errorf("the file is larger than %d bytes", maxGroupFile)
	errGroupLine     = errors.New("want a line of the form group:user,user")
)

// groupFile is a file of lines "group:user,user", as Trino's file group provider
// reads them; a line that begins with # is a comment. It is looked at when
// somebody asks, at most once in every; a change that cannot be read leaves the
// groups as they were.
type groupFile struct {
	path  string
	every time.Duration
	read  func() ([]byte, error)
	log   *slog.Logger

	mu     sync.Mutex
	looked time.Time
	digest [sha256.Size]byte // of what byUser was made from
	failed string            // why the last look did not succeed; empty if it did
	byUser map[string][]string
}

// openGroupFile reads the file, which must be in order now.
func openGroupFile(path string, every time.Duration, log *slog.Logger) (*groupFile, error) {
	f := &groupFile{path: path, every: every, log: log, read: fileWithin(path, maxGroupFile, errGroupFileSize)}
	return f, f.look()
}

// groups are user's; false if no line names them. Users are compared exactly.
func (f *groupFile) groups(user string) ([]string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) >= f.every {
		f.again()
	}
	groups, known := f.byUser[user]
	return groups, known
}

// again looks at the file, and logs what changed since the last time. The
// caller holds mu.
func (f *groupFile) again() {
	before, failed := f.digest, f.failed
	err := f.look()
	f.failed = ""
	if err != nil {
		f.failed = err.Error()
	}
	switch {
	case err != nil && f.failed != failed:
		f.log.Error("group file cannot be read again; the old groups stay", "file", f.path, "error", err)
	case err == nil && (failed != "" || f.digest != before):
		f.log.Info("group file read again", "file", f.path, "users", len(f.byUser))
	}
}

// look takes over what the file says now.
func (f *groupFile) look() error {
	f.looked = time.Now()
	text, err := f.read()
	if err != nil {
		return err
	}
	digest := sha256.Sum256(text)
	if f.byUser != nil && digest == f.digest {
		return nil
	}
	byUser, err := parseGroupFile(text)
	if err != nil {
		return fmt.Errorf("%s:%w", f.path, err)
	}
	f.byUser, f.digest = byUser, digest
	return nil
}

// parseGroupFile gives each user's groups, in the order of the lines. Its errors
// begin with the number of the line.
func parseGroupFile(text []byte) (map[string][]string, error) {
	byUser := map[string][]string{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if !utf8.Valid(line) {
			return nil, fmt.Errorf("%d: not UTF-8", number)
		}
		group, users, ok := strings.Cut(strings.TrimSpace(string(line)), ":")
		switch group = strings.TrimSpace(group); {
		case group == "" && !ok, strings.HasPrefix(group, "#"):
			continue
		case group == "" || !ok:
			return nil, fmt.Errorf("%d: %w", number, errGroupLine)
		}
		for user := range strings.SplitSeq(users, ",") {
			if user = strings.TrimSpace(user); user == "" {
				continue
			}
			if _, err := cleanName(user); err != nil {
				return nil, fmt.Errorf("%d: a user's name is %w", number, err)
			}
			byUser[user] = append(byUser[user], group)
		}
	}
	return byUser, nil
}
