package main

import (
	"maps"
	"slices"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
)

// settings is everything that one start of the server is told, typed and
// checked. Each field is described, under its key, in the table of keys.go.
type settings struct {
	Listen         string
	AllowPlaintext bool
	TLS            struct{ Certificate, Key, ClientCA, ClientAuth string }

	Engine struct {
		MemoryLimit size
		Threads     int
		Spill       string
		SpillLimit  size
		Stuck       int
		HTTPTimeout time.Duration
		HTTPRetries int
	}
	Extensions string
	State      string
	TicketKeys []auth.Secret
	TicketLife time.Duration

	Storage        map[string]*catalog.Storage
	StorageType    map[string]string
	Catalogs       map[string]*catalog.Lake
	Tables         map[string]map[string]*catalog.FileTable // by catalog, then by schema.table
	LakesRequired  bool
	DefaultCatalog string
	DefaultSchema  string
	MetadataMaxAge time.Duration

	Auth   authSettings
	Policy struct{ File, Withdrawn string }

	Airport struct{ Enabled, AttachToken bool }

	Audit auditSettings

	HealthNeedsToken bool
	Grace            time.Duration
	Session          struct {
		RequireCookie bool
		Idle          time.Duration
		Grace         time.Duration
	}
	Limits struct {
		MaxMessage            size
		MaxConnections        int
		MaxConnectionsPerPeer int
		MaxStreams            int
		MaxRequests           int
		BurstLimit            int
		GlobalLimit           int
		SessionsPerHour       int
		ConcurrentSessions    int
		SessionHours          int
		MostRunning           int
		Running               int
		Queued                int
		QueueWait             time.Duration
		StatementTime         time.Duration
		Rows                  int
		Bytes                 size
		StatementBytes        size
		Nesting               int
		TemporaryTables       int
	}
	Log struct{ Level, Format string }
}

// size is an amount of bytes as the settings spell it, such as 4GB or 64MiB.
type size struct {
	Text  string // as written; what DuckDB is told
	Bytes int64
}

// newSettings is a settings value with empty maps and no defaults yet.
func newSettings() *settings {
	return &settings{
		Storage:     map[string]*catalog.Storage{},
		StorageType: map[string]string{},
		Catalogs:    map[string]*catalog.Lake{},
		Tables:      map[string]map[string]*catalog.FileTable{},
		Auth: authSettings{
			Issuers:       map[string]*issuerSettings{},
			Names:         map[string]*nameSettings{},
			Impersonation: map[string]*impersonationSettings{},
		},
	}
}

// storage is the entry of that name, made when it is not there yet.
func (s *settings) storage(name string) *catalog.Storage {
	if s.Storage[name] == nil {
		s.Storage[name] = &catalog.Storage{Name: name}
	}
	return s.Storage[name]
}

// lake is the catalog of that name, made when it is not there yet.
func (s *settings) lake(name string) *catalog.Lake {
	if s.Catalogs[name] == nil {
		s.Catalogs[name] = &catalog.Lake{Name: name}
	}
	return s.Catalogs[name]
}

// table is the declared table of that name in a catalog, made when it is not there yet.
func (s *settings) table(lake, name string) *catalog.FileTable {
	s.lake(lake)
	if s.Tables[lake] == nil {
		s.Tables[lake] = map[string]*catalog.FileTable{}
	}
	if s.Tables[lake][name] == nil {
		s.Tables[lake][name] = &catalog.FileTable{}
	}
	return s.Tables[lake][name]
}

// sortedNames are the names in m, in order.
func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
