package issuer

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Raw answers with these bytes.
func Raw(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
}

// Status answers with an HTTP status and no keys.
func Status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// HTML answers with a page, as a captive portal does.
func HTML() http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title>")
	}
}

// Hang never answers; with headers it sends those and then nothing.
func Hang(headers bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if headers {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

// Slow sends body one byte a second.
func Slow(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, b := range body {
			if _, err := w.Write([]byte{b}); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return
			}
		}
	}
}

// Huge begins as a key set and goes on for size bytes.
func Huge(size int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"keys":[],"x":"`)
		_, _ = io.CopyN(w, filler{}, size)
	}
}

// GzipBomb is Huge, compressed.
func GzipBomb(size int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"keys":[],"x":"`)
		_, _ = io.CopyN(z, filler{}, size)
		_ = z.Close()
	}
}

// Redirect sends the asker elsewhere.
func Redirect(code int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	}
}

// ManyKeys is a set of n copies of key with ids "many-0" and so on.
func ManyKeys(key Key, n int) []Key {
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = key
		keys[i].ID = fmt.Sprintf("many-%d", i)
	}
	return keys
}

type filler struct{}

func (filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
