package auth_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rowsOf are the ids that docs/identity/coverage.md must have: of what users of
// five systems expect, and of the attacks that it must withstand.
func rowsOf() []string {
	var ids []string
	add := func(format string, last int, without ...int) {
		for n := 1; n <= last; n++ {
			if !slices.Contains(without, n) {
				ids = append(ids, fmt.Sprintf(format, n))
			}
		}
	}
	add("BS-%02d", 28)
	add("OK-%02d", 21)
	add("DO-%02d", 7)
	add("DT-%02d", 8)
	add("HC-%02d", 21)
	add("A%02d", 16, 8, 9)
	add("B%02d", 18, 16)
	add("C%02d", 10, 5)
	add("D%02d", 29, 16)
	add("E%02d", 7)
	add("F%02d", 16, 10)
	add("G%02d", 18, 3)
	add("H%02d", 17, 3)
	add("I%02d", 8)
	add("J%02d", 5)
	add("K%02d", 8, 3)
	add("L%02d", 14, 8)
	add("M%02d", 22, 17)
	add("N%02d", 6)
	return ids
}

var (
	coverageRow = regexp.MustCompile(`(?m)^\| ([A-Z]{1,2}-?\d\d) \| ([^|]+) \| ([^|]+) \|$`)
	// testFunction is a test as it is declared.
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w*)\(`)
	testName     = regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz|Benchmark)[A-Za-z0-9_]+)`")
)

// TestEveryRowOfTheCoverageTableHasATest fails on a row that is missing, or that
// names no test, or one that is not there. A row that cannot have a test here says why,
// beginning with "none:".
func TestEveryRowOfTheCoverageTableHasATest(t *testing.T) {
	text, err := os.ReadFile("../docs/identity/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, row := range coverageRow.FindAllStringSubmatch(string(text), -1) {
		if _, twice := rows[row[1]]; twice {
			t.Errorf("%s is there twice", row[1])
		}
		rows[row[1]] = strings.TrimSpace(row[3])
	}
	folders := map[string]map[string]bool{}
	for _, id := range rowsOf() {
		tests, there := rows[id]
		delete(rows, id)
		switch {
		case !there:
			t.Errorf("%s is missing", id)
		case strings.HasPrefix(tests, "none: ") && len(tests) > len("none: ")+20:
		default:
			names := testName.FindAllStringSubmatch(tests, -1)
			if len(names) == 0 {
				t.Errorf("%s names no test: %s", id, tests)
			}
			for _, name := range names {
				if folders[name[1]] == nil {
					folders[name[1]] = testsIn(t, filepath.Join("..", name[1]))
				}
				if !folders[name[1]][name[2]] {
					t.Errorf("%s: there is no %s in %s", id, name[2], name[1])
				}
			}
		}
	}
	for id := range rows {
		t.Errorf("%s is no row that is known", id)
	}
}

// testsIn are the functions of a folder's tests.
func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range testFunction.FindAllSubmatch(text, -1) {
			names[string(name[1])] = true
		}
	}
	return names
}

// DO-07, DT-07: what no setting of ours can prevent is said where one looks.
func TestThePageAboutDominoWarns(t *testing.T) {
	page, err := os.ReadFile("../docs/identity/domino.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"com.cerebro.domino.auth.refreshTokenInRun.enabled", "single sign-on", "an account of their own"} {
		if !strings.Contains(strings.Join(strings.Fields(string(page)), " "), want) {
			t.Errorf("docs/identity/domino.md does not speak of %q", want)
		}
	}
}
