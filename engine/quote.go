package engine

import (
	"strings"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// literals quotes each of list and writes them as one SQL list.
func literals(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = sqltext.Literal(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
