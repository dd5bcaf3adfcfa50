package catalog

import "github.com/lakegate/lakegate/auth"

// Type is a kind of lake.
type Type string

// The kinds of lakes.
const (
	DuckLake Type = "ducklake" // metadata in PostgreSQL or a DuckDB file, data as Parquet
	DuckDB   Type = "duckdb"   // one DuckDB database file
	Files    Type = "files"    // tables declared over Parquet files that others write
	Temp     Type = "temp"     // a session's temporary tables
	System   Type = "system"   // the server's own: lakegate.system and lakegate.audit
)

// Lake is one catalog as the settings declare it.
type Lake struct {
	Name     string   // logical; what clients see
	Type     Type     //
	Metadata Metadata // DuckLake only
	Data     string   // DuckLake only: s3://bucket/prefix/ or a folder
	Path     string   // DuckDB only: the file; empty or ":memory:" keeps it in memory
	ReadOnly bool

	FileTables []FileTable // Files only
}

// Metadata says where a DuckLake keeps its metadata.
type Metadata struct {
	Type     string // "postgres" or "duckdb"
	Path     string // duckdb: the file
	Host     string // postgres, as are those below
	Port     int
	Database string
	User     string
	Password auth.Secret
	Schema   string
	SSLMode  string // libpq's sslmode; empty leaves libpq's default
}

// FileTable is a table over Parquet files.
type FileTable struct {
	Schema           string
	Name             string
	Path             string // a file, a folder's glob, s3://bucket/prefix/**/*.parquet
	HivePartitioning bool
}

// Storage is the way to one S3 prefix.
type Storage struct {
	Name            string
	Scope           string // s3://bucket/prefix/; the credentials serve nothing else
	Endpoint        string // http(s)://host:port; empty means AWS
	Region          string
	PathStyle       bool
	Chain           bool // ask the AWS credential chain instead of the two below
	AccessKeyID     auth.Secret
	SecretAccessKey auth.Secret
	SessionToken    auth.Secret
}
