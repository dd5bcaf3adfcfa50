//go:build !unix

package definitions

import "os"

// lockFile keeps no other process out on this system: replicas cannot share a
// state folder there.
func lockFile(*os.File) error { return nil }

// syncFolder has nothing to do: folders cannot be synchronised there.
func syncFolder(string) error { return nil }
