package flight

import (
	"strconv"

	"github.com/lakegate/lakegate/internal/sqltext"
)

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
	// fingerprintBytes is how much of a statement its fingerprint looks at.
	fingerprintBytes = 64 << 10
)

// fingerprint is equal for statements that differ only in letter case, blanks,
// comments and the values of literals. It holds nothing of the text.
func fingerprint(sql string) string {
	if len(sql) > fingerprintBytes {
		sql = sql[:fingerprintBytes]
	}
	h := uint64(fnvOffset)
	put := func(b byte) { h = (h ^ uint64(b)) * fnvPrime }
	gap, word := false, false // a blank is due; the last byte was of a word
	for i := 0; i < len(sql); {
		b := sql[i]
		if end := skipBlank(sql, i); end > i {
			i, gap = end, true
			continue
		}
		inWord := isWord(b)
		if gap && word && inWord {
			put(' ')
		}
		gap = false
		switch {
		case b == '\'':
			i = sqltext.QuotedEnd(sql, i, '\'')
			put('?')
			word = false
		case b == '"':
			end := sqltext.QuotedEnd(sql, i, '"')
			for ; i < end; i++ {
				put(sql[i])
			}
			word = false
		case b >= '0' && b <= '9' && !word:
			for i < len(sql) && (isWord(sql[i]) || sql[i] == '.') {
				i++
			}
			put('?')
			word = true
		default:
			if b >= 'A' && b <= 'Z' {
				b += 'a' - 'A'
			}
			put(b)
			word = inWord
			i++
		}
	}
	return strconv.FormatUint(h, 16)
}

func isWord(b byte) bool {
	return b == '_' || b >= 0x80 || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// skipBlank is the end of the blanks and comments that begin at i.
func skipBlank(sql string, i int) int {
	for i < len(sql) {
		switch {
		case sql[i] == ' ' || sql[i] == '\t' || sql[i] == '\n' || sql[i] == '\r' || sql[i] == '\f' || sql[i] == '\v':
			i++
		case i+1 < len(sql) && sql[i] == '-' && sql[i+1] == '-':
			for i < len(sql) && sql[i] != '\n' {
				i++
			}
		case i+1 < len(sql) && sql[i] == '/' && sql[i+1] == '*':
			for i += 2; i < len(sql) && (sql[i-1] != '*' || sql[i] != '/'); i++ {
			}
			i = min(i+1, len(sql))
		default:
			return i
		}
	}
	return i
}
