//go:build !race

package tests

// raceEnabled: the binary is built as the tests are.
const raceEnabled = false
