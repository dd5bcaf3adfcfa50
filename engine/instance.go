package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// instance is one DuckDB with its lakes attached, locked down.
type instance struct {
	db    duckdb.Database
	cfg   Config
	spill *spillFolder
	lakes []*attached // in the order of the settings
	audit *auditing   // nil for none

	environment environment // the cloud credentials that the process had

	changes  changes         // made by this process
	reserved map[string]bool // words that cannot be a field's name without quotes
}

// openInstance starts DuckDB, loads what cfg's lakes need, attaches them and
// locks the instance down. A mistake in the settings, a refused key included, is
// an error; a lake that cannot be reached is down, or an error if cfg requires
// all lakes.
func openInstance(ctx context.Context, cfg Config) (*instance, error) {
	return newInstance(ctx, cfg, scrub())
}

// successor opens an instance like i, to take its place. i must be closed before
// if a lake is a DuckDB file, or has its metadata in one: DuckDB does not notice
// that another instance of the same process has it open.
func (i *instance) successor(ctx context.Context) (*instance, error) {
	return newInstance(ctx, i.cfg, i.environment)
}

func newInstance(ctx context.Context, cfg Config, env environment) (*instance, error) {
	spill, err := newSpillFolder(cfg.Spill)
	if err != nil {
		return nil, err
	}
	inst := &instance{cfg: cfg, environment: env, spill: spill}
	if err := inst.start(); err != nil {
		spill.remove()
		return nil, err
	}
	if err := inst.furnish(ctx); err != nil {
		inst.close()
		return nil, err
	}
	return inst, nil
}

// start opens DuckDB with everything that can be said before it runs.
func (i *instance) start() error {
	options, err := startOptions(i.cfg, i.spill.path)
	if err != nil {
		return err
	}
	var config duckdb.Config
	if duckdb.CreateConfig(&config) == duckdb.StateError {
		return errors.New("engine: allocate DuckDB's options")
	}
	defer duckdb.DestroyConfig(&config)
	for _, o := range options {
		if duckdb.SetConfig(config, o.name, o.value) == duckdb.StateError {
			return fmt.Errorf("engine: DuckDB does not take %q as %s", o.value, o.name)
		}
	}
	var text string
	if duckdb.OpenExt(":memory:", &i.db, config, &text) == duckdb.StateError {
		return fmt.Errorf("engine: start DuckDB: %s", text)
	}
	return nil
}

// furnish loads, attaches and locks, in the order that DuckDB needs.
func (i *instance) furnish(ctx context.Context) error {
	c, err := i.connect()
	if err != nil {
		return err
	}
	defer c.close()
	for _, step := range []func(context.Context, *conn) error{
		i.extend, i.limit, i.unlockStorage, i.readWords, i.attachAudit, i.attachAll, i.lock,
	} {
		if err := step(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// readWords asks DuckDB for its keywords: as names of fields it quotes them all,
// in typeof as in DESCRIBE, reserved or not.
func (i *instance) readWords(ctx context.Context, c *conn) error {
	rows, err := c.rows(ctx, "SELECT keyword_name FROM duckdb_keywords()")
	if err != nil {
		return fmt.Errorf("engine: ask DuckDB for its keywords: %w", err)
	}
	i.reserved = make(map[string]bool, len(rows))
	for _, row := range plain(rows) {
		i.reserved[row[0]] = true
	}
	return nil
}

// connect opens a connection to the instance; the caller must close it.
func (i *instance) connect() (*conn, error) { return connect(i.db) }

// connectParser opens a connection for questions about SQL: optimising such a
// question takes longer than answering it.
func (i *instance) connectParser() (*conn, error) {
	c, err := i.connect()
	if err != nil {
		return nil, err
	}
	if err := c.exec(context.Background(), "PRAGMA disable_optimizer"); err != nil { //nolint:forbidigo // local, takes microseconds
		c.close()
		return nil, fmt.Errorf("set up a connection: %w", err)
	}
	return c, nil
}

// closeGrace is how long close waits for questions to peers that hang.
const closeGrace = 2 * time.Second

// close ends DuckDB. All connections but the instance's own must be closed
// before. While a peer hangs, DuckDB cannot be ended: it is left to the end of
// the process, which close does not wait for.
func (i *instance) close() {
	patience := make(chan struct{})
	defer time.AfterFunc(closeGrace, func() { close(patience) }).Stop()
	idle := true
	for _, a := range i.lakes {
		idle = a.stop(patience) && idle
	}
	if idle {
		duckdb.Close(&i.db)
		i.spill.remove()
	}
}

// option is one of DuckDB's settings.
type option struct{ name, value string }

// startOptions are the settings that are there before anything else is.
func startOptions(cfg Config, spill string) ([]option, error) {
	options := []option{
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"},
		{"allow_persistent_secrets", "false"},
		{"temp_directory", spill},
		// No guesses at names: they would search every lake, hidden ones too.
		{"catalog_error_max_schemas", "0"},
	}
	if cfg.Extensions != "" {
		folder, err := filepath.Abs(cfg.Extensions)
		if err != nil {
			return nil, fmt.Errorf("engine: extension folder: %w", err)
		}
		options = append(options, option{"extension_directory", folder})
	}
	if cfg.MemoryLimit != "" {
		options = append(options, option{"memory_limit", cfg.MemoryLimit})
	}
	if cfg.Threads > 0 {
		options = append(options, option{"threads", strconv.Itoa(cfg.Threads)})
	}
	return options, nil
}

// randomName is a name that nobody can guess.
func randomName(prefix string) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return prefix + hex.EncodeToString(b[:])
}
