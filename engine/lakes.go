package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// unlockStorage makes one scoped secret for each storage.
func (i *instance) unlockStorage(ctx context.Context, c *conn) error {
	if !slices.Contains(needed(i.cfg), "httpfs") {
		return nil
	}
	for _, s := range i.cfg.Storage {
		sql, err := storageSecret(s)
		if err != nil {
			return fmt.Errorf("storage %q: %w", s.Name, err)
		}
		create := func() error { return c.exec(ctx, sql) }
		if s.Chain {
			err = i.environment.during(create)
		} else {
			err = create()
		}
		if err != nil {
			why, _ := cause(err)
			return fmt.Errorf("storage %q: %s", s.Name, why)
		}
	}
	return nil
}

// storageSecret is the statement that makes s's secret. It holds the key: it
// must not be put in an error.
func storageSecret(s catalog.Storage) (string, error) {
	parts := []string{"TYPE s3", "SCOPE " + sqltext.Literal(s.Scope)}
	if s.Region != "" {
		parts = append(parts, "REGION "+sqltext.Literal(s.Region))
	}
	if s.Endpoint != "" {
		u, err := url.Parse(s.Endpoint)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "", fmt.Errorf("endpoint %q is not like https://host:port", s.Endpoint)
		}
		parts = append(parts, "ENDPOINT "+sqltext.Literal(u.Host), "USE_SSL "+strconv.FormatBool(u.Scheme == "https"))
	}
	if s.PathStyle {
		parts = append(parts, "URL_STYLE 'path'")
	}
	if s.Chain {
		parts = append(parts, "PROVIDER credential_chain")
	} else {
		parts = append(parts, "KEY_ID "+sqltext.Literal(string(s.AccessKeyID)), "SECRET "+sqltext.Literal(string(s.SecretAccessKey)))
		if s.SessionToken != "" {
			parts = append(parts, "SESSION_TOKEN "+sqltext.Literal(string(s.SessionToken)))
		}
	}
	return "CREATE SECRET " + randomName("s_") + " (" + strings.Join(parts, ", ") + ")", nil
}

// attachAll attaches all lakes under random names. DuckDB's own files come
// first, and are listed then: with a lake that hangs beside them they cannot be.
func (i *instance) attachAll(ctx context.Context, c *conn) error {
	i.lakes = make([]*attached, 0, len(i.cfg.Lakes))
	for _, lake := range i.cfg.Lakes {
		if err := absolute(&lake); err != nil {
			return &LakeError{lake.Name, err}
		}
		a := &attached{lake: lake, physical: randomName("c_")}
		a.contents.put = func(ctx context.Context) (seen, error) { return i.look(ctx, a) }
		a.scan.put = func(ctx context.Context) ([]catalog.Schema, error) {
			return scanDuckDB(ctx, a.lister, a.physical, a.lake.Name)
		}
		a.comments.put = func(ctx context.Context) (map[place]string, error) {
			return scanComments(ctx, a.commenter, a.physical)
		}
		a.pulse.patient, a.storage.patient = true, true
		a.pulse.put = func(ctx context.Context) (struct{}, error) { return struct{}{}, insist(ctx, a.sign) }
		a.storage.put = func(ctx context.Context) (struct{}, error) {
			return struct{}{}, insist(ctx, func(ctx context.Context) error { return i.probeStorage(ctx, a.caller, a) })
		}
		a.health.put = func(ctx context.Context) (struct{}, error) { return struct{}{}, i.probe(ctx, a) }
		i.lakes = append(i.lakes, a)
	}
	order := slices.Clone(i.lakes)
	slices.SortStableFunc(order, func(x, y *attached) int { return attachOrder[x.lake.Type] - attachOrder[y.lake.Type] })
	for _, a := range order {
		if err := a.open(i); err != nil {
			return err
		}
		if err := i.attach(ctx, c, a); err != nil {
			return &LakeError{a.lake.Name, err}
		}
		if a.down != nil && i.cfg.RequireLakes {
			return &LakeError{a.lake.Name, a.down}
		}
	}
	return nil
}

// absolute makes lake's local paths absolute, as they are checked once the
// instance is locked.
func absolute(lake *catalog.Lake) error {
	lake.FileTables = slices.Clone(lake.FileTables)
	places := []*string{&lake.Data}
	for n := range lake.FileTables {
		places = append(places, &lake.FileTables[n].Path)
	}
	for _, p := range places {
		if *p == "" || remote(*p) {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return err
		}
		*p = abs
	}
	return nil
}

var attachOrder = map[catalog.Type]int{catalog.DuckDB: 1, catalog.Files: 2, catalog.DuckLake: 3}

// attach attaches one lake. The error is a mistake in the settings; a lake that
// cannot be reached is down.
func (i *instance) attach(ctx context.Context, c *conn, a *attached) error {
	var err error
	if a.lake.Type == catalog.Files { // only its views need what may be out of reach
		err = c.exec(ctx, "ATTACH ':memory:' AS "+sqltext.Identifier(a.physical))
	}
	if err == nil {
		err = i.probeStorage(ctx, c, a)
	}
	if err == nil {
		switch a.lake.Type {
		case catalog.Files:
		case catalog.DuckDB:
			err = attachFile(ctx, c, a)
		case catalog.DuckLake:
			err = attachDuckLake(ctx, c, a)
		default:
			return fmt.Errorf("there is no type %q", a.lake.Type)
		}
	}
	if err == nil && a.lake.Type != catalog.DuckLake {
		// Here alone nothing else can fail: the lakes that may hang are not there yet.
		_, err = i.look(ctx, a)
	}
	why, passing := cause(err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case passing:
		i.cfg.Log.WarnContext(ctx, "lake is down", "lake", a.lake.Name, "reason", why)
		if a.lake.Type != catalog.Files { // those can be looked at again
			a.down = fmt.Errorf("%w: %s", ErrUnavailable, why)
		}
		return nil
	default:
		return errors.New(why)
	}
}

// probeStorage asks S3 for each place that a's data lies in, at the cost of one
// listing that finds nothing.
func (i *instance) probeStorage(ctx context.Context, c *conn, a *attached) error {
	for _, p := range paths(a.lake) {
		folder := p
		if a.lake.Type == catalog.Files {
			folder = fixedFolder(p)
		}
		if !remote(folder) {
			continue
		}
		if !slices.ContainsFunc(i.cfg.Storage, func(s catalog.Storage) bool { return strings.HasPrefix(folder, s.Scope) }) {
			return mistakeError("no storage has a scope that covers " + folder)
		}
		nothing := strings.TrimSuffix(folder, "/") + "/" + randomName("probe_") + "*"
		if err := c.exec(ctx, "FROM glob("+sqltext.Literal(nothing)+")"); err != nil {
			return err
		}
	}
	return nil
}

func attachFile(ctx context.Context, c *conn, a *attached) error {
	path := a.lake.Path
	if path == "" {
		path = ":memory:"
	}
	options := ""
	if a.lake.ReadOnly && path != ":memory:" {
		options = " (READ_ONLY)"
	}
	if err := isDatabase(path); err != nil {
		return err
	}
	return c.exec(ctx, "ATTACH "+sqltext.Literal(path)+" AS "+sqltext.Identifier(a.physical)+options)
}

// isDatabase refuses a file that is there and is no database of DuckDB's, which
// has its name at byte 8: DuckDB itself takes a short one for a new database,
// and would write over it.
func isDatabase(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return mistakeError("the file cannot be opened: " + err.Error())
	}
	defer f.Close() //nolint:errcheck // only read
	var head [12]byte
	n, err := io.ReadFull(f, head[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil || string(head[8:]) != "DUCK" {
		return mistakeError("the file is not a DuckDB database")
	}
	return nil
}

func attachDuckLake(ctx context.Context, c *conn, a *attached) error {
	a.metadata = randomName("m_")
	m := a.lake.Metadata
	data := a.lake.Data
	if !remote(data) {
		if err := os.MkdirAll(data, 0o700); err != nil {
			return err
		}
	}
	options := []string{"METADATA_CATALOG " + sqltext.Literal(a.metadata), "DATA_PATH " + sqltext.Literal(strings.TrimSuffix(data, "/")+"/")}
	source := "ducklake:" + m.Path
	if m.Type != "postgres" {
		if err := isDatabase(m.Path); err != nil {
			return err
		}
	} else {
		secret := randomName("p_")
		if err := c.exec(ctx, metadataSecret(secret, m)); err != nil {
			return err
		}
		source = "ducklake:postgres:" + metadataDSN(m)
		options = append(options, "META_SECRET "+sqltext.Literal(secret))
		if m.Schema != "" {
			options = append(options, "METADATA_SCHEMA "+sqltext.Literal(m.Schema))
		}
	}
	if a.lake.ReadOnly {
		options = append(options, "READ_ONLY")
	}
	return c.exec(ctx, "ATTACH "+sqltext.Literal(source)+" AS "+sqltext.Identifier(a.physical)+" ("+strings.Join(options, ", ")+")")
}

// metadataSecret is the statement that makes the secret of m's database. It
// holds the password: it must not be put in an error.
func metadataSecret(name string, m catalog.Metadata) string {
	parts := []string{"TYPE postgres", "HOST " + sqltext.Literal(m.Host), "DATABASE " + sqltext.Literal(m.Database), "USER " + sqltext.Literal(m.User)}
	if m.Port != 0 {
		parts = append(parts, "PORT "+sqltext.Literal(strconv.Itoa(m.Port)))
	}
	if m.Password != "" {
		parts = append(parts, "PASSWORD "+sqltext.Literal(string(m.Password)))
	}
	return "CREATE SECRET " + sqltext.Identifier(name) + " (" + strings.Join(parts, ", ") + ")"
}

// metadataDSN is what libpq is told besides the secret. DuckDB shows it, so it
// holds nothing that is one.
func metadataDSN(m catalog.Metadata) string {
	dsn := "connect_timeout=3 tcp_user_timeout=10000 keepalives_idle=10 keepalives_interval=5 keepalives_count=2 application_name=lakegate"
	if m.SSLMode != "" {
		dsn += " sslmode=" + m.SSLMode
	}
	return dsn
}
