// Package spelling says how much two words differ, for "did you mean".
package spelling

// longest is how many bytes of a word are compared; longer ones are nothing like another.
const longest = 200

// Distance is Levenshtein's, in bytes: how many must be put in, taken out or exchanged.
func Distance(a, b string) int {
	if len(a) > longest || len(b) > longest {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
