package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// ErrExtension means that one of DuckDB's extensions is missing or not the one
// that belongs to this engine.
var ErrExtension = errors.New("engine extension")

// needed lists the extensions that cfg's lakes need, in the order to load them.
func needed(cfg Config) []string {
	var s3, chain, lake, postgres bool
	for _, s := range cfg.Storage {
		chain = chain || s.Chain
	}
	for _, l := range cfg.Lakes {
		for _, p := range paths(l) {
			s3 = s3 || remote(p)
		}
		if l.Type == catalog.DuckLake {
			lake = true
			postgres = postgres || l.Metadata.Type == "postgres"
		}
	}
	var names []string
	for _, x := range []struct {
		name string
		want bool
	}{
		{"httpfs", s3}, {"aws", s3 && chain}, {"ducklake", lake}, {"postgres_scanner", postgres},
	} {
		if x.want {
			names = append(names, x.name)
		}
	}
	return names
}

// paths are the places, local or remote, where l keeps data.
func paths(l catalog.Lake) []string {
	switch l.Type {
	case catalog.DuckLake:
		return []string{l.Data}
	case catalog.Files:
		list := make([]string, len(l.FileTables))
		for i, t := range l.FileTables {
			list[i] = t.Path
		}
		return list
	default:
		return nil
	}
}

// remote reports whether path lies on S3.
func remote(path string) bool { return strings.HasPrefix(path, "s3://") }

// load loads one extension from folder. DuckDB checks that its signature holds
// and that it was built for this version and platform.
func load(ctx context.Context, c *conn, folder, name string) error {
	about, err := c.rows(ctx, "SELECT library_version, (SELECT platform FROM pragma_platform()) FROM pragma_version()")
	if err != nil {
		return fmt.Errorf("ask DuckDB for its version: %w", err)
	}
	version, platform := *about[0][0], *about[0][1]
	advice := fmt.Sprintf("`make extensions` puts it there; it is in the Python package duckdb-extension-%s, version %s, for %s",
		strings.ReplaceAll(name, "_", "-"), strings.TrimPrefix(version, "v"), platform)
	file := filepath.Join(folder, version, platform, name+".duckdb_extension")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w %s: no file %s: %s", ErrExtension, name, file, advice)
	} else if err != nil {
		return fmt.Errorf("%w %s: %w", ErrExtension, name, err)
	}
	if err := c.exec(ctx, "LOAD "+sqltext.Identifier(name)); err != nil {
		return fmt.Errorf("%w %s: %s is not DuckDB's own for %s on %s, or is damaged (%s): %s",
			ErrExtension, name, file, version, platform, firstLine(err), advice)
	}
	return nil
}

// firstLine is the first line of err's text.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
