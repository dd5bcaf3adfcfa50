package tests

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// jdbc is a JDBC address of the production server, with a token.
func (p *production) jdbc(token string) string {
	return "jdbc:arrow-flight-sql://" + p.address + "/?useEncryption=true&useSystemTrustStore=false&tlsRootCerts=" +
		url.QueryEscape(p.ca) + "&token=" + token
}

func TestJDBCDoesItsWholeWork(t *testing.T) {
	t.Parallel()
	java := testpeer.Java(t)
	p := prod(t)
	// Against a server that errs the driver may wait for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := java.Command(ctx, "testdata/JdbcChecks.java")
	cmd.Env = append(os.Environ(), "LAKEGATE_JDBC="+p.jdbc(p.writer), "LAKEGATE_JDBC_READER="+p.jdbc(p.reader),
		"LAKEGATE_JDBC_BAD="+p.jdbc("nonsense"))
	checks(t, 18, cmd)
}

func TestSQLLineShowsTablesAndWhatTheServerIs(t *testing.T) {
	t.Parallel()
	java := testpeer.Java(t)
	p := prod(t)
	p.dial(t, p.writer).do(t, "CREATE TABLE boilstream.main.for_sqlline AS SELECT 42 AS answer")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := java.Command(ctx, "sqlline.SqlLine", "--color=false", "--outputformat=csv", "--silent=false",
		"-d", "org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver", "-n", "x", "-p", "x", "-u", p.jdbc(p.reader))
	cmd.Stdin = strings.NewReader("!tables\n!dbinfo\n!columns for_sqlline\nSELECT answer FROM for_sqlline;\n!quit\n")
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil {
		t.Errorf("sqlline: %v", err)
	}
	for _, want := range []string{"'boilstream','main','for_sqlline'", "'weblogs','web','hits'", "'answer'", "'42'", "getDatabaseProductName", "Lakegate"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in what sqlline wrote", want)
		}
	}
	for _, bad := range []string{"NullPointerException", "UnsupportedOperation", "Error:"} {
		if at := strings.Index(text, bad); at >= 0 {
			t.Errorf("sqlline wrote %s", text[max(0, at-300):min(len(text), at+300)])
		}
	}
	if t.Failed() {
		t.Log(last(text, 6000))
	}
}
