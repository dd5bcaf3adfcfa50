package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// The statements of the adversary lie in testdata/adversary/*.sql, in blocks:
//
//	-- id: L05-012
//	-- tries: what the statement is after
//	-- as: reader filtered           who runs it; absent for all five
//	-- via: query prepared update    the doors; absent for these three
//	-- expect: refused               what must come of it
//	-- expect filtered: same         and of that caller alone
//	SELECT ...
//
// What may be expected:
//
//	refused [CODE ...]  an error, with one of these codes or of refusals
//	hidden NAME         the same, letter by letter, as for a name that nothing has
//	permitted           refused, or the rows that the same statement gives over
//	                    tables that hold only what the caller may see
//	same                these rows; or refused if there it is an error
//	rows                the rows of the lines "-- row:"
//	count N             it changes N rows
//	done                it works
//	like                what comes of the statement of the line "like:", of the same caller
//	any                 an answer or a refusal that breaks no invariant
//
// Further lines: "same-as: SQL" compares with another statement's rows there;
// "setup: SQL" and "undo: SQL" are run by an administrator before and after,
// "first: SQL" by the caller before, in the same session ("first?: SQL" may fail);
// "check: SQL" by the administrator after it, which must give the lines "gives:";
// "bind: a, b" are texts bound to the parameters of the prepared statement. Lines
// with three dashes are remarks. In statements %{10|ab} is "ab" ten times, %{U+0000}
// that character, %{file} a file in a folder that must stay empty.

// people are the callers, in two lanes that run at the same time.
var people = [][]string{{"reader", "filtered", "masked"}, {"writer", "nobody"}}

var doors = []string{"query", "prepared", "update"}

// attempt is one block.
type attempt struct {
	place, id, tries string
	as, via          []string
	expect           map[string]expectation // by caller; of "" for the others
	rows, gives      []string
	sameAs, like     string
	check            string
	setup, undo      []string
	first            []firstly
	bind             []string
	sql              string
}

type firstly struct {
	sql     string
	mayFail bool
}

// expectation is what must come of a statement.
type expectation struct {
	kind  string
	codes []codes.Code // of refused
	name  string       // of hidden
	count int64
}

// refusals are the codes that a refusal may have.
var refusals = []codes.Code{
	codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.Unimplemented,
	codes.AlreadyExists, codes.FailedPrecondition, codes.ResourceExhausted,
}

func (a *attempt) expected(who string) expectation {
	if e, ok := a.expect[who]; ok {
		return e
	}
	return a.expect[""]
}

var (
	directive = regexp.MustCompile(`^-- ([a-z-]+\??)(?: ([a-z ]+))?: ?(.*)$`)
	repeated  = regexp.MustCompile(`%\{(\d+)\|((?s:[^}]*))\}`)
	character = regexp.MustCompile(`%\{U\+([0-9A-Fa-f]{2,6})\}`)
)

// readAttempts are the blocks of a file.
func readAttempts(t testing.TB, file string) []*attempt {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []*attempt
	var body []string
	end := func() {
		if len(out) > 0 {
			out[len(out)-1].sql = expand(strings.TrimSpace(strings.Join(body, "\n")))
		}
		body = nil
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "---") {
			continue
		}
		m := directive.FindStringSubmatch(line)
		if m == nil || len(body) > 0 && m[1] != "id" {
			if strings.TrimSpace(line) != "" || len(body) > 0 {
				body = append(body, line)
			}
			continue
		}
		if m[1] == "id" {
			end()
			out = append(out, &attempt{place: fmt.Sprintf("%s:%d", filepath.Base(file), i+1), expect: map[string]expectation{}})
		}
		if len(out) == 0 {
			t.Fatalf("%s:%d: a line before the first id", file, i+1)
		}
		if err := out[len(out)-1].add(m[1], m[2], m[3]); err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
	}
	end()
	for _, a := range out {
		if a.id == "" || a.tries == "" || len(a.expect) == 0 || a.sql == "" {
			t.Fatalf("%s: the block lacks its id, what it tries, what is expected, or a statement", a.place)
		}
	}
	return out
}

// add takes one line of a block's head.
func (a *attempt) add(key, of, value string) (err error) {
	switch key {
	case "id":
		a.id = value
	case "tries":
		a.tries = value
	case "as":
		a.as = strings.Fields(value)
	case "via":
		a.via = strings.Fields(value)
	case "expect":
		var e expectation
		if e, err = readExpectation(value); err != nil {
			return err
		}
		callers := strings.Fields(of)
		if len(callers) == 0 {
			callers = []string{""}
		}
		for _, who := range callers {
			a.expect[who] = e
		}
	case "row":
		a.rows = append(a.rows, value)
	case "gives":
		a.gives = append(a.gives, value)
	case "same-as":
		a.sameAs = value
	case "like":
		a.like = value
	case "check":
		a.check = value
	case "setup":
		a.setup = append(a.setup, value)
	case "undo":
		a.undo = append(a.undo, value)
	case "first", "first?":
		a.first = append(a.first, firstly{expand(value), key == "first?"})
	case "bind":
		a.bind = strings.Split(value, ", ")
	default:
		return fmt.Errorf("unknown line %q", key)
	}
	return nil
}

func readExpectation(text string) (expectation, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return expectation{}, fmt.Errorf("nothing is expected")
	}
	e := expectation{kind: words[0], codes: refusals}
	switch e.kind {
	case "permitted", "same", "rows", "done", "like", "any":
		return e, nil
	case "hidden":
		if len(words) == 2 {
			e.name = words[1]
			return e, nil
		}
	case "count":
		if len(words) == 2 {
			n, err := strconv.ParseInt(words[1], 10, 64)
			e.count = n
			return e, err
		}
	case "refused":
		if len(words) > 1 {
			e.codes = nil
		}
		for _, word := range words[1:] {
			i := slices.IndexFunc(refusals, func(c codes.Code) bool { return c.String() == word })
			if i < 0 {
				return e, fmt.Errorf("%q is no code of a refusal", word)
			}
			e.codes = append(e.codes, refusals[i])
		}
		return e, nil
	}
	return e, fmt.Errorf("%q is no expectation", text)
}

// expand writes out what %{...} stands for, but %{file}, which the world knows.
func expand(sql string) string {
	sql = repeated.ReplaceAllStringFunc(sql, func(s string) string {
		m := repeated.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[1])
		return strings.Repeat(m[2], n)
	})
	return character.ReplaceAllStringFunc(sql, func(s string) string {
		n, _ := strconv.ParseInt(character.FindStringSubmatch(s)[1], 16, 32)
		return string(rune(n))
	})
}
