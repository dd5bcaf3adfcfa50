package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// connectionOptions are what may still be set, connection by connection, once
// the configuration is locked.
var connectionOptions = []string{"streaming_buffer_size", "TimeZone"}

// Without other orders: calls to S3 end after (retries + 1) x timeout.
const (
	defaultHTTPTimeout = 5 * time.Second
	defaultHTTPRetries = 1
)

// extend loads the extensions that the lakes need, and no others.
func (i *instance) extend(ctx context.Context, c *conn) error {
	for _, name := range needed(i.cfg) {
		if err := load(ctx, c, i.cfg.Extensions, name); err != nil {
			return err
		}
	}
	return nil
}

// limit bounds what remote calls and temporary files may take, for all connections.
func (i *instance) limit(ctx context.Context, c *conn) error {
	timeout, retries := i.cfg.HTTPTimeout, i.cfg.HTTPRetries
	if timeout == 0 {
		timeout = defaultHTTPTimeout
	}
	if retries == 0 {
		retries = defaultHTTPRetries
	}
	// Cached bytes of files are validated, which is the default: others may write
	// the files of a lake. DuckLake tells DuckDB that its own never change.
	options := []option{{"parquet_metadata_cache", "true"}}
	if i.cfg.SpillLimit != "" { // said before the start, it is shown and not kept
		options = append(options, option{"max_temp_directory_size", i.cfg.SpillLimit})
	}
	for _, name := range needed(i.cfg) {
		switch name {
		case "httpfs":
			seconds := max(1, int((timeout+time.Second-1)/time.Second))
			options = append(options,
				option{"http_timeout", strconv.Itoa(seconds)},
				option{"http_retries", strconv.Itoa(retries)},
				option{"httpfs_connection_caching", "true"},
			)
		case "postgres_scanner":
			options = append(options,
				option{"pg_pool_max_connections", "16"},
			)
		}
	}
	for _, o := range options {
		if err := c.exec(ctx, "SET GLOBAL "+o.name+" = "+sqltext.Literal(o.value)); err != nil {
			return fmt.Errorf("engine: set %s: %w", o.name, err)
		}
	}
	return nil
}

// lock takes everything away that lakes do not need. Nothing can be attached,
// loaded or set afterwards.
func (i *instance) lock(ctx context.Context, c *conn) error {
	if slices.Contains(needed(i.cfg), "httpfs") && !i.globs() {
		// Without globs an object's name is only a name: "?s3_endpoint=" in it
		// would send the signed request elsewhere. The probes still need them.
		if err := c.exec(ctx, "SET GLOBAL s3_url_compatibility_mode = true"); err != nil {
			return fmt.Errorf("engine: set s3_url_compatibility_mode: %w", err)
		}
		for _, a := range i.lakes {
			for _, asks := range []*conn{a.prober, a.caller} {
				if err := asks.exec(ctx, "SET SESSION s3_url_compatibility_mode = false"); err != nil {
					return fmt.Errorf("engine: set s3_url_compatibility_mode: %w", err)
				}
			}
		}
	}
	for _, sql := range []string{
		"SET GLOBAL allowed_directories = " + literals(i.folders()),
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL allowed_configs = " + literals(connectionOptions),
		"SET GLOBAL lock_configuration = true",
	} {
		if err := c.exec(ctx, sql); err != nil {
			return fmt.Errorf("engine: lock the configuration: %w", err)
		}
	}
	return nil
}

// globs reports whether a lake's tables are patterns over S3.
func (i *instance) globs() bool {
	return slices.ContainsFunc(i.cfg.Lakes, func(l catalog.Lake) bool {
		return l.Type == catalog.Files && slices.ContainsFunc(paths(l), func(p string) bool {
			return remote(p) && strings.ContainsAny(p, "*?[")
		})
	})
}

// folders are the places that the lakes' data is read from and written to.
func (i *instance) folders() []string {
	var list []string
	if i.audit != nil {
		list = append(list, strings.TrimSuffix(i.cfg.Audit, "/")+"/")
	}
	for _, a := range i.lakes {
		for _, p := range paths(a.lake) {
			folder := p
			if a.lake.Type == catalog.Files {
				folder = fixedFolder(p)
			}
			list = append(list, strings.TrimSuffix(folder, "/")+"/")
		}
	}
	return list
}

// fixedFolder is the part of a glob that is the same for all its files.
func fixedFolder(glob string) string {
	if at := strings.IndexAny(glob, "*?["); at >= 0 {
		glob = glob[:at]
	}
	at := strings.LastIndexByte(glob, '/')
	if at < 0 {
		return "."
	}
	return glob[:at+1]
}
