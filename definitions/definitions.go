// Package definitions keeps what administrators and users define in SQL that no
// lake keeps: grants, roles and views. It is one file in the state folder, which
// replicas may share. Who may define what is the guard's to decide.
package definitions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// Set is all that is defined. It is plain data and never changed once made.
type Set struct {
	Grants policy.Grants
	Views  []catalog.Table // with their Definition; ordered by name

	stamp string // differs when Views do; empty for none
}

// ErrNoFolder is Apply's error where no folder keeps anything.
var ErrNoFolder = guard.ErrNotKept

// What a Set may hold at most.
const (
	viewsMost   = 10_000
	grantsMost  = 100_000
	rolesMost   = 10_000
	membersMost = 100_000 // of all roles together
)

func fold(s string) string { return strings.ToLower(s) }

// key is how the names of tables and views are compared and ordered.
func key(n catalog.Name) string {
	return fold(n.Catalog) + "\x00" + fold(n.Schema) + "\x00" + fold(n.Table)
}

// stamped is set with the stamp of its views.
func (set Set) stamped() Set {
	set.stamp = ""
	if len(set.Views) > 0 {
		text, err := json.Marshal(set.Views)
		if err != nil { // never: it is plain data
			text = []byte(err.Error())
		}
		sum := sha256.Sum256(text)
		set.stamp = hex.EncodeToString(sum[:8])
	}
	return set
}

// Into is contents with the set's views in them, in the place of those that
// another set had put there. A lake's own table of the same name hides a view,
// and a view whose catalog or schema is not there is left out.
func (set Set) Into(contents catalog.Contents) catalog.Contents {
	if len(set.Views) > 0 && set.stamp == "" {
		set = set.stamped()
	}
	views := map[string][]catalog.Table{} // by catalog and schema
	for _, v := range set.Views {
		place := key(catalog.Name{Catalog: v.Name.Catalog, Schema: v.Name.Schema})
		views[place] = append(views[place], v)
	}
	catalogs := slices.Clone(contents.Catalogs)
	for i, c := range catalogs {
		if c.Type == catalog.Temp || c.Type == catalog.System {
			continue
		}
		schemas := slices.Clone(c.Schemas)
		changed := false
		for j, s := range schemas {
			tables, differs := merge(s.Tables, views[key(catalog.Name{Catalog: c.Name, Schema: s.Name})], c.Name, s.Name)
			schemas[j].Tables = tables
			changed = changed || differs
		}
		if changed {
			catalogs[i].Schemas = schemas
			catalogs[i].Stamp += " views " + set.stamp
		}
	}
	contents.Catalogs = catalogs
	if set.stamp != "" {
		contents.Stamp += " views " + set.stamp
	}
	return contents
}

// merge is the tables of a schema with views among them, in order; tables is not changed.
func merge(tables, views []catalog.Table, database, schema string) (merged []catalog.Table, differs bool) {
	ours := func(t catalog.Table) bool { return t.Definition != nil }
	if slices.ContainsFunc(tables, ours) {
		tables, differs = slices.DeleteFunc(slices.Clone(tables), ours), true
	}
	if len(views) == 0 {
		return tables, differs
	}
	taken := make(map[string]bool, len(tables))
	for _, t := range tables {
		taken[fold(t.Name.Table)] = true
	}
	merged = slices.Clone(tables)
	for _, v := range views {
		if taken[fold(v.Name.Table)] {
			continue
		}
		v.Name.Catalog, v.Name.Schema = database, schema // as the lake spells them
		merged, differs = append(merged, v), true
	}
	slices.SortStableFunc(merged, func(a, b catalog.Table) int { return strings.Compare(a.Name.Table, b.Name.Table) })
	return merged, differs
}
