package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/engine"
)

// devUnfinished lies in the lake's folder until the lake is complete.
const devUnfinished = "unfinished"

// prepareDevLake makes the lake's folder where there is none, and makes it anew
// where an earlier start did not finish it. It reports whether the lake has to
// be filled. A finished lake is left alone.
func prepareDevLake(dir string) (unfinished bool, err error) {
	lake := filepath.Join(dir, devLakeDir)
	mark := filepath.Join(lake, devUnfinished)
	_, err = os.Stat(mark)
	switch {
	case err == nil:
		if err := os.RemoveAll(lake); err != nil {
			return false, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	default:
		if _, err := os.Stat(lake); err == nil {
			return false, nil
		}
	}
	// The mark is inside before the folder has its name, so that there is no
	// moment at which an empty lake looks finished.
	fresh, err := os.MkdirTemp(dir, "."+devLakeDir+".*")
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(filepath.Join(fresh, devUnfinished), nil, 0o600); err != nil {
		return false, err
	}
	return true, os.Rename(fresh, lake)
}

// finishDevLake says that the lake is complete.
func finishDevLake(dir string) error {
	return os.Remove(filepath.Join(dir, devLakeDir, devUnfinished))
}

// devTables are the sample tables, in the order in which they are made. Numbers
// that look random come from hash, so that every lake holds the same rows.
var devTables = []struct{ name, sql string }{
	{"customers", `CREATE TABLE customers AS
SELECT i AS id, 'Customer ' || i AS name, 'customer' || i || '@example.com' AS email,
       list_extract(['DE','FR','GB','IN','JP','US','BR','NG'], (hash(i) % 8)::INTEGER + 1) AS country,
       DATE '2019-01-01' + (hash(i, 1) % 2000)::INTEGER AS since
FROM range(10000) t(i)`},
	{"salaries", `CREATE TABLE salaries AS
SELECT i AS employee_id, 'Employee ' || i AS name,
       list_extract(['engineering','sales','finance','support'], (hash(i) % 4)::INTEGER + 1) AS department,
       (40000 + hash(i, 2) % 90000)::DECIMAL(12,2) AS salary
FROM range(500) t(i)`},
	{"events", `CREATE TABLE events AS
SELECT i AS id, TIMESTAMP '2024-01-01' + to_seconds(i * 31) AS ts, (hash(i) % 10000)::BIGINT AS user_id,
       list_extract(['view','click','search','purchase'], (hash(i, 3) % 4)::INTEGER + 1) AS kind,
       ((hash(i, 4) % 100000) / 100)::DECIMAL(12,2) AS amount,
       list_extract(['DE','FR','GB','IN','JP','US','BR','NG'], (hash(i, 5) % 8)::INTEGER + 1) AS country,
       {'device': CASE WHEN hash(i, 6) % 3 = 0 THEN 'phone' ELSE 'desktop' END,
        'tags': ['t' || (hash(i, 7) % 10), 't' || (hash(i, 8) % 10)],
        'properties': MAP {'page': '/p/' || (hash(i, 9) % 500), 'ab': CASE WHEN hash(i) % 2 = 0 THEN 'a' ELSE 'b' END}} AS payload
FROM range(1000000) t(i)`},
}

// fillDevLake makes the sample tables, all or none, the way a client's own
// statements go.
func fillDevLake(ctx context.Context, st *stack, w io.Writer) (err error) {
	if _, err := fmt.Fprint(w, "making a lake with sample tables, once ... "); err != nil {
		return err
	}
	began := time.Now()
	admin := auth.Principal{Provider: "oidc", Subject: "setup", User: "setup", Groups: []string{devPeople["admin"]}, Expires: began.Add(time.Hour)}
	view, err := st.catalogs.For(ctx, admin)
	if err != nil {
		return err
	}
	session, err := st.engine.OpenSession(ctx)
	if err != nil {
		return err
	}
	defer st.engine.CloseSession(session)
	if err := st.engine.Begin(ctx, session); err != nil {
		return err
	}
	for _, t := range devTables {
		if _, err := st.engine.Update(ctx, engine.Request{Session: session, View: view, SQL: t.sql}); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := st.engine.Commit(ctx, session); err != nil {
		return err
	}
	st.catalogs.Changed()
	_, err = fmt.Fprintf(w, "done in %.1f s\n", time.Since(began).Seconds())
	return err
}
