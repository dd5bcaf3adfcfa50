//go:build unix

package audit

import (
	"errors"
	"os"
	"syscall"
)

// lock takes f for this process until it is closed or the process ends; errAlive
// if another has it.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errAlive
	}
	if errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) {
		return nil // a file system without locks
	}
	return err
}
