package flight

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/definitions"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// testLaw puts what is defined in force, as the program does.
type testLaw struct {
	*definitions.Store
	eng  *engine.Engine
	cats *catalog.Catalogs
	cfg  policy.Config
}

func (l *testLaw) Apply(ctx context.Context, who auth.Principal, o guard.Order) error {
	if err := l.Store.Apply(ctx, who, o); err != nil {
		return err
	}
	return l.enact()
}

func (l *testLaw) enact() error {
	cfg := l.cfg
	cfg.Grants = l.Grants()
	pol, err := policy.New(cfg)
	if err != nil {
		return err
	}
	if cfg.Rules != nil {
		if _, err := guard.Settle(context.Background(), l.eng.Binder(), pol, catalog.Contents{}); err != nil {
			return err
		}
	}
	l.cats.Govern(pol)
	return nil
}

// lawServer is a server that keeps definitions in folder, with the rules of a
// policy file unless there are none. Callers' tokens are their names, with their
// groups after a colon: ann:analysts,eu.
func lawServer(t testing.TB, folder, file string) *testServer {
	t.Helper()
	eng, _ := testEngine(t)
	cfg := policy.Config{AdminGroups: []string{"admins"}, WriteGroups: []string{"writers"}, ReadOnlyGroups: []string{"readers"}}
	if file != "" {
		var err error
		if cfg.Rules, err = policy.Parse("policy.yaml", []byte(file)); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := policy.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	store, err := definitions.Open(folder, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	cats, err := catalog.New(catalog.Config{
		Policy: rules, Catalog: "lake", Schema: "main",
		Load: func(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
			contents, err := eng.Contents(ctx, 0, old)
			return store.Into(contents), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	law := &testLaw{store, eng, cats, cfg}
	if err := law.enact(); err != nil {
		t.Fatal(err)
	}
	return serveOver(t, eng, cats, func(c *Config) {
		c.Definitions = law
		c.Auth = testAuth{authenticate: func(_ context.Context, shown auth.Shown) (auth.Answer, error) {
			_, token, _ := strings.Cut(shown.Authorization[0], " ")
			name, groups, _ := strings.Cut(token, ":")
			who := auth.Principal{Provider: "test", Subject: name, User: name, Groups: strings.Split(groups, ","), Expires: time.Now().Add(time.Hour)}
			return auth.Answer{Principal: who}, nil
		}}
	})
}

// refused runs sql and wants it refused with a code and text.
func (c *client) refused(sql string, want codes.Code, text string) {
	c.t.Helper()
	_, err := c.query(sql)
	if err == nil {
		c.t.Errorf("%s was accepted; want %v", sql, want)
		return
	}
	wantCode(c.t, err, want, text)
}

func TestAGrantIsInForceForTheNextStatement(t *testing.T) {
	t.Parallel()
	s := lawServer(t, t.TempDir(), "")
	admin, ann := s.dial(t, "root:admins"), s.dial(t, "ann@example.com:sales")
	admin.exec("CREATE TABLE deals AS SELECT 1 AS id, 'x' AS secret")

	ann.refused("SELECT * FROM deals", codes.NotFound, "")
	admin.exec("GRANT SELECT ON deals TO USER 'ann@example.com'")
	wantLines(t, ann.mustQuery("SELECT * FROM deals"), "1|x")
	ann.refused("INSERT INTO deals VALUES (2, 'y')", codes.PermissionDenied, "")
	wantLines(t, admin.mustQuery("SELECT grantee_kind, grantee, privileges, table_name, granted_by FROM lakegate.system.grants"), `user|ann@example.com|["SELECT"]|deals|root`)
	for show, want := range map[string]int{
		"SHOW GRANTS": 1, "SHOW GRANTS ON deals": 1, "SHOW GRANTS ON TABLE lake.main.deals FOR USER 'ann@example.com'": 1,
		"SHOW GRANTS ON lake.main.other": 0, "SHOW GRANTS FOR GROUP sales": 0, "SHOW ROLES": 0,
	} {
		if rows := admin.mustQuery(show); len(rows) != want {
			t.Errorf("%s: %q, want %d rows", show, rows, want)
		}
	}
	admin.exec("REVOKE SELECT ON deals FROM USER 'ann@example.com'")
	ann.refused("SELECT * FROM deals", codes.NotFound, "")
	admin.refused("REVOKE SELECT ON deals FROM USER 'ann@example.com'", codes.NotFound, "such a grant")
}

func TestRolesOfRolesGive(t *testing.T) {
	t.Parallel()
	s := lawServer(t, t.TempDir(), "")
	admin, ann, bob := s.dial(t, "root:admins"), s.dial(t, "ann:sales"), s.dial(t, "bob:support")
	admin.exec("CREATE SCHEMA crm")
	admin.exec("CREATE TABLE crm.deals AS SELECT 1 AS id, 'x' AS secret")
	admin.exec("CREATE ROLE deals_reader")
	admin.exec("CREATE ROLE IF NOT EXISTS deals_reader")
	admin.exec("CREATE ROLE staff")
	admin.exec("GRANT SELECT (id) ON crm.deals TO ROLE deals_reader")
	admin.exec("GRANT ROLE deals_reader TO ROLE staff")
	admin.exec("GRANT staff TO GROUP 'sales', USER bob")
	for _, c := range []*client{ann, bob} {
		wantLines(t, c.mustQuery("SELECT * FROM crm.deals"), "1")
		c.refused("SELECT secret FROM crm.deals", codes.InvalidArgument, "")
	}
	wantLines(t, admin.mustQuery("SHOW ROLES"), "deals_reader|role|staff", "staff|group|sales", "staff|user|bob")
	admin.refused("GRANT staff TO ROLE deals_reader", codes.InvalidArgument, "in itself")
	admin.refused("CREATE ROLE staff", codes.AlreadyExists, "")
	admin.refused("GRANT staff TO ROLE nosuch", codes.NotFound, "")
	admin.exec("REVOKE staff FROM USER bob")
	bob.refused("SELECT * FROM crm.deals", codes.NotFound, "")
	wantLines(t, ann.mustQuery("SELECT * FROM crm.deals"), "1")
	admin.exec("DROP ROLE deals_reader")
	ann.refused("SELECT * FROM crm.deals", codes.NotFound, "")

	for _, sql := range []string{"GRANT SELECT ON crm.deals TO USER ann", "CREATE ROLE mine", "SHOW GRANTS", "SHOW ROLES", "DROP ROLE staff"} {
		ann.refused(sql, codes.PermissionDenied, "for administrators")
	}
}

func TestWhatIsDefinedOutlivesTheServer(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := lawServer(t, folder, "")
	admin := first.dial(t, "root:admins")
	admin.exec("CREATE TABLE deals AS SELECT 1 AS id")
	admin.exec("CREATE VIEW v AS SELECT id FROM deals")
	admin.exec("GRANT SELECT ON CATALOG lake TO USER ann")
	second := lawServer(t, folder, "")
	again := second.dial(t, "root:admins")
	again.refused("SELECT * FROM v", codes.InvalidArgument, "out of date")
	again.exec("CREATE TABLE deals AS SELECT 2 AS id")
	wantLines(t, second.dial(t, "ann:").mustQuery("SELECT * FROM v"), "2")
}

const viewRules = `
schemas:
- {user: emma, owner: true}
tables:
- group: admins
  privileges: [OWNERSHIP]
- group: makers
  privileges: [SELECT, CREATE, DROP]
- group: eu
  table: people
  privileges: [SELECT]
  filter: region = principal.claim('region')
  columns:
  - {name: ssn, allow: false}
  - {name: email, mask: "'***'"}
- group: eu
  table: secrets
  privileges: []
- group: eu
  privileges: [SELECT]
`

// viewServer has people, whom the eu group sees filtered, masked and without their
// ssn, and secrets, which it does not see.
func viewServer(t *testing.T) (s *testServer, admin, maker, reader *client) {
	t.Helper()
	s = lawServer(t, t.TempDir(), strings.Replace(viewRules, "principal.claim('region')", "'eu'", 1))
	admin, maker, reader = s.dial(t, "root:admins"), s.dial(t, "mary:makers"), s.dial(t, "rita:eu")
	admin.exec("CREATE TABLE people AS SELECT * FROM (VALUES (1, 'ann@x.org', 'eu', '111'), (2, 'bob@x.org', 'us', '222'), (3, 'cy@x.org', 'eu', '333')) t(id, email, region, ssn)")
	admin.exec("CREATE TABLE secrets AS SELECT 1 AS id, 'plans' AS hush")
	return s, admin, maker, reader
}

func TestAViewIsReadWithItsReadersRights(t *testing.T) {
	t.Parallel()
	_, admin, maker, reader := viewServer(t)
	maker.exec("CREATE VIEW contacts AS SELECT id, email, region FROM people")
	maker.exec("CREATE VIEW per_region AS SELECT region, count(*) AS n, min(email) AS first FROM contacts GROUP BY region")
	maker.exec("CREATE VIEW by_mail AS SELECT id FROM people WHERE email LIKE 'ann%'")

	wantLines(t, maker.mustQuery("SELECT * FROM contacts ORDER BY id"), "1|ann@x.org|eu", "2|bob@x.org|us", "3|cy@x.org|eu")
	wantLines(t, reader.mustQuery("SELECT * FROM contacts ORDER BY id"), "1|***|eu", "3|***|eu")
	wantLines(t, reader.mustQuery("SELECT * FROM per_region"), "eu|2|***")
	wantLines(t, reader.mustQuery("SELECT count(*) FROM by_mail"), "0")
	wantLines(t, admin.mustQuery("SELECT n FROM per_region ORDER BY ALL"), "1", "2")

	// The reader's own names do not get into a view.
	wantLines(t, reader.mustQuery("WITH people AS (SELECT 9 AS id, 'open' AS email, 'us' AS region) SELECT email FROM contacts ORDER BY id"), "***", "***")
	wantLines(t, reader.mustQuery("SELECT contacts.email, people.email FROM contacts, (SELECT 'x' AS email) people WHERE contacts.id = 1"), "***|x")

	// Those who see everything that a view reads see it, with its columns.
	wantLines(t, reader.mustQuery("SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1"),
		"by_mail|VIEW", "contacts|VIEW", "people|BASE TABLE", "per_region|VIEW")
	wantLines(t, reader.mustQuery("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'per_region' ORDER BY ordinal_position"),
		"region|VARCHAR", "n|BIGINT", "first|VARCHAR")
	wantLines(t, reader.mustQuery("SELECT sql FROM duckdb_views()"), "(null)", "(null)", "(null)")
}

func TestAViewNeitherWidensNorLaunders(t *testing.T) {
	t.Parallel()
	s, _, maker, reader := viewServer(t)
	emma := s.dial(t, "emma:eu")
	maker.exec("CREATE VIEW plans AS SELECT hush FROM secrets")
	maker.exec("CREATE VIEW all_people AS SELECT * FROM people")
	maker.exec("CREATE VIEW numbers AS SELECT ssn AS n FROM people")
	maker.exec("CREATE VIEW over_plans AS SELECT 'x' AS x FROM plans")
	maker.exec("CREATE VIEW mixed AS SELECT p.id FROM people p WHERE EXISTS (FROM secrets)")

	for _, view := range []string{"plans", "all_people", "numbers", "over_plans", "mixed"} {
		maker.mustQuery("SELECT * FROM " + view)
		_, hidden := reader.query("SELECT * FROM " + view)
		_, missing := reader.query("SELECT * FROM nosuchs")
		wantCode(t, hidden, codes.NotFound, strings.Replace(status.Convert(missing).Message(), "nosuchs", view, 1))
	}
	wantLines(t, reader.mustQuery("SELECT view_name FROM duckdb_views()"))
	wantLines(t, reader.mustQuery("SELECT column_name FROM information_schema.columns WHERE table_name IN ('plans', 'all_people', 'numbers')"))

	// A table under a view may be replaced by another thing of its name.
	maker.exec("CREATE VIEW fine AS SELECT id FROM people")
	wantLines(t, reader.mustQuery("SELECT * FROM fine ORDER BY id"), "1", "3")
	maker.exec("CREATE OR REPLACE VIEW fine AS SELECT id FROM secrets")
	reader.refused("SELECT * FROM fine", codes.NotFound, "")

	// What a restricted reader makes of a view is what they see of it.
	emma.refused("CREATE VIEW mine AS SELECT ssn FROM people", codes.InvalidArgument, "ssn")
	emma.refused("CREATE VIEW mine AS SELECT * FROM secrets", codes.NotFound, "secrets")
	emma.refused("CREATE VIEW mine AS SELECT * FROM plans", codes.NotFound, "plans")
	emma.refused("DROP VIEW plans", codes.NotFound, "plans")
	emma.refused("COMMENT ON VIEW plans IS 'x'", codes.NotFound, "plans")
	emma.refused("CREATE OR REPLACE VIEW plans AS SELECT 1 AS hush", codes.AlreadyExists, "")
	emma.exec("CREATE VIEW mine AS SELECT * FROM people")
	wantLines(t, emma.mustQuery("SELECT * FROM mine ORDER BY id"), "1|***|eu", "3|***|eu")
	// Others see what is theirs through it, of the columns that she had.
	wantLines(t, maker.mustQuery("SELECT * FROM mine WHERE id = 2"), "2|bob@x.org|us")
	emma.exec("CREATE TABLE copied AS SELECT * FROM mine")
	wantLines(t, maker.mustQuery("SELECT * FROM copied ORDER BY id"), "1|***|eu", "3|***|eu")
}

func TestViewsAreMadeReplacedAndDropped(t *testing.T) {
	t.Parallel()
	s := lawServer(t, t.TempDir(), "")
	admin, writer, reader := s.dial(t, "root:admins"), s.dial(t, "wes:writers"), s.dial(t, "rita:readers")
	writer.exec("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b, 2.5::DECIMAL(4,1) AS c")
	writer.exec("CREATE VIEW v AS SELECT a, c, [a] AS l, {'p': b} AS s, b::ENUM('x') AS e FROM t")
	wantLines(t, reader.mustQuery("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'v' ORDER BY ordinal_position"),
		"a|INTEGER", "c|DECIMAL(4,1)", "l|INTEGER[]", "s|STRUCT(p VARCHAR)", "e|ENUM('x')")
	wantLines(t, reader.mustQuery("SELECT a, c FROM v"), "1|2.5")
	// By the query path and prepared, as some clients send all that they send.
	writer.mustQuery("CREATE VIEW by_query AS SELECT a FROM v")
	prepared, err := writer.Prepare(writer.ctx, "CREATE VIEW prepared AS SELECT a FROM by_query")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.ExecuteUpdate(writer.ctx); err != nil {
		t.Error(err)
	}
	if err := prepared.Close(writer.ctx); err != nil {
		t.Error(err)
	}
	wantLines(t, reader.mustQuery("SELECT a FROM prepared"), "1")
	reader.refused("CREATE VIEW w AS SELECT 1 AS a", codes.PermissionDenied, "")
	reader.refused("DROP VIEW v", codes.PermissionDenied, "")
	reader.refused("CREATE OR REPLACE VIEW v AS SELECT 1 AS a", codes.PermissionDenied, "")
	writer.refused("CREATE VIEW v AS SELECT 1 AS a", codes.AlreadyExists, "exists")
	writer.refused("CREATE VIEW t AS SELECT 1 AS a", codes.AlreadyExists, "exists")
	writer.refused("CREATE TABLE v (a INTEGER)", codes.AlreadyExists, "exists")
	writer.refused("CREATE VIEW two (x, y, z) AS SELECT 1, 2", codes.InvalidArgument, "2 columns")
	writer.exec("CREATE VIEW IF NOT EXISTS v AS SELECT 7 AS a")
	wantLines(t, reader.mustQuery("SELECT a FROM v"), "1")
	writer.exec("CREATE OR REPLACE VIEW v (x) AS SELECT a + 1 FROM t")
	wantLines(t, reader.mustQuery("SELECT x FROM v"), "2")
	writer.exec("COMMENT ON VIEW v IS 'one more'")
	wantLines(t, reader.mustQuery("SELECT comment FROM duckdb_views() WHERE view_name = 'v'"), "one more")
	writer.refused("INSERT INTO v VALUES (1)", codes.InvalidArgument, "is a view")

	// The table goes, the view stays and says so.
	writer.exec("DROP TABLE t")
	reader.refused("SELECT * FROM v", codes.InvalidArgument, "out of date")
	writer.exec("CREATE TABLE t (b INTEGER)")
	reader.refused("SELECT * FROM v", codes.InvalidArgument, "out of date")
	writer.exec("DROP VIEW v")
	reader.refused("SELECT * FROM v", codes.NotFound, "")
	writer.exec("DROP VIEW IF EXISTS v")
	writer.refused("DROP VIEW v", codes.NotFound, "")
	admin.refused("DROP VIEW lake.main.v", codes.NotFound, "")
}

func TestViewsAreThereInTransactionsAndBesideTemporaryTables(t *testing.T) {
	t.Parallel()
	s := lawServer(t, t.TempDir(), "")
	writer := s.dial(t, "wes:writers", arrowflight.NewClientCookieMiddleware())
	writer.exec("CREATE TABLE t AS SELECT 1 AS a")
	writer.exec("CREATE VIEW v AS SELECT a FROM t")
	writer.exec("CREATE TEMP TABLE t AS SELECT 99 AS a")
	wantLines(t, writer.mustQuery("SELECT a FROM t"), "99")
	wantLines(t, writer.mustQuery("SELECT a FROM v"), "1")
	writer.exec("CREATE VIEW w AS SELECT a + 1 AS a FROM v")
	wantLines(t, writer.mustQuery("SELECT a FROM w"), "2")
	writer.exec("BEGIN")
	wantLines(t, writer.mustQuery("SELECT a FROM v"), "1")
	writer.refused("CREATE VIEW x AS SELECT 1 AS a", codes.FailedPrecondition, "part of a transaction")
	writer.exec("ROLLBACK")
	writer.exec("DROP VIEW v")
	writer.refused("SELECT a FROM v", codes.NotFound, "")
}

func TestWithoutDefinitionsNothingCanBeDefined(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.dial(t, admin1).refused("CREATE ROLE r", codes.FailedPrecondition, "state folder")
	s.dial(t, writer1).refused("CREATE VIEW v AS SELECT 1 AS a", codes.FailedPrecondition, "state folder")
}
