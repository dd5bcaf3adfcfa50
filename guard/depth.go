package guard

// Depth is how deep brackets stand within brackets in sql; 0 for a text that is
// no SQL.
func Depth(sql string) int {
	tokens, err := tokenize(sql)
	if err != nil {
		return 0
	}
	depth, most := 0, 0
	for _, t := range tokens {
		depth += nesting(t)
		most = max(most, depth)
	}
	return most
}
