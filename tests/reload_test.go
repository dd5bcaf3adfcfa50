package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// rewrite changes the server's settings file while it runs.
func (s *server) rewrite(t testing.TB, change func(settings string) string) {
	t.Helper()
	file := filepath.Join(s.folder, "lakegate.yaml")
	settings, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, change(string(settings)))
}

// says waits until the server's log holds text n times.
func (s *server) says(t testing.TB, text string, n int) {
	t.Helper()
	eventually(t, startLimit, "the log says "+text, func() bool { return strings.Count(s.log.String(), text) >= n })
}

const inForce = "settings of identity and rights are in force"

// K05
func TestGroupListsAreReadAgainAndABrokenFileChangesNothing(t *testing.T) {
	t.Parallel()
	p := shared(t)
	s := start(t, simple(t, p.issuer))
	writer, reader := s.dial(t, token(t, p.issuer, "wanda")), s.dial(t, token(t, p.issuer, "rita"))
	writer.do(t, "CREATE TABLE seen AS SELECT 1 AS x")
	reader.want(t, "SELECT x FROM seen", "1")

	s.rewrite(t, func(settings string) string {
		return strings.Replace(settings, "read_only_groups: [analysts]", "read_only_groups: [auditors]", 1)
	})
	s.says(t, inForce, 1)
	reader.wantRefused(t, codes.NotFound, "SELECT x FROM seen")
	writer.want(t, "SELECT x FROM seen", "1")

	s.rewrite(t, func(settings string) string {
		return strings.Replace(settings, "[auditors]", "[analysts]", 1) + "lisen: nowhere\n"
	})
	s.says(t, "the old ones stay", 1)
	s.says(t, "lisen", 1)
	reader.wantRefused(t, codes.NotFound, "SELECT x FROM seen")
	writer.want(t, "SELECT x FROM seen", "1")

	s.rewrite(t, func(settings string) string {
		return strings.Replace(settings, "lisen: nowhere\n", "ticket_life: 1h\n", 1)
	})
	s.says(t, inForce, 2)
	s.says(t, "ticket_life", 1) // that takes effect at a restart
	reader.want(t, "SELECT x FROM seen", "1")
}

// E03, BS-20
func TestAProviderThatIsSwitchedOffIsOutAtOnce(t *testing.T) {
	t.Parallel()
	p := shared(t)
	other := issuer.Start(t)
	settings := simple(t, p.issuer)
	both := strings.Replace(settings, "providers: [oidc]", "providers: [oidc, second]", 1)
	both = strings.Replace(both, "  read_only_groups", "  issuers: {second: {issuer: \""+other.URL+"\", audience: \""+issuer.Audience+"\"}}\n  read_only_groups", 1)
	s := start(t, both)
	stays := s.dial(t, token(t, p.issuer, "wanda"))
	leaves := s.dial(t, token(t, other, "wanda"))
	stays.do(t, "CREATE TEMP TABLE mine AS SELECT 1 AS x")
	leaves.do(t, "CREATE TEMP TABLE mine AS SELECT 2 AS x")
	stays.want(t, "SELECT x FROM mine", "1")
	leaves.want(t, "SELECT x FROM mine", "2")

	s.rewrite(t, func(string) string { return settings + "listen: " + s.address + "\n" })
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.says(t, inForce, 1)
	leaves.wantRefused(t, codes.Unauthenticated, "SELECT 1")
	stays.want(t, "SELECT x FROM mine", "1")

	// Let in again, it finds nothing of its old session.
	s.rewrite(t, func(string) string { return both + "listen: " + s.address + "\n" })
	s.says(t, inForce, 2)
	eventually(t, startLimit, "the provider's keys are there again", func() bool {
		_, err := leaves.read(leaves.ctx(t), "SELECT 1")
		return err == nil
	})
	leaves.wantRefused(t, codes.NotFound, "SELECT x FROM mine")
}

// K05, N06
func TestAHundredReloadsDisturbNobody(t *testing.T) {
	t.Parallel()
	p := shared(t)
	s := start(t, simple(t, p.issuer))
	c := s.dial(t, token(t, p.issuer, "wanda"))
	c.do(t, "CREATE TABLE counted AS SELECT 1 AS x")
	for range 100 {
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		c.want(t, "SELECT x FROM counted", "1")
	}
	s.says(t, inForce, 1)
}

// HC-21, HC-04
func TestTheDirectoryOfIdentityProvidersIsReadAgain(t *testing.T) {
	t.Parallel()
	p := shared(t)
	folder := t.TempDir()
	provider := func(active string) string {
		return `{"jwt": {"idp": {"active": ` + active + `, "iss": "` + p.issuer.URL + `", "providerUrl": "` + p.issuer.URL + `", "aud": "` + issuer.Audience + `"}}}`
	}
	if err := os.Mkdir(filepath.Join(folder, "keepconfig.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "keepconfig.d", "10-idp.json"), provider("true"))
	settings := regexp.MustCompile(`(?m)^  oidc: .*$`).ReplaceAllString(simple(t, p.issuer), "  hcl: {directory: keepconfig.d}")
	settings = strings.Replace(settings, "providers: [oidc]", "providers: [hcl]", 1)
	s := start(t, settings, in(folder))
	notes := p.issuer.Token(t, issuer.Claims{
		"sub": "CN=Doctor Notes/O=ProjectKeep", "scope": "$DATA", "groups": []string{"engineers"}, "iat": time.Now().Unix(),
	})
	c := s.dial(t, notes)
	c.want(t, "SELECT 1", "1")
	write(t, filepath.Join(folder, "keepconfig.d", "20-off.json"), `{"jwt": {"idp": {"active": false}}}`)
	s.says(t, inForce, 1)
	c.wantRefused(t, codes.Unauthenticated, "SELECT 1")
	write(t, filepath.Join(folder, "keepconfig.d", "30-broken.json"), `{"jwt": {`)
	s.says(t, "30-broken.json", 1)
	c.wantRefused(t, codes.Unauthenticated, "SELECT 1")
}

// F01
func TestAnAdministratorSeesWhichSourceIsDegraded(t *testing.T) {
	t.Parallel()
	p := shared(t)
	settings := strings.Replace(simple(t, p.issuer), "providers: [oidc]", "providers: [oidc, far]\n  issuers: {far: {issuer: \"http://"+closedPort(t)+"\", audience: x}}", 1)
	s := start(t, settings)
	for user, want := range map[string]bool{"adam": true, "rita": false} {
		cmd := command(t, "check", "--deep", "--address", s.address)
		cmd.Env = append(environment(), "LAKEGATE_TOKEN="+token(t, p.issuer, user))
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "SERVING, SELECT 1 in ") {
			t.Errorf("%s: %v\n%s", user, err, out)
		}
		if got := strings.Contains(string(out), "\nidentity keys far (http://") && strings.Contains(string(out), "DEGRADED"); got != want {
			t.Errorf("%s is told what is degraded: %t\n%s", user, got, out)
		}
	}
}
