package keepconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	maxFile       = 1 << 20 // bytes of one file
	maxFiles      = 1000
	worldWritable = 0o002
)

// fileName is what a JSON file may be called: anything that sorts alike
// everywhere.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*\.json$`)

type file struct {
	name string
	data []byte
}

// list reads the JSON files of directory in the order of their names, byte by
// byte. Names that begin with a dot, and what does not end in .json, are
// passed over. Symbolic links are followed within the directory.
func list(directory string) ([]file, error) {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	entries, err := fs.ReadDir(root.FS(), ".") // sorted
	if err != nil {
		return nil, err
	}
	var (
		files []file
		errs  []error
	)
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || !strings.EqualFold(filepath.Ext(name), ".json") {
			continue
		}
		if !fileName.MatchString(name) {
			errs = append(errs, fmt.Errorf("%q: not a name for a file here: ASCII letters, digits, - and _, then .json", name))
			continue
		}
		data, err := read(root.Stat, root.Open, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		if files = append(files, file{name, data}); len(files) > maxFiles {
			return nil, fmt.Errorf("more than %d JSON files", maxFiles)
		}
	}
	return files, errors.Join(errs...)
}

// ReadKey reads a key file. A relative name is one in directory and does not
// lead out of it, by dots or by symbolic links; an absolute one may be anywhere.
func ReadKey(directory, name string) ([]byte, error) {
	if filepath.IsAbs(name) {
		return read(os.Stat, os.Open, name)
	}
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	data, err := read(root.Stat, root.Open, name)
	var path *fs.PathError
	if errors.As(err, &path) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w; a relative name must stay in the directory", err)
	}
	return data, err
}

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = fmt.Errorf("larger than %d bytes", maxFile)
	errWritable   = errors.New("may be written to by everyone on this machine; take that right away (chmod o-w)")
)

func read(stat func(string) (fs.FileInfo, error), open func(string) (*os.File, error), name string) ([]byte, error) {
	info, err := stat(name)
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	case info.Mode().Perm()&worldWritable != 0:
		return nil, errWritable
	case info.Size() > maxFile:
		return nil, errTooLarge
	}
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}
