package testpeer

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The realms of a KDCServer, each of which takes the other's users.
const (
	Realm      = "LAKE.TEST"
	OtherRealm = "OTHER.TEST"
)

// KDCServer is a running MIT KDC for two realms, on TCP of loopback. Realm has the
// users alice, bob and alice/admin and the services HTTP/localhost and HTTP/other,
// OtherRealm the users alice and carol and the service HTTP/localhost. Each user's
// password is KDCPassword of the name.
type KDCServer struct {
	*process

	Config string // file krb5.conf, for clients
	folder string
}

// KDCPassword is a user's: alice-password, and admin-password of alice/admin.
func KDCPassword(user string) string {
	name, _, _ := strings.Cut(user, "@")
	return path.Base(name) + "-password"
}

// KDC starts a KDC of its own, that ends with the test.
func KDC(t testing.TB) *KDCServer {
	t.Helper()
	Require(t, MITKerberos)
	folder := t.TempDir()
	k := &KDCServer{folder: folder, Config: filepath.Join(folder, "krb5.conf")}
	k.configure(t, 0)
	for _, realm := range []string{Realm, OtherRealm} {
		k.run(t, daemon("kdb5_util"), "-r", realm, "-P", "master-password", "create", "-s")
		// Each realm has both keys of the trust, the same as the other has.
		k.Admin(t, realm, "addprinc", "-pw", "trust-password", "krbtgt/"+Realm+"@"+OtherRealm)
		k.Admin(t, realm, "addprinc", "-pw", "trust-password", "krbtgt/"+OtherRealm+"@"+Realm)
		k.Admin(t, realm, "addprinc", "-randkey", "HTTP/localhost")
	}
	k.Admin(t, Realm, "addprinc", "-randkey", "HTTP/other")
	for user, realm := range map[string]string{"alice": Realm, "bob": Realm, "alice/admin": Realm, "alice@" + OtherRealm: OtherRealm, "carol": OtherRealm} {
		name, _, _ := strings.Cut(user, "@")
		k.Admin(t, realm, "addprinc", "-pw", KDCPassword(user), name)
	}
	k.process, _ = startOnFreePort(t, func(port int) *process {
		k.configure(t, port)
		return &process{
			name: "krb5kdc", argv: []string{daemon("krb5kdc"), "-n", "-r", Realm, "-r", OtherRealm},
			dir: folder, env: k.env(), quit: syscall.SIGTERM,
			ready: func() error { return dial(port) },
		}
	})
	t.Cleanup(k.Stop)
	return k
}

// configure writes the files of the KDC and of its clients. RC4 is known to both, so
// that there can be weak keys; newer releases have it off.
func (k *KDCServer) configure(t testing.TB, port int) {
	t.Helper()
	var client, server strings.Builder
	fmt.Fprintf(&client, `[libdefaults]
 default_realm = %s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 ticket_lifetime = 1h
 allow_weak_crypto = true
 allow_rc4 = true
 permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96 aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128 arcfour-hmac
 default_tkt_enctypes = aes256-cts-hmac-sha1-96
 default_tgs_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
[domain_realm]
 localhost = %s
[realms]
`, Realm, Realm)
	fmt.Fprintf(&server, `[kdcdefaults]
 kdc_listen = 127.0.0.1:%d
 kdc_tcp_listen = 127.0.0.1:%d
[logging]
 kdc = FILE:%s/kdc.log
 admin_server = FILE:%s/admin.log
[realms]
`, port, port, k.folder, k.folder)
	for _, realm := range []string{Realm, OtherRealm} {
		fmt.Fprintf(&client, " %s = {\n  kdc = 127.0.0.1:%d\n }\n", realm, port)
		fmt.Fprintf(&server, ` %[1]s = {
  database_name = %[2]s/%[1]s.db
  key_stash_file = %[2]s/%[1]s.stash
  acl_file = %[2]s/acl
  max_life = 2h
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
 }
`, realm, k.folder)
	}
	for name, text := range map[string]string{k.Config: client.String(), filepath.Join(k.folder, "kdc.conf"): server.String()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (k *KDCServer) env() []string {
	return []string{"KRB5_CONFIG=" + k.Config, "KRB5_KDC_PROFILE=" + filepath.Join(k.folder, "kdc.conf")}
}

func (k *KDCServer) run(t testing.TB, argv ...string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = k.folder
	cmd.Env = append(os.Environ(), k.env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
}

// Admin runs one command of kadmin over a realm.
func (k *KDCServer) Admin(t testing.TB, realm string, command ...string) {
	t.Helper()
	k.run(t, append([]string{daemon("kadmin.local"), "-r", realm}, command...)...)
}

// Keytab adds the keys that a service of Realm has now to a file.
func (k *KDCServer) Keytab(t testing.TB, service, file string) {
	t.Helper()
	k.Admin(t, Realm, "ktadd", "-norandkey", "-k", file, service)
}

// Rotate gives a service of Realm new keys, of the default types or of those named,
// such as "arcfour-hmac:normal".
func (k *KDCServer) Rotate(t testing.TB, service string, types ...string) {
	t.Helper()
	command := []string{"cpw", "-randkey"}
	if len(types) > 0 {
		command = append(command, "-e", strings.Join(types, ","))
	}
	k.Admin(t, Realm, append(command, service)...)
}

// Login gets a user's first ticket, and gives the environment in which programs such
// as curl use it.
func (k *KDCServer) Login(t testing.TB, user, password string) (env []string) {
	t.Helper()
	env = append(k.env(), "KRB5CCNAME=FILE:"+filepath.Join(t.TempDir(), "tickets"))
	cmd := exec.Command("kinit", user)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kinit %s: %v\n%s", user, err, out)
	}
	return env
}
