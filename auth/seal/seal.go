// Package seal encrypts and authenticates what this deployment gives to callers to
// bring back, under keys that its replicas share.
package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Key seals. Replicas share it.
type Key struct {
	secret [chacha20poly1305.KeySize]byte
}

// NewKey is a random key.
func NewKey() (Key, error) {
	var k Key
	if _, err := rand.Read(k.secret[:]); err != nil {
		return k, fmt.Errorf("make a key: %w", err)
	}
	return k, nil
}

// ParseKey reads 32 bytes written in hexadecimal or base64.
func ParseKey(text string) (Key, error) {
	var k Key
	text = strings.TrimSpace(text)
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	}
	if err != nil || len(raw) != len(k.secret) {
		return k, fmt.Errorf("a key is %d bytes in hexadecimal or base64", len(k.secret))
	}
	copy(k.secret[:], raw)
	return k, nil
}

// Text is what ParseKey reads: for the file that keeps the key, and
// nothing else.
func (k Key) Text() string { return hex.EncodeToString(k.secret[:]) }

// String hides the key, as do the other ways of printing it.
func (Key) String() string { return "[redacted]" }

// GoString is what %#v prints.
func (Key) GoString() string { return "[redacted]" }

// LogValue is what slog prints.
func (Key) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// A sealed thing is version, key id, nonce, and the encrypted plaintext with its
// tag. The nonces are random and long enough never to meet again.
const (
	sealVersion = 1
	keyIDSize   = 4
	headSize    = 1 + keyIDSize
	minSealed   = headSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// Sealer seals under its first key and opens under all. It is safe for
// concurrent use.
type Sealer struct{ keys []sealingKey }

// ErrSeal means that something was not sealed for this kind under any of the
// keys. It says nothing about why.
var ErrSeal = errors.New("not sealed by this deployment")

type sealingKey struct {
	id   [keyIDSize]byte
	aead cipher.AEAD
}

// New gives a Sealer with those keys, of which there must be one.
func New(keys ...Key) (*Sealer, error) {
	s := &Sealer{}
	for _, k := range keys {
		aead, err := chacha20poly1305.NewX(k.secret[:])
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append([]byte("lakegate ticket key id\x00"), k.secret[:]...))
		s.keys = append(s.keys, sealingKey{id: [keyIDSize]byte(sum[:keyIDSize]), aead: aead})
	}
	if len(s.keys) == 0 {
		return nil, errors.New("none given")
	}
	return s, nil
}

// Seal encrypts plain under the first key. What is sealed as one kind never opens
// as another.
func (s *Sealer) Seal(kind byte, plain []byte) ([]byte, error) {
	key := s.keys[0]
	out := make([]byte, headSize+chacha20poly1305.NonceSizeX, minSealed+len(plain))
	out[0] = sealVersion
	copy(out[1:], key.id[:])
	nonce := out[headSize:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return key.aead.Seal(out, nonce, plain, additional(kind, key.id)), nil
}

// Open is the reverse. The only error is ErrSeal.
func (s *Sealer) Open(kind byte, sealed []byte) ([]byte, error) {
	if len(sealed) < minSealed || sealed[0] != sealVersion {
		return nil, ErrSeal
	}
	for _, key := range s.keys {
		if !bytes.Equal(sealed[1:headSize], key.id[:]) {
			continue
		}
		nonce, text := sealed[headSize:headSize+chacha20poly1305.NonceSizeX], sealed[headSize+chacha20poly1305.NonceSizeX:]
		if plain, err := key.aead.Open(nil, nonce, text, additional(kind, key.id)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSeal
}

func additional(kind byte, id [keyIDSize]byte) []byte {
	return []byte{kind, sealVersion, id[0], id[1], id[2], id[3]}
}
