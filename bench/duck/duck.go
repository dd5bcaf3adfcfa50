// Package duck is the least that the benchmark's references need of DuckDB: open,
// run, stream as Arrow, take Arrow in. It has none of the engine's care for
// strangers' SQL, which is why it makes a fair yardstick for it.
package duck

import (
	"errors"
	"fmt"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// DB is one instance of DuckDB.
type DB struct {
	raw duckdb.Database
}

// Open opens the database file at path, making it if it is not there, and runs
// setup. The caller must Close it.
func Open(path string, setup ...string) (*DB, error) {
	var cfg duckdb.Config
	if duckdb.CreateConfig(&cfg) == duckdb.StateError {
		return nil, errors.New("make a configuration")
	}
	defer duckdb.DestroyConfig(&cfg)
	if duckdb.SetConfig(cfg, "memory_limit", "4GB") == duckdb.StateError {
		return nil, errors.New("set memory_limit")
	}
	d := &DB{}
	var msg string
	if duckdb.OpenExt(path, &d.raw, cfg, &msg) == duckdb.StateError {
		return nil, fmt.Errorf("open %s: %s", path, msg)
	}
	c, err := d.Connect()
	if err != nil {
		d.Close()
		return nil, err
	}
	defer c.Close()
	for _, sql := range setup {
		if err := c.Exec(sql); err != nil {
			d.Close()
			return nil, err
		}
	}
	return d, nil
}

// Close ends the instance; its connections must be closed before.
func (d *DB) Close() { duckdb.Close(&d.raw) }

// Conn is one connection, used by one goroutine at a time.
type Conn struct {
	raw duckdb.Connection
}

// Connect opens a connection with the streaming buffer that gives the best rate.
func (d *DB) Connect() (*Conn, error) {
	c := &Conn{}
	if duckdb.Connect(d.raw, &c.raw) == duckdb.StateError {
		return nil, errors.New("connect to DuckDB")
	}
	if err := c.Exec("SET streaming_buffer_size='16MB'"); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection; its streams must be closed before.
func (c *Conn) Close() { duckdb.Disconnect(&c.raw) }

// Exec runs sql, which may be several statements, and throws its rows away.
func (c *Conn) Exec(sql string) error {
	_, err := c.Update(sql)
	return err
}

// Update runs sql and gives the number of rows that its last statement changed.
func (c *Conn) Update(sql string) (int64, error) {
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.Query(c.raw, sql, &res) == duckdb.StateError {
		return 0, fmt.Errorf("%.60s: %s", sql, duckdb.ResultError(&res))
	}
	return int64(duckdb.RowsChanged(&res)), nil
}
