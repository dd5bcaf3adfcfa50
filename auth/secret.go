package auth

import "log/slog"

const redacted = "[redacted]"

// Secret is a value that no print, log line or encoding shows. Convert it to a
// string only where it is handed to the library that needs it.
type Secret string

// String is "[redacted]", or empty where there is nothing to hide.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is what %#v prints.
func (s Secret) GoString() string { return s.String() }

// LogValue is what slog prints.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is what JSON and YAML encoders print.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
