package main

import "github.com/lakegate/lakegate/catalog"

// storageField, lakeField and tableField make a key's field function from one
// that picks the field of an entry.
func storageField(pick func(*catalog.Storage) any) func(*settings, []string) any {
	return func(s *settings, names []string) any { return pick(s.storage(names[0])) }
}

func lakeField(pick func(*catalog.Lake) any) func(*settings, []string) any {
	return func(s *settings, names []string) any { return pick(s.lake(names[0])) }
}

func tableField(pick func(*catalog.FileTable) any) func(*settings, []string) any {
	return func(s *settings, names []string) any { return pick(s.table(names[0], names[1])) }
}

var lakeKeys = []key{
	{
		path: "storage.*.type", kind: choiceKind("s3"), def: "s3", example: "s3",
		doc: "The kind of storage.",
		field: func(s *settings, names []string) any {
			s.storage(names[0])
			return namedText{s.StorageType, names[0]}
		},
	},
	{
		path: "storage.*.scope", kind: scopeKind, example: `"s3://lake1/"`,
		doc:   "Required. The prefix that this entry's credentials serve, and nothing else.",
		field: storageField(func(s *catalog.Storage) any { return &s.Scope }),
	},
	{
		path: "storage.*.endpoint", kind: urlKind, example: `"http://127.0.0.1:7070"`,
		doc:   "The S3 server. Absent: AWS.",
		field: storageField(func(s *catalog.Storage) any { return &s.Endpoint }),
	},
	{
		path: "storage.*.region", kind: textKind, example: "eu-central-1",
		doc:   "The region that requests are signed for. Absent: us-east-1.",
		field: storageField(func(s *catalog.Storage) any { return &s.Region }),
	},
	{
		path: "storage.*.path_style", kind: boolKind, def: "false", example: "true",
		doc:   "Whether the bucket is written into the path rather than the host name; most servers besides AWS need it.",
		field: storageField(func(s *catalog.Storage) any { return &s.PathStyle }),
	},
	{
		path: "storage.*.credential_chain", kind: boolKind, def: "false", example: "true",
		doc:   "Whether credentials come from the AWS chain (environment, profile, instance role) instead of the keys below. Needs the extension `aws`.",
		field: storageField(func(s *catalog.Storage) any { return &s.Chain }),
	},
	{
		path: "storage.*.access_key_id", kind: secretKind, secret: true, example: "AKIA...",
		doc:   "Required without `credential_chain`.",
		field: storageField(func(s *catalog.Storage) any { return &s.AccessKeyID }),
	},
	{
		path: "storage.*.secret_access_key", kind: secretKind, secret: true, example: "(better as secret_access_key_file: s3.secret)",
		doc:   "Required without `credential_chain`.",
		field: storageField(func(s *catalog.Storage) any { return &s.SecretAccessKey }),
	},
	{
		path: "storage.*.session_token", kind: secretKind, secret: true, example: "(better as session_token_file: s3.token)",
		doc:   "Goes with temporary credentials.",
		field: storageField(func(s *catalog.Storage) any { return &s.SessionToken }),
	},
	{
		path: "catalogs.*.type", kind: choiceKind("ducklake", "duckdb", "files"), example: "ducklake",
		doc:   "Required. `ducklake`: metadata in PostgreSQL or a DuckDB file, data as Parquet. `duckdb`: a DuckDB database file. `files`: tables declared over Parquet files that others write.",
		field: lakeField(func(l *catalog.Lake) any { return (*lakeType)(&l.Type) }),
	},
	{
		path: "catalogs.*.data", kind: dataKind, example: `"s3://lake1/boilstream/"`,
		doc:   "`ducklake`, required: where the Parquet files lie, an S3 prefix or a folder.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Data }),
	},
	{
		path: "catalogs.*.path", kind: pathKind, example: "scratch.duckdb",
		doc:   "`duckdb`, required: the database file; made when it is not there.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Path }),
	},
	{
		path: "catalogs.*.read_only", kind: boolKind, def: "false", example: "true",
		doc:   "Whether nobody may change this catalog, whatever their rights.",
		field: lakeField(func(l *catalog.Lake) any { return &l.ReadOnly }),
	},
	{
		path: "catalogs.*.metadata.type", kind: choiceKind("postgres", "duckdb"), example: "postgres",
		doc:   "`ducklake`, required: where the metadata lies. PostgreSQL serves many replicas, a DuckDB file one process.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Type }),
	},
	{
		path: "catalogs.*.metadata.path", kind: pathKind, example: "lake.ducklake",
		doc:   "Metadata in a DuckDB file, required: that file; made when it is not there.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Path }),
	},
	{
		path: "catalogs.*.metadata.host", kind: hostOrSocketKind, example: "127.0.0.1",
		doc:   "Metadata in PostgreSQL, required: its host name or address, or the folder of its socket.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Host }),
	},
	{
		path: "catalogs.*.metadata.port", kind: countKind(1, 65535), def: "5432", example: "5433",
		doc:   "PostgreSQL's port.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Port }),
	},
	{
		path: "catalogs.*.metadata.database", kind: textKind, example: "lake",
		doc:   "Metadata in PostgreSQL, required: the database.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Database }),
	},
	{
		path: "catalogs.*.metadata.user", kind: textKind, example: "lake",
		doc:   "Metadata in PostgreSQL, required: the role. It should own the schema and nothing else.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.User }),
	},
	{
		path: "catalogs.*.metadata.password", kind: secretKind, secret: true, example: "(better as password_file: pg.secret)",
		doc:   "The role's password. Absent: PostgreSQL must let the role in without one.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Password }),
	},
	{
		path: "catalogs.*.metadata.schema", kind: textKind, example: "boilstream",
		doc:   "PostgreSQL's schema for this lake's metadata. Absent: public.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.Schema }),
	},
	{
		path: "catalogs.*.metadata.sslmode", kind: choiceKind("disable", "allow", "prefer", "require", "verify-ca", "verify-full"), example: "verify-full",
		doc:   "How the connection to PostgreSQL is secured, as libpq's sslmode. Absent: prefer.",
		field: lakeField(func(l *catalog.Lake) any { return &l.Metadata.SSLMode }),
	},
	{
		path: "catalogs.*.tables.*.path", kind: dataKind, example: `"s3://lake1/hits/**/*.parquet"`,
		doc:   "`files`, required: a Parquet file, or a pattern of them. The table's name before it is `schema.table`, or `table` for the schema main.",
		field: tableField(func(t *catalog.FileTable) any { return &t.Path }),
	},
	{
		path: "catalogs.*.tables.*.hive_partitioning", kind: boolKind, def: "false", example: "true",
		doc:   "Whether folders named `column=value` give columns.",
		field: tableField(func(t *catalog.FileTable) any { return &t.HivePartitioning }),
	},
	{
		path: "lakes_required", kind: boolKind, def: "true", example: "false",
		doc:   "Whether the start stops when a lake cannot be reached. If not, the server starts, health says NOT_SERVING for that lake, and it is served once it can be reached.",
		field: func(s *settings, _ []string) any { return &s.LakesRequired },
	},
	{
		path: "default_catalog", kind: textKind, example: "boilstream",
		doc:   "The catalog in which names without one are looked for. Absent: the only one, or the first by name.",
		field: func(s *settings, _ []string) any { return &s.DefaultCatalog },
	},
	{
		path: "default_schema", kind: textKind, def: "main", example: "s3",
		doc:   "The schema in which names without one are looked for.",
		field: func(s *settings, _ []string) any { return &s.DefaultSchema },
	},
	{
		path: "metadata_max_age", kind: durationKind, def: "2s", example: "10s",
		doc:   "How long a change of tables and columns that others made (another replica, another tool) may stay unseen. One's own are seen at once.",
		field: func(s *settings, _ []string) any { return &s.MetadataMaxAge },
	},
}
