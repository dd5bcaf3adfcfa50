package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// FuzzSettings: whatever a file and a variable hold, the answer is settings that
// can be printed or mistakes with words, never a panic, and never the secret.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{minimal, pageExample, secrets, "", "---\n", "a: &a {b: *a}\n", "<<: {listen: x}\n", "? [a]\n: b\n", "listen: !!int 3\n", "engine: {threads: 0x10}\n", "grace: |\n  30s\n", "catalogs: {\"\": {}}\n", "\t- x", "listen: \"\\0\"\n"} {
		f.Add(seed, "LAKEGATE_ENGINE_THREADS=4")
	}
	f.Fuzz(func(t *testing.T, text, variable string) {
		if strings.Contains(text, "_file") || strings.Contains(variable, "_FILE") || strings.Contains(text, "certificate") {
			t.Skip("would read this machine's files")
		}
		const secret = "correct-horse-battery"
		l, err := parseSettings("f.yaml", "/nowhere", []byte(text), []string{variable, "LAKEGATE_TICKET_KEY=" + secret})
		var s *settingsError
		if !errors.As(err, &s) || len(s.mistakes) == 0 {
			t.Fatalf("a bad ticket key passed: %v, %v", l, err)
		}
		if strings.Contains(err.Error(), secret) {
			t.Fatalf("the secret is in: %v", err)
		}
		if l, err := parseSettings("f.yaml", "/nowhere", []byte(text), []string{variable}); err == nil {
			if err := l.print(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	})
}
