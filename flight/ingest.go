package flight

import (
	"context"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/lakegate/lakegate/engine"
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
	n, err := s.cfg.Engine.Ingest(ctx, engine.IngestRequest{
		Session: sc.session, View: sc.view, Table: parts, Temporary: q.GetTemporary(), Mode: mode,
	}, rows)
	if err != nil {
		if bad := readError(rows); bad != nil {
			return 0, bad
		}
		return 0, err
	}
	c.rows = n
	if mode == engine.IngestAppend {
		return n, nil
	}
	return n, s.changed(ctx, sc)
}

// ingestTable is the table's name in one to three parts.
func ingestTable(q *pb.CommandStatementIngest) ([]string, error) {
	catalog, schema, table := q.GetCatalog(), q.GetSchema(), q.GetTable()
	switch {
	case table == "":
		return nil, requestf("an ingest names its table")
	case q.GetTemporary() && (catalog != "" || schema != ""):
		return nil, requestf("a temporary table has no catalog and schema of its own")
	case catalog != "" && schema == "":
		return []string{catalog, "main", table}, nil
	case catalog != "":
		return []string{catalog, schema, table}, nil
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
