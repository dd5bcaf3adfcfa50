package audit

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Longer texts are cut: one statement must not fill the disk.
const (
	statementMost = 64 << 10
	reasonMost    = 4 << 10
	cutMark       = " [cut]"
)

// appendLine appends r as one line: what encoding/json makes of it, for less.
func appendLine(b []byte, r *Record) []byte {
	if r.Duration != 0 {
		r.DurationMS = float64(r.Duration.Round(time.Microsecond)) / float64(time.Millisecond)
	}
	b = append(b, `{"time":"`...)
	b = r.Time.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","event":`...)
	b = appendString(b, string(r.Event))
	b = appendField(b, "id", r.ID)
	b = appendField(b, "session", r.Session)
	b = appendField(b, "peer", r.Peer)
	b = appendField(b, "protocol", r.Protocol)
	b = appendField(b, "method", r.Method)
	b = appendField(b, "command", r.Command)
	b = appendField(b, "provider", r.Provider)
	b = appendField(b, "subject", r.Subject)
	b = appendField(b, "user", r.User)
	b = appendField(b, "actor", r.Actor)
	b = appendList(b, "groups", r.Groups)
	b = appendField(b, "credential", r.Credential)
	b = appendField(b, "decision", r.Decision)
	b = appendList(b, "rules", r.Rules)
	b = appendField(b, "fingerprint", r.Fingerprint)
	b = appendField(b, "statement", cut(r.Statement, statementMost))
	b = appendList(b, "reads", r.Reads)
	b = appendList(b, "columns", r.Columns)
	b = appendField(b, "target", r.Target)
	b = appendNumber(b, "rows", r.Rows)
	b = appendNumber(b, "bytes", r.Bytes)
	if r.DurationMS != 0 {
		b = append(b, `,"duration_ms":`...)
		b = strconv.AppendFloat(b, r.DurationMS, 'f', -1, 64)
	}
	b = appendField(b, "code", r.Code)
	b = appendField(b, "reason", cut(r.Reason, reasonMost))
	b = appendField(b, "error_id", r.ErrorID)
	b = appendNumber(b, "lost", r.Lost)
	return append(b, '}', '\n')
}

func appendName(b []byte, name string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func appendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(appendName(b, name), value)
}

func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), n, 10)
}

func appendList(b []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	b = appendName(b, name)
	for i, s := range list {
		if i == 0 {
			b = append(b, '[')
		} else {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendString appends s in quotes. What needs more than that is left to encoding/json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil { // never: any string can be written
				quoted = []byte(`""`)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// cut is s, or what of it fits in most bytes, with a mark.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for i := 1; i < utf8.UTFMax && i <= len(s); i++ { // not through a character
		if utf8.RuneStart(s[len(s)-i]) {
			if !utf8.FullRuneInString(s[len(s)-i:]) {
				s = s[:len(s)-i]
			}
			break
		}
	}
	return strings.Clone(s) + cutMark
}
