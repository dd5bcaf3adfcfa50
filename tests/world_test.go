package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// peers are an S3 server, a PostgreSQL cluster and an issuer, with tokens of three people.
type peers struct {
	s3       *testpeer.S3Server
	postgres *testpeer.PostgresServer
	issuer   *issuer.Issuer
}

var sharedPeers once[*peers]

// shared are the peers of all tests that do not stop them.
func shared(t testing.TB) *peers {
	t.Helper()
	lakegate(t)
	return sharedPeers.of(t, newPeers)
}

func newPeers(t testing.TB) *peers {
	t.Helper()
	return &peers{s3: testpeer.S3(t), postgres: testpeer.Postgres(t), issuer: issuer.Start(t)}
}

// token is for one of three people: wanda writes, rita reads, adam does all, and
// nobody else may see anything.
func token(t testing.TB, iss *issuer.Issuer, user string) string {
	t.Helper()
	groups := map[string][]string{"wanda": {"engineers"}, "rita": {"analysts"}, "adam": {"platform"}}[user]
	return iss.Token(t, issuer.Claims{"sub": user, "groups": groups})
}

// authSettings trust iss.
func authSettings(iss string, more ...string) string {
	return fmt.Sprintf(`auth:
  providers: [oidc]
  oidc: {issuer: %q, audience: %q%s}
  attempts: {peer: 1000000} # attackers and others come from one address here
  read_only_groups: [analysts]
  write_groups: [engineers]
  admin_groups: [platform]
`, iss, issuer.Audience, strings.Join(more, ""))
}

// simple are the settings of a server with one database file.
func simple(t testing.TB, iss *issuer.Issuer) string {
	t.Helper()
	return fmt.Sprintf(`extensions: %s
catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}
engine: {memory_limit: 1GB}
%s%s`, testpeer.Extensions(t), unlimited, authSettings(iss.URL))
}

// unlimited lets one caller call as fast as tests do.
const unlimited = "limits: {max_requests: 1000000, burst_limit: 1000000, global_limit: 1000000}\n"

var names atomic.Int64

// lake is a DuckLake with metadata in PostgreSQL and data on S3, made fresh.
type lake struct {
	peers  *peers
	name   string
	bucket string
	db     testpeer.PostgresDatabase
}

// newLake makes a database and a bucket for one lake.
func newLake(t testing.TB, p *peers) lake {
	t.Helper()
	name := fmt.Sprintf("lake%d", names.Add(1))
	p.s3.Bucket(t, name)
	return lake{peers: p, name: name, bucket: name, db: p.postgres.Database(t, name)}
}

// settings of a server over the lake, which it calls boilstream, and over a
// database file scratch. The secrets lie in files, as they should.
func (l lake) settings(t testing.TB, folder string) string {
	t.Helper()
	write(t, filepath.Join(folder, "s3.secret"), l.peers.s3.SecretKey+"\n")
	write(t, filepath.Join(folder, "pg.secret"), l.db.Password+"\n")
	return fmt.Sprintf(`extensions: %[1]s
engine: {memory_limit: 1GB, http_timeout: 2s}
default_catalog: boilstream
storage:
  lake: {type: s3, scope: "s3://%[2]s/", endpoint: %[3]q, region: %[4]s, path_style: true, access_key_id: %[5]s, secret_access_key_file: s3.secret}
catalogs:
  boilstream: {type: ducklake, metadata: {type: postgres, host: %[6]s, port: %[7]d, database: %[8]s, user: %[9]s, password_file: pg.secret, schema: boilstream}, data: "s3://%[2]s/boilstream/"}
  scratch: {type: duckdb, path: scratch.duckdb}
`, testpeer.Extensions(t), l.bucket, l.peers.s3.Endpoint, l.peers.s3.Region, l.peers.s3.AccessKey,
		l.db.Host, l.db.Port, l.db.Database, l.db.User) + authSettings(l.peers.issuer.URL) + unlimited
}

// start runs a server over the lake.
func (l lake) start(t testing.TB, more string, options ...option) *server {
	t.Helper()
	folder := t.TempDir()
	return start(t, l.settings(t, folder)+more, append([]option{in(folder), hiding(l.peers.s3.SecretKey, l.db.Password)}, options...)...)
}

// production is the shape in which the server is meant to run: a DuckLake on
// PostgreSQL and S3, a database file, Parquet files of others, tokens of a
// provider that somebody else wrote, and TLS.
type production struct {
	*server
	reader, writer, admin string // tokens
	s3                    *testpeer.S3Server
}

var theProduction once[*production]

func prod(t testing.TB) *production {
	t.Helper()
	testpeer.Require(t, testpeer.OpenSSL)
	lakegate(t)
	p := shared(t)
	return theProduction.of(t, func(t testing.TB) *production { return startProduction(t, p) })
}

func startProduction(t testing.TB, p *peers) *production {
	t.Helper()
	oidc := testpeer.MockOIDC(t)
	l := newLake(t, p)
	writeHits(t, p.s3.Folder(l.bucket))
	folder := t.TempDir()
	certify(t, folder)
	settings := strings.Replace(l.settings(t, folder), p.issuer.URL, oidc.Issuer, 1) +
		"tls: {certificate: server.pem, key: server.key}\nstate: state\n"
	settings = strings.Replace(settings, "auth:", fmt.Sprintf(
		"  weblogs: {type: files, tables: {web.hits: {path: \"s3://%s/hits/**/*.parquet\", hive_partitioning: true}}}\nauth:", l.bucket), 1)
	s := start(t, settings, in(folder), withCA(filepath.Join(folder, "ca.pem")), hiding(p.s3.SecretKey, l.db.Password))
	world := &production{server: s, s3: p.s3}
	for user, out := range map[string]*string{"wanda": &world.writer, "rita": &world.reader, "adam": &world.admin} {
		groups := map[string][]string{"wanda": {"engineers"}, "rita": {"analysts"}, "adam": {"platform"}}[user]
		oidc.SetClaims(t, map[string]any{"sub": user, "groups": groups})
		*out = oidc.Token(t, user, "secret")
		s.secret(*out)
	}
	return world
}

// writeHits writes what a web server's logs may look like into a bucket's folder.
func writeHits(t testing.TB, bucket string) {
	t.Helper()
	for day := 1; day <= 3; day++ {
		folder := filepath.Join(bucket, "hits", fmt.Sprintf("day=2026-01-0%d", day))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		writeParquet(t, filepath.Join(folder, "part-0.parquet"), rowsOf(1000*day))
	}
}

// rowsOf are n rows of an id and a text.
func rowsOf(n int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, rowSchema)
	defer b.Release()
	for i := range n {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("row %d", i))
	}
	return b.NewRecordBatch()
}

var rowSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

func writeParquet(t testing.TB, file string, rows arrow.RecordBatch) {
	t.Helper()
	defer rows.Release()
	var text bytes.Buffer
	w, err := pqarrow.NewFileWriter(rows.Schema(), &text, nil, pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, file, text.String())
}

// certify makes ca.pem, server.pem and server.key in folder, with openssl.
func certify(t testing.TB, folder string) {
	t.Helper()
	write(t, filepath.Join(folder, "san"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
	for _, line := range []string{
		"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Lakegate-tests -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem",
		"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
		"x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem",
	} {
		cmd := exec.Command("openssl", strings.Fields(line)...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", line, err, out)
		}
	}
}
