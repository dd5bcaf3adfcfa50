package kerberos

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// maxKeytab is the size in bytes of the largest keytab.
const maxKeytab = 1 << 20

// The library's own words for a keytab that it cannot read quote what it holds.
var errKeytab = errors.New("not a keytab")

// keytabFile is the service's keys, in a file that is looked at with each ticket, so
// that a new key counts at once. A change that cannot be read leaves the keys as they
// were.
type keytabFile struct {
	path  string
	parts []string // the service's name
	realm string
	log   *slog.Logger

	mu     sync.Mutex
	info   os.FileInfo // of the file whose content was judged last; nil: none was
	failed string      // why the last change could not be read; empty if it could
	keys   []serviceKey
}

// serviceKey is one that tickets may be encrypted with.
type serviceKey struct {
	types.EncryptionKey
	version int
}

// openKeytab reads the file, which must be in order now.
func openKeytab(path string, parts []string, realm string, log *slog.Logger) (*keytabFile, error) {
	f := &keytabFile{path: path, parts: parts, realm: realm, log: log}
	return f, f.read()
}

// decrypt makes the KDC's part of t readable.
func (f *keytabFile) decrypt(t *messages.Ticket) error {
	sealed := t.EncPart
	if !strong(sealed.EType) {
		return refused("it is encrypted by a weak or unknown algorithm; only AES is accepted")
	}
	if !decipherable(sealed.Cipher, sealed.EType) {
		return refused("malformed ticket")
	}
	keys := f.current()
	tried := false
	for _, key := range keys {
		// A KDC may leave the version out.
		if key.KeyType != sealed.EType || sealed.KVNO != 0 && sealed.KVNO != key.version {
			continue
		}
		if t.Decrypt(key.EncryptionKey) == nil {
			return nil
		}
		tried = true
	}
	if !tried {
		return refused("the keytab has no key of the ticket's version and type; it has " + versions(keys))
	}
	return refused("no key of the keytab decrypts it")
}

func versions(keys []serviceKey) string {
	var list []string
	for _, k := range keys {
		list = append(list, fmt.Sprintf("version %d type %d", k.version, k.KeyType))
	}
	return strings.Join(list, ", ")
}

// current is the keys, read again if the file is another than before.
func (f *keytabFile) current() []serviceKey {
	info, err := os.Stat(f.path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && f.info != nil && os.SameFile(info, f.info) && info.Size() == f.info.Size() && info.ModTime().Equal(f.info.ModTime()) {
		return f.keys
	}
	f.info = nil
	if err == nil {
		err = f.read()
	}
	failed := ""
	if err != nil {
		failed = err.Error()
	}
	switch {
	case err == nil:
		f.log.Info("keytab read again", "file", f.path, "keys", len(f.keys))
	case failed != f.failed:
		f.log.Error("keytab cannot be read again; the old keys stay", "file", f.path, "error", err)
	}
	f.failed = failed
	return f.keys
}

// read takes over what the file holds now. The caller holds mu.
func (f *keytabFile) read() error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // nothing was written
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", f.path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeytab+1))
	if err != nil {
		return err
	}
	f.info = info
	if len(text) > maxKeytab {
		return fmt.Errorf("%s: larger than %d bytes", f.path, maxKeytab)
	}
	keys, weak, err := f.parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	f.keys = keys
	if weak {
		f.log.Warn("the keytab has keys of weak types (RC4, DES), which are not used: tickets that they encrypt are refused", "file", f.path)
	}
	if info.Mode().Perm()&0o007 != 0 {
		f.log.Warn("the keytab is open to every user of this machine; whoever reads it can be anybody here", "file", f.path, "mode", info.Mode().Perm().String())
	}
	return nil
}

// parse finds the service's keys, and says whether there are weak ones beside them.
func (f *keytabFile) parse(text []byte) (keys []serviceKey, weak bool, err error) {
	// The library believes the lengths that it reads.
	defer func() {
		if recover() != nil {
			keys, weak, err = nil, false, errKeytab
		}
	}()
	var tab keytab.Keytab
	if tab.Unmarshal(text) != nil {
		return nil, false, errKeytab
	}
	for _, e := range tab.Entries {
		if e.Principal.Realm != f.realm || !slices.Equal(e.Principal.Components, f.parts) {
			continue
		}
		if strong(e.Key.KeyType) {
			keys = append(keys, serviceKey{EncryptionKey: e.Key, version: int(e.KVNO)})
		} else {
			weak = true
		}
	}
	name := strings.Join(f.parts, "/") + "@" + f.realm
	switch {
	case len(keys) == 0 && weak:
		return nil, false, fmt.Errorf("has only keys of weak or unknown types (RC4, DES) for %s; AES is required", name)
	case len(keys) == 0:
		return nil, false, fmt.Errorf("has no key for %s", name)
	}
	return keys, weak, nil
}
