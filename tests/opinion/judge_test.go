package opinion

import (
	"fmt"
	"regexp"
	"strings"
)

// What DESCRIBE says beyond names and types, and SUMMARIZE beyond the extremes, is
// the table's own affair, or an estimate.
var (
	describes  = regexp.MustCompile(`(?i)^\s*DESC`)
	summarizes = regexp.MustCompile(`(?i)^\s*SUMM`)
)

// judge compares two answers.
func (r *round) judge(c *caller, sql string, got, want answer) outcome {
	if got.err != nil {
		text := got.err.Error()
		if what := r.tells(c, sql, text); what != "" {
			return outcome{difference, fmt.Sprintf("Lakegate's error tells of %s: %v", what, got.err), "always: tells"}
		}
		if strings.Contains(text, "internal error") || strings.Contains(text, "cannot be applied") {
			return outcome{difference, "Lakegate: " + text, "always: " + shape(got.err)}
		}
		if want.err != nil {
			return outcome{kind: bothRefuse}
		}
		if r.construct(c, sql, got.err) != "" {
			return outcome{kind: onlyListed}
		}
		if atRun.MatchString(text) {
			return outcome{kind: whileRunning}
		}
		return outcome{difference, "only Lakegate refuses: " + text, "refuses: " + shape(got.err)}
	}
	if what := r.tells(c, sql, strings.Join(got.names, " ")); what != "" {
		return outcome{difference, fmt.Sprintf("a column's name tells of %s: %q", what, got.names), "always: a name tells"}
	}
	if want.err != nil {
		if !bound.MatchString(want.err.Error()) { // it is met while it runs, if what raises it is reached
			return outcome{kind: notSettled}
		}
		return outcome{difference, fmt.Sprintf("only Lakegate answers (%d rows); the reference: %v", len(got.rows), want.err), "answers: " + shape(want.err)}
	}
	if describes.MatchString(sql) {
		got, want = got.first(2), want.first(2)
	} else if summarizes.MatchString(sql) {
		got, want = got.first(4), want.first(4)
	}
	if d := differ(got, want); d != "" {
		kind, _, _ := strings.Cut(d, " ")
		if strings.HasPrefix(d, "columns are") {
			kind = d[:len("columns are called")]
		}
		return outcome{difference, d, "rows: " + kind}
	}
	return outcome{kind: bothAnswer}
}

// bound are the errors that a statement has whatever the data.
var bound = regexp.MustCompile(`^(Binder|Catalog|Parser|Syntax|Permission|Not implemented) Error`)

var (
	notFound      = regexp.MustCompile(`^table ".*": not found$`)
	aloneNotFound = regexp.MustCompile(`^table "((?:[^".]|\\")*)": not found$`)
)

// construct is what docs/sql.md calls what Lakegate alone refused; empty if nothing.
func (r *round) construct(c *caller, sql string, err error) string {
	if m := aloneNotFound.FindStringSubmatch(err.Error()); m != nil && r.at.schema != "main" {
		for t, have := range c.rights {
			if have != nil && t.catalog == r.at.catalog && t.schema == "main" && strings.EqualFold(t.name, strings.ReplaceAll(m[1], `\"`, `"`)) {
				return "a name that stands alone, of a table in main while another schema is the current one"
			}
		}
	}
	if notFound.MatchString(err.Error()) && strings.Contains(strings.ToUpper(sql), "WITH ") {
		return "a common table expression that nothing reads, over what is not there"
	}
	if unreachable.MatchString(err.Error()) && changes.MatchString(sql) {
		return "a name in a subquery of a change that is also a denied column's of what is changed, or one of DuckLake's own"
	}
	return construct(err.Error())
}

var (
	unreachable = regexp.MustCompile(`^Referenced column ".*" not found in FROM clause`)
	changes     = regexp.MustCompile(`(?i)^(WITH .*)?(UPDATE|DELETE|MERGE) `)
)

// atRun are the errors of values. Which expressions are computed, and over what,
// is the plan's choice, and a table with rows that are not there for the caller has
// other plans than one without. What the error tells was looked at before.
var atRun = regexp.MustCompile(`(Conversion|Out of Range|Invalid Input) Error`)

// tells says what an error tells that its reader must not learn; empty if nothing.
func (r *round) tells(c *caller, sql, text string) string {
	if physical.MatchString(text) {
		return "a physical name"
	}
	for _, v := range unlikely.FindAllString(text, -1) {
		if !strings.Contains(sql, v) && !r.visible(c)[v] {
			return "a value"
		}
	}
	return ""
}

// visible are the unlikely texts that c may see.
func (r *round) visible(c *caller) map[string]bool {
	r.look(c)
	return r.seen[c]
}

func (r *round) look(c *caller) {
	if r.seen[c] != nil {
		return
	}
	r.seen[c] = map[string]bool{}
	for t, have := range c.rights {
		if have == nil {
			continue
		}
		for _, row := range r.reference(c, false).query(r.t.Context(), "SELECT COLUMNS(*)::VARCHAR FROM "+t.full()).rows {
			for _, value := range row {
				for _, v := range unlikely.FindAllString(value, -1) {
					r.seen[c][v] = true
				}
			}
		}
	}
}
