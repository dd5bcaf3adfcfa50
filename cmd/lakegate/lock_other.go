//go:build !unix

package main

import "os"

// lockFolder keeps no other process out on this system; the engine's own lock
// on the lake's files does.
func lockFolder(file string) (*os.File, error) {
	return os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
}
