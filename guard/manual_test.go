package guard_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/guard"
)

// examples are the statements of docs/sql.md in blocks opened with fence under heading.
func examples(t *testing.T, heading, fence string) []string {
	t.Helper()
	manual, err := os.ReadFile("../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var out []string
	for _, block := range regexp.MustCompile("(?s)```"+fence+"\n(.*?)```").FindAllStringSubmatch(section, -1) {
		out = append(out, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	if len(out) == 0 {
		t.Fatalf("docs/sql.md has no %s examples under %q", fence, heading)
	}
	return out
}

func TestTheManualsExamplesAreDecidedAsItSays(t *testing.T) {
	c, _, writer := setup(t)
	writer = writer.As("ann")
	for _, sql := range examples(t, "Accepted", "sql") {
		v, err := guard.Check(context.Background(), c, writer, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if v.SQL == "" {
			continue // the session's own affair
		}
		c.exec(t, "BEGIN")
		if _, _, err := c.rows(v.SQL); err != nil {
			t.Errorf("%s\n-> %s\n: %v", sql, v.SQL, err)
		}
		c.exec(t, "ROLLBACK")
	}
	for _, sql := range examples(t, "Refused", "sql") {
		_, err := guard.Check(context.Background(), c, writer, sql)
		if got := class(err); got != deniedToAll && got != malformed {
			t.Errorf("%s: %v; want a refusal", sql, err)
		}
	}
}

func TestTheManualSaysWhatDuckLakeCannotDo(t *testing.T) {
	c := fixture(t)
	all := append(slices.Clone(lakes), withDuckLake(t, c))
	writer := view(t, contents(t, c, all), "writers").At("duck", "s3")
	const heading = "What a DuckLake catalog cannot do"
	for _, sql := range examples(t, heading, "sql ducklake") {
		if _, err := guard.Check(context.Background(), c, writer, sql); class(err) != malformed || !strings.Contains(err.Error(), "duck is a DuckLake catalog") {
			t.Errorf("%s: %v; want a refusal that names DuckLake", sql, err)
		}
	}
	for _, sql := range examples(t, heading, "sql ducklake-accepted") {
		v, err := guard.Check(context.Background(), c, writer, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if _, _, err := c.rows(v.SQL); err != nil {
			t.Errorf("%s\n-> %s\n: %v", sql, v.SQL, err)
		}
	}
}
