package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lakegate/lakegate/bench/job"
)

// restriction is the row filter and the mask that the policy has for one table.
type restriction struct{ filter, column, mask string }

// restrictions are one of each for every table of TPC-H. They let nearly all
// rows pass, so that the queries have the work that they have without.
var restrictions = map[string]restriction{
	"customer": {"c_custkey % 100 <> 7", "c_phone", "left(c_phone, 2) || '-***'"},
	"lineitem": {"l_orderkey % 100 <> 7", "l_comment", "left(l_comment, 4)"},
	"nation":   {"n_nationkey <> 23", "n_comment", "left(n_comment, 4)"},
	"orders":   {"o_orderkey % 100 <> 7", "o_clerk", "'Clerk#' || right(o_clerk, 2)"},
	"part":     {"p_partkey % 100 <> 7", "p_comment", "left(p_comment, 4)"},
	"partsupp": {"ps_suppkey % 100 <> 7", "ps_comment", "left(ps_comment, 4)"},
	"region":   {"r_regionkey <> 4", "r_comment", "left(r_comment, 4)"},
	"supplier": {"s_suppkey % 100 <> 7", "s_phone", "left(s_phone, 2) || '-***'"},
}

// restrictedTPCH is the 22 queries through a policy with a filter and a mask on
// every table, against the same written by hand.
func restrictedTPCH(ctx context.Context, t turn) error {
	queries, err := t.tpchQueries()
	if err != nil {
		return err
	}
	c := catalogs{restricted: true}
	return t.on(ctx, c, func(s *server) error {
		return t.take(ctx, s, c, "22", job.Job{Op: job.Queries, SQLs: queries, Use: hand})
	})
}

// hand is the catalog, of a process of one's own, with what byHand makes.
const hand = "hand"

// tpchQueries are the texts of the 22.
func (w *world) tpchQueries() ([]string, error) {
	var sqls []string
	for i := 1; i <= 22; i++ {
		text, err := os.ReadFile(filepath.Join(w.data, "queries", fmt.Sprintf("q%02d.sql", i)))
		if err != nil {
			return nil, err
		}
		sqls = append(sqls, string(text))
	}
	return sqls, nil
}

// byHand is the SQL that gives a process of one's own what the policy leaves.
func byHand() []string {
	sqls := []string{"ATTACH ':memory:' AS " + hand}
	for _, table := range slices.Sorted(maps.Keys(restrictions)) {
		r := restrictions[table]
		sqls = append(sqls, fmt.Sprintf("CREATE VIEW %s.main.%s AS SELECT * REPLACE (%s AS %s) FROM bench.main.%s WHERE %s",
			hand, table, r.mask, r.column, table, r.filter))
	}
	return sqls
}

// rules is the policy file that restricts all tables.
func rules() object {
	var tables []object
	for _, table := range slices.Sorted(maps.Keys(restrictions)) {
		r := restrictions[table]
		tables = append(tables, object{
			"schema": "main", "table": table, "privileges": []string{"SELECT"}, "filter": r.filter,
			"columns": []object{{"name": r.column, "mask": r.mask}},
		})
	}
	return object{"tables": append(tables, object{"privileges": []string{"SELECT"}})}
}

// audited is SELECT 1 without an audit log, and with one.
func audited(ctx context.Context, t turn) error {
	for _, on := range []bool{false, true} {
		c, name := catalogs{audited: on}, "without"
		if on {
			name = "with"
		}
		err := t.on(ctx, c, func(s *server) error {
			return t.take(ctx, s, c, name, job.Job{Op: job.Loop, SQL: "SELECT 1", Clients: 16, Seconds: 2 * t.seconds})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
