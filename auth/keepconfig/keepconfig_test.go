package keepconfig_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth/keepconfig"
)

// files are names and contents.
type files map[string]string

// directory writes files into a directory that only we can write to.
func directory(t *testing.T, all files) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, all files) keepconfig.Config {
	t.Helper()
	c, err := keepconfig.Read(directory(t, all))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// broken checks that the files are refused with each of want in the error.
func broken(t *testing.T, all files, want ...string) {
	t.Helper()
	c, err := keepconfig.Read(directory(t, all))
	if err == nil {
		t.Fatalf("they are read as %s; want an error with %q", c, want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error is %q; want %q in it", err, w)
		}
	}
	if len(c.Blocks) > 0 {
		t.Errorf("an error comes with %d providers", len(c.Blocks))
	}
}

// The example of the manual, as it stands there. HC-01, HC-03, HC-04, HC-05, HC-06
func TestTheExampleOfTheManual(t *testing.T) {
	c := read(t, files{
		"10-jwt.json": `{
			"disableJwtExpiryCheck": false,
			"jwt": {"oicd": {"active": true, "algorithm": "RS256", "keyFile": "10-jwt.pubkey"}}
		}`,
		"10-jwt.pubkey": "a key",
		"README.md":     "not read", ".#10-jwt.json": "not read", "old.json.bak": "not read",
	})
	if c.DisableExpiryCheck || c.DisableLogin || c.TokenLife != 0 || c.MaxTokenLife != 24*time.Hour || len(c.Warnings) != 0 {
		t.Errorf("config is %+v", c)
	}
	if !reflect.DeepEqual(c.Files, []string{"10-jwt.json"}) || len(c.Blocks) != 1 {
		t.Fatalf("files %q, %d blocks", c.Files, len(c.Blocks))
	}
	b := c.Blocks[0]
	if b.Kind != keepconfig.JWT || b.Name != "oicd" || b.Algorithm != "RS256" || b.KeyFile != "10-jwt.pubkey" ||
		b.Issuer != "" || b.KeyID != "" || !reflect.DeepEqual(b.Audiences, []string{"Domino"}) {
		t.Errorf("block is %+v", b)
	}
}

// HC-04, HC-05, HC-08, HC-09, HC-14, HC-17, HC-18
func TestEveryKeyOfABlock(t *testing.T) {
	c := read(t, files{"a.json": `{
		"jwt": {"Rumpelstilzchen Nr. 1": {"alg": "ES512", "providerURL": "https://id.example", "iss": "https://sts.example/", "kid": "k1",
			"aud": ["Domino", "api://x"], "userIdentifier": "/user/dn", "userIdentifierInLdapFormat": true}},
		"oidc": {"b": {"active": true, "providerUrl": "https://id.example", "clientId": "one", "clientSecret": "hush", "scope": "$DATA MAIL",
			"aud": "account", "additionalClientIds": "two", "microsoft": true, "adminui": {"active": true, "client_id": "x"}}}
	}`})
	if len(c.Blocks) != 2 {
		t.Fatalf("%d blocks", len(c.Blocks))
	}
	a, b := c.Blocks[0], c.Blocks[1]
	if a.Algorithm != "ES512" || a.URL != "https://id.example" || a.Issuer != "https://sts.example/" || a.KeyID != "k1" ||
		!reflect.DeepEqual(a.Audiences, []string{"Domino", "api://x"}) || a.UserClaim != "/user/dn" || !a.LDAPNames {
		t.Errorf("block is %+v", a)
	}
	if b.Kind != keepconfig.OIDC || !reflect.DeepEqual(b.Clients, []string{"one", "two"}) || !reflect.DeepEqual(b.Scopes, []string{"$DATA", "MAIL"}) ||
		!reflect.DeepEqual(b.Audiences, []string{"account"}) || !b.Microsoft || b.AllowExpired {
		t.Errorf("block is %+v", b)
	}
	for _, print := range []string{fmt.Sprintf("%v%+v%#v%s", c, c, c, c), fmt.Sprintf("%+v%#v", c.Blocks, c.Blocks), encoded(t, c)} {
		if strings.Contains(print, "hush") {
			t.Errorf("the secret is in %s", print)
		}
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// HC-02
func TestLaterFilesWinKeyByKey(t *testing.T) {
	c := read(t, files{
		"10.json": `{"maxJwtDuration": 60, "jwt": {"x": {"providerUrl": "https://one.example", "aud": ["a", "b"], "alg": "ES256"}, "y": {"key": "k"}}}`,
		"9.json":  `{"jwt": {"x": {"aud": ["c"], "algorithm": "PS256", "iss": "https://one.example"}, "y": {"active": false}}}`,
		"Z.json":  `{"maxJwtDuration": "2h"}`,
	})
	if !reflect.DeepEqual(c.Files, []string{"10.json", "9.json", "Z.json"}) {
		t.Errorf("the order is %q", c.Files)
	}
	if len(c.Blocks) != 1 || c.MaxTokenLife != 2*time.Hour || len(c.Warnings) != 0 {
		t.Fatalf("config is %+v, warnings %q", c, c.Warnings)
	}
	if b := c.Blocks[0]; b.URL != "https://one.example" || b.Issuer != "https://one.example" || b.Algorithm != "PS256" || !reflect.DeepEqual(b.Audiences, []string{"c"}) {
		t.Errorf("block is %+v", b)
	}
}

func TestProviderThatALaterFileSwitchesOnAgainIsWarnedOf(t *testing.T) {
	c := read(t, files{
		"1.json": `{"jwt": {"x": {"key": "k"}}}`, "2.json": `{"jwt": {"x": {"active": false}}}`, "3.json": `{"jwt": {"x": {"active": true}}}`,
	})
	want := []string{"3.json: jwt.x.active: switches a provider on that 2.json switched off"}
	if len(c.Blocks) != 1 || !reflect.DeepEqual(c.Warnings, want) {
		t.Errorf("%d blocks, warnings %q", len(c.Blocks), c.Warnings)
	}
}

func TestNothingActiveIsAWarning(t *testing.T) {
	c := read(t, files{"1.json": `{"jwt": {"x": {"active": false, "key": "k"}}}`})
	if len(c.Blocks) != 0 || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "no provider is active") {
		t.Errorf("%d blocks, warnings %q", len(c.Blocks), c.Warnings)
	}
	if !strings.Contains(c.String(), `"active": false`) {
		t.Errorf("the print hides the provider: %s", c)
	}
}

// C1, HC-11, HC-12
func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{`360`: 6 * time.Hour, `1440`: 24 * time.Hour, `"360m"`: 6 * time.Hour, `"24h"`: 24 * time.Hour, `"86400s"`: 24 * time.Hour} {
		c := read(t, files{"a.json": `{"maxJwtDuration": ` + text + `, "JwtDuration": ` + text + `}`})
		if c.MaxTokenLife != want || c.TokenLife != want {
			t.Errorf("%s is %s and %s", text, c.MaxTokenLife, c.TokenLife)
		}
	}
	for text, want := range map[string]string{
		`86400`: `if it means seconds, write "86400s", if minutes, "86400m"`, `1441`: "more than a day", `0`: "positive", `-5`: "positive", `1.5`: "positive",
		`1e3`: "positive", `"360"`: "unit", `"-1h"`: "unit", `"0s"`: "unit", `true`: "unit", `null`: "is null", `[60]`: "unit", `{}`: "unit",
		`99999999999999999999`: "positive", `"99999999999999999999h"`: "unit",
	} {
		broken(t, files{"a.json": `{"maxJwtDuration": ` + text + `}`}, "a.json: maxJwtDuration: ", want)
		broken(t, files{"a.json": `{"JwtDuration": ` + text + `}`}, "a.json: JwtDuration: ", want)
	}
}

// C2, HC-03, HC-18, HC-19
func TestSwitchesOfTheWholeServer(t *testing.T) {
	c := read(t, files{"a.json": `{"disableJwtExpiryCheck": true, "disableDominoLogin": true}`})
	if !c.DisableExpiryCheck || !c.IgnoresExpiry() || !c.DisableLogin || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "EXPIRED TOKENS ARE ACCEPTED") {
		t.Errorf("config is %+v, warnings %q", c, c.Warnings)
	}
	c = read(t, files{"a.json": `{"oidc": {"x": {"providerUrl": "https://id.example", "clientId": "c", "allowExpired": true}}}`})
	if c.DisableExpiryCheck || !c.IgnoresExpiry() || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "a.json: oidc.x.allowExpired: EXPIRED TOKENS") {
		t.Errorf("config is %+v, warnings %q", c, c.Warnings)
	}
	if c := read(t, nil); c.IgnoresExpiry() || c.DisableLogin || len(c.Files) != 0 {
		t.Errorf("an empty directory is %+v", c)
	}
}

// K01
func TestWhatIsNotUnderstoodIsNamedByFileAndKey(t *testing.T) {
	block := func(text string) string { return `{"jwt": {"x": {"key": "k", ` + text + `}}}` }
	oidc := func(text string) string {
		return `{"oidc": {"x": {"providerUrl": "https://id.example", ` + text + `}}}`
	}
	for name, tt := range map[string]struct{ text, want string }{
		"half a file":            {`{"jwt": {`, "10-x.json: line 1: not JSON"},
		"empty":                  {``, "10-x.json: not JSON: unexpected end"},
		"line comment":           {"{\n// none\n}", "10-x.json: line 2: not JSON: invalid character '/' looking for beginning of object key string; JSON has no comments"},
		"block comment":          {"{}\n/* none */", "JSON has no comments"},
		"shell comment":          {"# none\n{}", "JSON has no comments"},
		"byte order mark":        {"\xef\xbb\xbf{}", "10-x.json: begins with a byte order mark"},
		"not UTF-8":              {"{\"\xff\": 1}", "10-x.json: not UTF-8"},
		"half a character":       {block(`"iss": "\ud800"`), "10-x.json: jwt.x.iss: holds a broken character"},
		"two objects":            {"{} {}", "10-x.json: line 1: not JSON"},
		"a list":                 {"[]", "10-x.json: not a JSON object"},
		"null":                   {"null", "10-x.json: not a JSON object"},
		"deep":                   {block(`"adminui": ` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat("}", 20)), "nested too deep"},
		"duplicate key":          {block(`"aud": "a", "aud": "b"`), "10-x.json: jwt.x.aud: occurs twice"},
		"duplicate provider":     {`{"jwt": {"x": {"key": "a"}, "x": {"key": "b"}}}`, "10-x.json: jwt.x: occurs twice"},
		"duplicate kind":         {`{"jwt": {}, "jwt": {}}`, "10-x.json: jwt: occurs twice"},
		"key and its alias":      {block(`"alg": "RS256", "algorithm": "RS256"`), "10-x.json: jwt.x.alg: is another name of algorithm, which is given too"},
		"both URLs":              {oidc(`"clientId": "c", "providerURL": "https://id.example"`), "10-x.json: oidc.x.providerURL: is another name of providerUrl"},
		"misspelt on top":        {`{"disableJWTExpiryCheck": true}`, "10-x.json: disableJWTExpiryCheck: unknown key; did you mean disableJwtExpiryCheck?"},
		"misspelt kind":          {`{"jwts": {}}`, "10-x.json: jwts: unknown key; did you mean jwt?"},
		"of another purpose":     {`{"PORT": 8880}`, "10-x.json: PORT: unknown key"},
		"misspelt in a block":    {block(`"keyfile": "a"`), "10-x.json: jwt.x.keyfile: unknown key; did you mean keyFile?"},
		"of oidc in jwt":         {block(`"clientId": "a"`), "10-x.json: jwt.x.clientId: unknown key"},
		"of jwt in oidc":         {oidc(`"clientId": "c", "keyFile": "a"`), "10-x.json: oidc.x.keyFile: unknown key"},
		"text for a switch":      {block(`"active": "false"`), "10-x.json: jwt.x.active: is a string; it must be true or false"},
		"number for text":        {block(`"iss": 1`), "10-x.json: jwt.x.iss: is a number; it must be a string"},
		"empty text":             {block(`"iss": " "`), "10-x.json: jwt.x.iss: is an empty string"},
		"null in a block":        {block(`"iss": null`), "10-x.json: jwt.x.iss: is null; nothing can be taken away, a provider is switched off with \"active\": false"},
		"null for a provider":    {`{"jwt": {"x": null}}`, "10-x.json: jwt.x: is null; it must be an object"},
		"list for the providers": {`{"jwt": []}`, "10-x.json: jwt: is a list; it must be an object"},
		"audience of numbers":    {block(`"aud": [1]`), "10-x.json: jwt.x.aud: is a list; it must be a string or a list of strings"},
		"audience of objects":    {block(`"aud": [{}]`), "10-x.json: jwt.x.aud: is a list"},
		"no audience":            {block(`"aud": []`), "10-x.json: jwt.x.aud: is a list"},
		"empty audience":         {block(`"aud": ["a", ""]`), "10-x.json: jwt.x.aud: is a list"},
		"provider without name":  {`{"jwt": {"": {}}}`, `10-x.json: jwt: "" is not a provider's name`},
		"name with a line end":   {`{"jwt": {"a\nb": {}}}`, `is not a provider's name`},
		"name with blanks":       {`{"jwt": {"a ": {}}}`, `is not a provider's name`},
		"long number":            {block(`"aud": [` + strings.Repeat("1", 100) + `]`), "a number too long"},
		"no key":                 {`{"jwt": {"x": {"active": true}}}`, "10-x.json: jwt.x.keyFile: one of keyFile, key and providerUrl is required"},
		"two keys":               {block(`"providerUrl": "https://id.example"`), "10-x.json: jwt.x.key: key and providerUrl are given; only one may be"},
		"names but for case":     {`{"jwt": {"X": {"key": "a"}, "x": {"active": false}}}`, "10-x.json: jwt.x: has the name of jwt.X"},
		"name in both kinds":     {`{"jwt": {"x": {"key": "a"}}, "oidc": {"x": {"active": false}}}`, "10-x.json: oidc.x: has the name of jwt.x"},
		"HC-18 oidc no client":   {oidc(`"clientSecret": "s"`), "10-x.json: oidc.x.clientId: is required"},
		"HC-18 oidc no provider": {`{"oidc": {"x": {"clientId": "c"}}}`, "10-x.json: oidc.x.providerUrl: is required"},
		"HC-18 idpcat":           {`{"oidc-idpcat": {"x": {"providerUrl": "https://id.example"}}}`, `10-x.json: oidc-idpcat: this server has no IdP catalog of Domino (idpcat.nsf) to ask; write the provider as "oidc"`},
		"K02 dots":               {`{"jwt": {"x": {"keyFile": "../../etc/x"}}}`, `10-x.json: jwt.x.keyFile: "../../etc/x" leads out of the directory`},
		"no such key file":       {`{"jwt": {"x": {"keyFile": "none"}}}`, "10-x.json: jwt.x.keyFile: "},
	} {
		t.Run(name, func(t *testing.T) { broken(t, files{"10-x.json": tt.text, "20-y.json": `{"jwt": {}}`}, tt.want) })
	}
	t.Run("a secret of a wrong type", func(t *testing.T) {
		_, err := keepconfig.Read(directory(t, files{"a.json": oidc(`"clientSecret": ["hush"], "clientId": "c"`)}))
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("all mistakes at once", func(t *testing.T) {
		broken(t, files{"1.json": `{"jwt": {"x": {"kye": "a", "active": 1}}, "z": 1}`, "2.json": `{`},
			"1.json: jwt.x.kye", "1.json: jwt.x.active", "1.json: z", "2.json: line 1: not JSON")
	})
	t.Run("the file that gave the key is named", func(t *testing.T) {
		broken(t, files{"1.json": block(`"aud": "a"`), "2.json": `{"jwt": {"x": {"keyFile": "b"}}}`}, "2.json: jwt.x.keyFile: keyFile and key are given")
	})
}

// HC-21
func TestFileNames(t *testing.T) {
	for _, name := range []string{"jwt.json", "10-jwt.json", "A_b9.json", "0.json"} {
		if c := read(t, files{name: `{"disableDominoLogin": true}`}); !c.DisableLogin {
			t.Errorf("%s is not read", name)
		}
	}
	for _, name := range []string{"a b.json", "jwt (1).json", "ä.json", "jwt.JSON", "-a.json", "a.b.json", "a\nb.json"} {
		broken(t, files{name: `{}`}, "not a name for a file here")
	}
	dir := directory(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "x.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := keepconfig.Read(dir); err == nil || !strings.Contains(err.Error(), "x.json: not a regular file") {
		t.Errorf("a folder named like a file: %v", err)
	}
	if _, err := keepconfig.Read(filepath.Join(dir, "none")); err == nil {
		t.Error("a directory that does not exist is read")
	}
	broken(t, files{"big.json": `{"x": "` + strings.Repeat("x", 1<<20) + `"}`}, "big.json: larger than")
}

// K02
func TestKeyFilesStayInTheDirectory(t *testing.T) {
	outside := directory(t, files{"key": "K", "a.json": `{"disableDominoLogin": true}`})
	dir := directory(t, files{"in": "K"})
	for name, target := range map[string]string{"out": filepath.Join(outside, "key"), "near": "in", "up": "../" + filepath.Base(outside) + "/key"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out", "up", "folder/key", "../" + filepath.Base(outside) + "/key", "/../x", "", "folder", "."} {
		if data, err := keepconfig.ReadKey(dir, name); err == nil {
			t.Errorf("%q is read: %q", name, data)
		}
	}
	for _, name := range []string{"in", "near", "./in", filepath.Join(outside, "key"), filepath.Join(dir, "out")} {
		if data, err := keepconfig.ReadKey(dir, name); err != nil || string(data) != "K" {
			t.Errorf("%q: %q, %v", name, data, err)
		}
	}
	t.Run("nor do the JSON files", func(t *testing.T) {
		if err := os.Symlink(filepath.Join(outside, "a.json"), filepath.Join(dir, "a.json")); err != nil {
			t.Fatal(err)
		}
		if _, err := keepconfig.Read(dir); err == nil || !strings.Contains(err.Error(), "a.json") {
			t.Errorf("error is %v", err)
		}
	})
}

// As Kubernetes mounts them: links to a hidden folder that is exchanged as a whole.
func TestFilesThatAreLinksWithinTheDirectory(t *testing.T) {
	dir := directory(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "..1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "..1", "a.json"), []byte(`{"disableDominoLogin": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"..data": "..1", "a.json": "..data/a.json"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := keepconfig.Read(dir); err != nil || !c.DisableLogin {
		t.Errorf("%+v, %v", c, err)
	}
}

// K02
func TestWhatEveryoneMayWriteTo(t *testing.T) {
	dir := directory(t, files{"a.json": `{"jwt": {"x": {"keyFile": "key"}}}`, "key": "K"})
	chmod := func(name string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod("key", 0o606)
	if _, err := keepconfig.Read(dir); err == nil || !strings.Contains(err.Error(), "a.json: jwt.x.keyFile: may be written to by everyone") {
		t.Errorf("a key that everyone may write: %v", err)
	}
	chmod("key", 0o644)
	chmod("a.json", 0o602)
	if _, err := keepconfig.Read(dir); err == nil || !strings.Contains(err.Error(), "a.json: may be written to by everyone") {
		t.Errorf("a file that everyone may write: %v", err)
	}
	chmod("a.json", 0o644)
	chmod(".", 0o777)
	c, err := keepconfig.Read(dir)
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "may be written to by everyone") {
		t.Errorf("a directory that everyone may write: %v, warnings %q", err, c.Warnings)
	}
}

func TestFingerprintChangesWithNamesAndContents(t *testing.T) {
	dir := directory(t, files{"a.json": `{}`, "key": "K"})
	seen := map[string]bool{}
	look := func() string {
		t.Helper()
		f, err := keepconfig.Fingerprint(dir)
		if err != nil {
			t.Fatal(err)
		}
		c, err := keepconfig.Read(dir)
		if err != nil || c.Fingerprint != f {
			t.Errorf("read says %q, %v; want %q", c.Fingerprint, err, f)
		}
		return f
	}
	steps := []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{ }`), 0o600) },
		func() error { return os.WriteFile(filepath.Join(dir, "b.json"), []byte(`{ }`), 0o600) },
		func() error { return os.Rename(filepath.Join(dir, "b.json"), filepath.Join(dir, "c.json")) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		f := look()
		if seen[f] || look() != f {
			t.Errorf("step %d: fingerprint %s was there before, or is not the same twice", i, f)
		}
		seen[f] = true
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("L"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !seen[look()] {
		t.Error("a key file is part of it")
	}
}

// HC-20
func TestPrintIsWhatIsInForceWithSecretsMasked(t *testing.T) {
	c := read(t, files{
		"1.json": `{"JwtDuration": 90, "jwt": {"off": {"active": false, "key": "k"}}, "oidc": {"x": {"providerURL": "https://id.example", "clientId": "c",
			"clientSecret": "hush", "aud": ["a", "b"], "adminui": {"client_secret": "hush"}}}}`,
		"2.json": `{"oidc": {"x": {"aud": ["c"]}}}`,
	})
	var got map[string]any
	if err := json.Unmarshal([]byte(c.String()), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"disableJwtExpiryCheck": false, "disableDominoLogin": false, "maxJwtDuration": "24h0m0s", "JwtDuration": "1h30m0s",
		"jwt":  map[string]any{"off": map[string]any{"active": false, "key": "k"}},
		"oidc": map[string]any{"x": map[string]any{"providerUrl": "https://id.example", "clientId": "c", "clientSecret": "[redacted]", "aud": []any{"c"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it prints %s", c)
	}
	if again := read(t, files{"printed.json": c.String()}); !slices.Equal(again.Blocks[0].Audiences, []string{"c"}) || again.TokenLife != 90*time.Minute {
		t.Errorf("the print read again is %s", again)
	}
}
