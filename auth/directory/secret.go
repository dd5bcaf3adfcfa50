package directory

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// String names the directory and the account that searches it.
func (c Config) String() string {
	text := "LDAP " + strings.Join(c.Hosts, " ")
	if c.BindDN != "" {
		text += " as " + c.BindDN
	}
	return text
}

// Format prints String, whatever the verb is.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is what slog prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is what JSON and YAML encoders print.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Format prints where the directory is, whatever the verb is.
func (d *Directory) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.cfg.String()) }
