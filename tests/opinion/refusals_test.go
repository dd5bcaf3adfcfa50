package opinion

import (
	"regexp"
	"strings"
)

// listed are the refusals that Lakegate alone may give, by their texts, with
// what docs/sql.md calls them.
var listed = []struct {
	text *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`^WITH ORDINALITY is not accepted`), "WITH ORDINALITY"},
	{regexp.MustCompile(`PIVOT needs its values`), "PIVOT without IN"},
	{regexp.MustCompile(`^several statements in one text`), "several statements in one text"},
	{regexp.MustCompile(`^DESCRIBE cannot see WITH around it`), "DESCRIBE under WITH"},
	{regexp.MustCompile(`is not accepted in a change( of|:)|you see it filtered, masked or without|you see columns of it masked`), "changes of what is filtered or masked"},
	{regexp.MustCompile(`has columns that you do not see|^INSERT ... BY NAME into .* is not accepted: you see columns of it`), "INSERT BY NAME where columns are masked or denied"},
	{regexp.MustCompile(`^the column .* without its table's name is not accepted beside FROM or USING`), "columns of other tables without their table's name in a change where columns are masked or denied"},
	{regexp.MustCompile(`is not accepted in a change: you see it masked|^all columns at once are not accepted in a change of`), "changes by what is masked"},
	{regexp.MustCompile(`^joins in brackets after (NATURAL|POSITIONAL) JOIN are not accepted`), "joins in brackets after NATURAL or POSITIONAL JOIN"},
	{regexp.MustCompile(`^CREATE TEMPORARY TABLE .*permission denied$`), "CREATE TEMP TABLE, for those who may write"},
	{regexp.MustCompile(`Not implemented Error: (Unsupported join type for flattening|Non-inner join on correlated)`), "what DuckDB does over a table alone, and not over a query: some correlated joins"},
	{regexp.MustCompile(`tables of this lake cannot hold negative intervals$`), "What a DuckLake catalog cannot do"},
	{regexp.MustCompile(`is a DuckLake catalog, which`), "What a DuckLake catalog cannot do"},
}

// construct is what docs/sql.md calls what was refused with text; empty if nothing.
func construct(text string) string {
	for _, l := range listed {
		if l.text.MatchString(text) {
			return l.what
		}
	}
	return ""
}

var (
	inQuotes  = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	aName     = regexp.MustCompile(`with name .* does`)
	digits    = regexp.MustCompile(`[0-9]+`)
	physical  = regexp.MustCompile(`\b[cmspt]_[0-9a-f]{24}\b`)
	unlikely  = regexp.MustCompile(`zq[0-9]{5}`)
	brokenRef = regexp.MustCompile(`INTERNAL Error|FATAL Error|database has been invalidated`)
)

// shape is an error's text without what differs between two of a kind.
func shape(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = aName.ReplaceAllString(text, "with name _ does")
	return digits.ReplaceAllString(inQuotes.ReplaceAllString(text, "_"), "0")
}
