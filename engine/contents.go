package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

// scanLimit is how long DuckDB's own catalogs may take to be listed: a lake that
// hangs makes all lists hang.
const scanLimit = 2 * time.Second

// lakePatience is how long a lake whose contents are known may take to say
// whether they are as they were: others wait for the answer too.
const lakePatience = 2 * time.Second

// downPatience is how long one may take that did not answer the last time.
const downPatience = 300 * time.Millisecond

// contents reads what the lakes hold now. Each lake is asked by itself: one that
// does not answer within ctx is down, with what was last seen in it, be that by
// this instance or in old.
func (i *instance) contents(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
	all := make([]catalog.Catalog, len(i.lakes))
	var waiting sync.WaitGroup
	for n, a := range i.lakes {
		waiting.Go(func() { all[n] = i.holds(ctx, a, old) })
	}
	waiting.Wait()
	if errors.Is(ctx.Err(), context.Canceled) {
		return catalog.Contents{}, ctx.Err() // whoever asked is gone: that says nothing about the lakes
	}
	if i.audit != nil {
		all = append(all, i.audit.catalog())
	}
	return stamped(all), nil
}

// stamped puts catalogs together.
func stamped(all []catalog.Catalog) catalog.Contents {
	stamps := make([]string, len(all))
	for n, c := range all {
		stamps[n] = c.Stamp
	}
	return catalog.Contents{Stamp: strings.Join(stamps, " "), Catalogs: all}
}

// holds is what one lake holds now.
func (i *instance) holds(ctx context.Context, a *attached, old catalog.Contents) catalog.Catalog {
	c := catalog.Catalog{
		Name: a.lake.Name, Physical: a.physical, Type: a.lake.Type,
		ReadOnly: a.lake.ReadOnly || a.lake.Type == catalog.Files,
	}
	seen, err := a.asked(ctx)
	if err != nil {
		c.Down = true
		seen = a.lastSeen(old)
	}
	c.Schemas = seen.schemas
	c.Stamp = a.physical + ":" + seen.version
	if c.Down {
		c.Stamp += ":down"
	}
	return c
}

// asked is what a says of its contents; an error if it does not say it in time.
func (a *attached) asked(ctx context.Context) (seen, error) {
	if a.last.Load() == nil {
		return a.contents.ask(ctx, 0)
	}
	if a.contents.overdue(lakePatience) {
		return seen{}, fmt.Errorf("%w: no answer in time", ErrUnavailable)
	}
	patience := lakePatience
	if a.contents.failed() {
		patience = downPatience
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.contents.ask(limited, 0)
}

// seen is what was found in a lake.
type seen struct {
	version string // of the definitions
	schemas []catalog.Schema
}

// lastSeen is the newest answer that a gave, or what another instance saw.
func (a *attached) lastSeen(old catalog.Contents) seen {
	if last := a.last.Load(); last != nil {
		return *last
	}
	for _, c := range old.Catalogs {
		if c.Name == a.lake.Name {
			return seen{version: "old " + c.Stamp, schemas: c.Schemas}
		}
	}
	return seen{}
}

// look reads a anew if its definitions changed since the last time. It is only
// called by a's inquiry, hence never twice at once.
func (i *instance) look(ctx context.Context, a *attached) (seen, error) {
	if a.down != nil {
		return seen{}, a.down
	}
	var now seen
	var err error
	switch a.lake.Type {
	case catalog.DuckLake:
		now, err = i.lookDuckLake(ctx, a)
	case catalog.Files:
		now, err = i.lookFiles(ctx, a)
	default:
		now, err = i.lookDuckDB(ctx, a)
	}
	if err != nil {
		return seen{}, err
	}
	a.last.Store(&now)
	return now, nil
}

func (i *instance) lookDuckLake(ctx context.Context, a *attached) (seen, error) {
	snapshot, version, err := a.lakeVersion(ctx, a.reader)
	if err != nil {
		return seen{}, err
	}
	if last := a.last.Load(); last != nil && last.version == version {
		return *last, nil
	}
	schemas, err := i.readDuckLake(ctx, a.reader, a, snapshot)
	return seen{version: version, schemas: schemas}, err
}

// lookDuckDB lists a DuckDB catalog again when this process changed it; nobody
// else can. While another lake hangs or is down, DuckDB cannot list any: then
// only what is known to have changed is looked at.
func (i *instance) lookDuckDB(ctx context.Context, a *attached) (seen, error) {
	count, changes := i.changes.since(a.physical)
	version := strconv.Itoa(count)
	last := a.last.Load()
	if last == nil { // as the instance opens
		schemas, err := scanDuckDB(ctx, a.reader, a.physical, a.lake.Name)
		if err != nil {
			return seen{}, err
		}
		comments, err := scanComments(ctx, a.reader, a.physical)
		comment(schemas, comments)
		return seen{version: version, schemas: schemas}, err
	}
	if last.version == version {
		return *last, nil
	}
	limited, cancel := context.WithTimeout(ctx, scanLimit)
	defer cancel()
	if schemas, err := a.scan.ask(limited, 0); err == nil {
		comments := commentsOf(last.schemas)
		if slices.ContainsFunc(changes, func(ch changed) bool { return ch.altered }) {
			if now, err := a.comments.ask(limited, 0); err == nil {
				comments = now
			}
		}
		comment(schemas, comments)
		i.changes.settle(a.physical, count)
		return seen{version: version, schemas: schemas}, nil
	}
	of := catalog.Catalog{Name: a.lake.Name, Physical: a.physical}
	schemas, _, err := overlay(ctx, a.reader, last.schemas, changes, of, false)
	return seen{version: version, schemas: schemas}, err
}

// overlay is schemas with the changed places looked at again, over c; trace
// differs when what was found there does. With rescan, a table that was altered
// and is gone makes the whole catalog be listed, since it has another name now.
func overlay(ctx context.Context, c *conn, schemas []catalog.Schema, changes []changed, of catalog.Catalog, rescan bool) (list []catalog.Schema, trace string, err error) {
	list = slices.Clone(schemas)
	found := make([]any, 0, len(changes))
	for _, ch := range changes {
		at := slices.IndexFunc(list, func(s catalog.Schema) bool { return strings.EqualFold(s.Name, ch.schema) })
		if ch.table == "" {
			exists, err := schemaExists(ctx, c, of.Physical, ch.schema)
			switch {
			case err != nil:
				return nil, "", err
			case exists && at < 0:
				list = append(list, catalog.Schema{Name: ch.schema})
			case !exists && at >= 0:
				list = slices.Delete(list, at, at+1)
			}
			found = append(found, ch.schema, exists)
			continue
		}
		if at < 0 {
			list = append(list, catalog.Schema{Name: ch.schema})
			at = len(list) - 1
		}
		table, err := lookAt(ctx, c, ch.place, of)
		missing := err != nil && gone(err)
		if err != nil && !missing {
			return nil, "", err
		}
		if missing && ch.altered && rescan {
			return relist(ctx, c, of, commentsOf(schemas))
		}
		list[at].Tables = replace(list[at].Tables, table, missing)
		found = append(found, table, missing)
	}
	sortSchemas(list)
	return list, digest(found), nil
}

// relist lists all of a catalog.
func relist(ctx context.Context, c *conn, of catalog.Catalog, comments map[place]string) ([]catalog.Schema, string, error) {
	list, err := scanDuckDB(ctx, c, of.Physical, of.Name)
	comment(list, comments)
	return list, digest(list), err
}

// replace is tables with t as it is now, or without it when it is missing.
func replace(tables []catalog.Table, t catalog.Table, missing bool) []catalog.Table {
	tables = slices.Clone(tables)
	here := slices.IndexFunc(tables, func(o catalog.Table) bool { return strings.EqualFold(o.Name.Table, t.Name.Table) })
	switch {
	case missing && here >= 0:
		return slices.Delete(tables, here, here+1)
	case missing:
		return tables
	case here < 0:
		return append(tables, t)
	}
	if was := tables[here]; was.Kind == t.Kind {
		t.Comment, t.Unique, t.ForeignKeys = was.Comment, was.Unique, was.ForeignKeys
	}
	tables[here] = t
	return tables
}

// lookAt reads one table or view; without comments and keys other than the primary one.
func lookAt(ctx context.Context, c *conn, p place, of catalog.Catalog) (catalog.Table, error) {
	t := catalog.Table{
		Name:     catalog.Name{Catalog: of.Name, Schema: p.schema, Table: p.table},
		Physical: catalog.Name{Catalog: of.Physical, Schema: p.schema, Table: p.table},
		Kind:     catalog.BaseTable,
		Whole:    true,
	}
	var err error
	if t.Columns, t.PrimaryKey, err = describeKeyed(ctx, c, t.Physical); err != nil {
		return t, err
	}
	// DuckDB lists views of all lakes or of none; but it deletes from tables alone.
	if err := c.prepare(ctx, "DELETE FROM "+qualified(t.Physical)+" WHERE false"); err != nil {
		t.Kind = catalog.ViewTable
	}
	return t, nil
}

// schemaExists asks by naming a table that is not there: only the reason differs.
func schemaExists(ctx context.Context, c *conn, physical, schema string) (bool, error) {
	err := c.prepare(ctx, "FROM "+qualified(catalog.Name{Catalog: physical, Schema: schema, Table: randomName("t_")}))
	switch {
	case err == nil:
		return true, nil
	case !gone(err):
		return false, err
	default:
		return !strings.Contains(err.Error(), "because schema"), nil
	}
}

// sessionContents is what a session sees over its own connection: what all see,
// with what it made itself and has not committed, and its temporary tables.
func (i *instance) sessionContents(ctx context.Context, c *conn, old catalog.Contents) (catalog.Contents, error) {
	contents, err := i.contents(ctx, old)
	if err != nil || len(c.changes) == 0 {
		return contents, err
	}
	mine := map[string][]changed{}
	for _, ch := range c.changes {
		mine[ch.catalog] = append(mine[ch.catalog], ch)
	}
	all := slices.Clone(contents.Catalogs)
	if _, ok := mine[tempCatalog]; ok {
		all = append(all, catalog.Catalog{
			Name: tempCatalog, Physical: tempCatalog, Type: catalog.Temp, Schemas: []catalog.Schema{{Name: "main"}},
		})
	}
	for n, cat := range all {
		changes := mine[cat.Physical]
		if len(changes) == 0 {
			continue
		}
		schemas, trace, err := overlay(ctx, c, cat.Schemas, changes, cat, true)
		switch err := i.translate(ctx, err); {
		case errors.Is(err, ErrTransaction):
			return contents, nil // it failed: only a rollback is of use now
		case err != nil:
			return catalog.Contents{}, fmt.Errorf("read what the session made: %w", err)
		}
		all[n].Schemas = schemas
		all[n].Stamp += "+" + trace
	}
	return stamped(all), nil
}

// digest differs when v does.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // never: v is plain data
		return err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
