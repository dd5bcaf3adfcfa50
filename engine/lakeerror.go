package engine

import "fmt"

// LakeError is what is wrong with one lake at the start. Its text is for the
// operator: it may name hosts and paths, and no secrets.
type LakeError struct {
	Lake string // logical name
	Err  error
}

func (e *LakeError) Error() string { return fmt.Sprintf("lake %q: %v", e.Lake, e.Err) }

// Unwrap is the cause.
func (e *LakeError) Unwrap() error { return e.Err }
