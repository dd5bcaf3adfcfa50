package flight

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

// TicketKey seals tickets, handles and cookies. Replicas share it.
type TicketKey struct {
	secret [chacha20poly1305.KeySize]byte
}

// NewTicketKey is a random key.
func NewTicketKey() (TicketKey, error) {
	var k TicketKey
	if _, err := rand.Read(k.secret[:]); err != nil {
		return k, fmt.Errorf("make a ticket key: %w", err)
	}
	return k, nil
}

// ParseTicketKey reads 32 bytes written in hexadecimal or base64.
func ParseTicketKey(text string) (TicketKey, error) {
	var k TicketKey
	text = strings.TrimSpace(text)
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	}
	if err != nil || len(raw) != len(k.secret) {
		return k, fmt.Errorf("a ticket key is %d bytes in hexadecimal or base64", len(k.secret))
	}
	copy(k.secret[:], raw)
	return k, nil
}

// Text is what ParseTicketKey reads: for the file that keeps the key, and
// nothing else.
func (k TicketKey) Text() string { return hex.EncodeToString(k.secret[:]) }

// String hides the key, as do the other ways of printing it.
func (TicketKey) String() string { return "[redacted]" }

// GoString is what %#v prints.
func (TicketKey) GoString() string { return "[redacted]" }

// LogValue is what slog prints.
func (TicketKey) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// kind is what a sealed thing is for; one kind never opens as another.
type kind byte

const (
	statementTicket kind = 'q'
	preparedHandle  kind = 'p'
	transactionID   kind = 't'
	sessionCookie   kind = 'c'
)

// A sealed thing is version, key id, nonce, and the encrypted plaintext with its
// tag. The nonces are random and long enough never to meet again.
const (
	sealVersion = 1
	keyIDSize   = 4
	headSize    = 1 + keyIDSize
	minSealed   = headSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

type sealer struct{ keys []sealingKey }

type sealingKey struct {
	id   [keyIDSize]byte
	aead cipher.AEAD
}

func newSealer(keys []TicketKey) (*sealer, error) {
	s := &sealer{}
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

// seal encrypts plain under the first key.
func (s *sealer) seal(k kind, plain []byte) ([]byte, error) {
	key := s.keys[0]
	out := make([]byte, headSize+chacha20poly1305.NonceSizeX, minSealed+len(plain))
	out[0] = sealVersion
	copy(out[1:], key.id[:])
	nonce := out[headSize:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return key.aead.Seal(out, nonce, plain, additional(k, key.id)), nil
}

// open is the reverse; errHandle says nothing about why it would not open.
func (s *sealer) open(k kind, sealed []byte) ([]byte, error) {
	if len(sealed) < minSealed || sealed[0] != sealVersion {
		return nil, errHandle
	}
	for _, key := range s.keys {
		if !bytes.Equal(sealed[1:headSize], key.id[:]) {
			continue
		}
		nonce, text := sealed[headSize:headSize+chacha20poly1305.NonceSizeX], sealed[headSize+chacha20poly1305.NonceSizeX:]
		if plain, err := key.aead.Open(nil, nonce, text, additional(k, key.id)); err == nil {
			return plain, nil
		}
	}
	return nil, errHandle
}

func additional(k kind, id [keyIDSize]byte) []byte {
	return []byte{byte(k), sealVersion, id[0], id[1], id[2], id[3]}
}
