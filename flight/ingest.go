package flight

import (
	"context"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
)

// ingest writes the upload's rows into one table, all or none.
func (s *service) ingest(ctx context.Context, c *call, q *pb.CommandStatementIngest, up *upload) (int64, error) {
	mode, err := ingestMode(q.GetTableDefinitionOptions())
	if err != nil {
		return 0, err
	}
	parts, err := ingestTable(q)
	if err != nil {
		return 0, err
	}
	own, o, want, err := s.sessionFor(c, q.GetTransactionId())
	if err != nil {
		return 0, err
	}
	if q.GetTemporary() {
		if own == nil {
			if own, o, err = s.needSession(c); err != nil {
				return 0, err
			}
		}
		if err := s.needTemporary(ctx, own); err != nil {
			return 0, err
		}
	}
	sc, err := s.open(ctx, c, own, o, want)
	if err != nil {
		return 0, err
	}
	rows, err := up.reader()
	if err != nil {
		return 0, err
	}
	if rows == nil {
		return 0, requestf("there is no schema: an ingest brings at least that")
	}
	defer rows.Release()
	var n int64
	err = s.execute(ctx, c, "", sc, ingestVerdict(sc.view, parts, q.GetTemporary()), func(ctx context.Context) (err error) {
		n, err = s.cfg.Engine.Ingest(ctx, engine.IngestRequest{
			Session: sc.session, View: sc.view, Table: parts, Temporary: q.GetTemporary(), Mode: mode,
		}, rows)
		c.rows = n
		if err == nil && mode != engine.IngestAppend {
			err = s.changed(ctx, sc)
		}
		return err
	})
	if err != nil {
		if bad := readError(rows); bad != nil {
			return 0, bad
		}
		return 0, err
	}
	return n, nil
}

// ingestVerdict names the table that an ingest writes to, as far as it is known
// before it runs.
func ingestVerdict(view catalog.View, parts []string, temporary bool) guard.Verdict {
	v := guard.Verdict{Kind: guard.Change, Temp: temporary}
	if temporary {
		v.Target = catalog.Name{Catalog: string(catalog.Temp), Schema: "main", Table: parts[0]}
	} else if t, err := view.Table(parts...); err == nil {
		v.Target = t.Name
	} else if name, _, err := view.Place(parts...); err == nil {
		v.Target = name
	}
	return v
}

// ingestTable is the table's name in one to three parts.
func ingestTable(q *pb.CommandStatementIngest) ([]string, error) {
	database, schema, table := q.GetCatalog(), q.GetSchema(), q.GetTable()
	switch {
	case table == "":
		return nil, requestf("an ingest names its table")
	case q.GetTemporary() && (database != "" || schema != ""):
		return nil, requestf("a temporary table has no catalog and schema of its own")
	case database != "" && schema == "":
		return []string{database, "main", table}, nil
	case database != "":
		return []string{database, schema, table}, nil
	case schema != "":
		return []string{schema, table}, nil
	}
	return []string{table}, nil
}

// ingestMode is what the client wants to happen to the table.
func ingestMode(o *pb.CommandStatementIngest_TableDefinitionOptions) (mode engine.IngestMode, err error) {
	const (
		create   = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_CREATE
		failNone = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_FAIL
		failSome = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_FAIL
		add      = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_APPEND
		replace  = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_REPLACE
	)
	type wish struct {
		none pb.CommandStatementIngest_TableDefinitionOptions_TableNotExistOption
		some pb.CommandStatementIngest_TableDefinitionOptions_TableExistsOption
	}
	mode, ok := map[wish]engine.IngestMode{
		{create, failSome}: engine.IngestCreate,
		{create, add}:      engine.IngestCreateAppend,
		{create, replace}:  engine.IngestReplace,
		{failNone, add}:    engine.IngestAppend,
	}[wish{o.GetIfNotExist(), o.GetIfExists()}]
	if !ok {
		return mode, requestf("table definition options: create+fail, create+append, create+replace and fail+append are those that there are")
	}
	return mode, nil
}
