package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/auth/seal"
	"github.com/lakegate/lakegate/catalog"
)

// kind is what a key's value looks like. The Go type of the key's field decides
// how it is read; check narrows that down.
type kind struct {
	label string // for the documentation: "duration"
	want  string // what an error says would be right
	check func(value string) error
	path  bool // a file or folder: relative ones are resolved
	list  bool // several values; one text separates them by commas
	fold  bool // upper and lower case are the same

	one    bool                    // of a list: a single text will do in the file too
	also   map[string]string       // other spellings of values
	inline func(value string) bool // a value of a path kind that is the content itself
}

// errValue means that a value is not of its key's kind; the kind's want says what would be.
var errValue = errors.New("not such a value")

var (
	textKind         = kind{label: "text", want: "a text that is not empty"}
	boolKind         = kind{label: "true or false", want: "true or false"}
	durationKind     = kind{label: "duration", want: "a positive duration with its unit, such as 500ms, 30s, 5m or 1h"}
	sizeKind         = kind{label: "size", want: "a positive number with its unit, such as 512MB, 4GB or 64MiB"}
	pathKind         = kind{label: "path", want: "a file or folder, absolute or relative to the settings file's folder", path: true}
	dataKind         = kind{label: "place", want: "s3://bucket/prefix, or a file or folder", path: true, check: checkData}
	addressKind      = kind{label: "address", want: "host:port with a port of 0 to 65535, such as 0.0.0.0:50051", check: checkAddress}
	urlKind          = kind{label: "URL", want: "an http:// or https:// URL without user, query and fragment", check: checkURL}
	hostOrSocketKind = kind{label: "host name", want: "a host name, an address, or the absolute path of a socket's folder; without blanks, quotes, backslashes, = and scheme", check: checkHostOrSocket}
	hostKind         = kind{label: "host name", want: "a bare host name, such as company.okta.com, without scheme, path and user", check: checkHost}
	scopeKind        = kind{label: "s3 prefix", want: "s3://bucket/ or s3://bucket/prefix/, ending in a slash", check: checkScope}
	listKind         = kind{label: "list of names", want: "a list of names that are not empty, such as [analysts, auditors]; in an environment variable separated by commas", list: true}
	audienceKind     = kind{label: "list of texts", want: "a text that is not empty, or a list of them", list: true, one: true}
	secretKind       = kind{label: "secret", want: "a text that is not empty"}
	providersKind    = kind{label: "list of providers", want: "a list of " + providerNames + ", and names of auth.issuers", check: checkProvider, list: true, fold: true, also: providerAliases}
	patternKind      = kind{label: "pattern", want: "a regular expression (RE2)", check: checkPattern}
	claimsKind       = kind{label: "list of CLAIM=VALUE", want: "a list of CLAIM=VALUE, such as [organization=acme]", check: checkPair, list: true}
	placesKind       = kind{label: "list of SCOPE=CATALOG", want: "a list of SCOPE=CATALOG or SCOPE=CATALOG.SCHEMA, such as [MAIL=lake.mail]", check: checkPair, list: true}
	publicKeysKind   = kind{label: "list of keys", want: "a list of paths, file:// URLs, PEM texts or base64 texts of public keys or certificates", path: true, list: true, inline: isKeyText, one: true}
	securityKind     = func() kind {
		k := choiceKind("tls", "starttls", "none")
		k.fold, k.also = true, map[string]string{"true": "tls", "false": "none"}
		return k
	}()
	secretsKind = kind{label: "list of secrets", want: "one or several keys of 32 bytes in base64 or hexadecimal (`openssl rand -base64 32` makes one); in a file one a line", check: checkTicketKey, list: true}
)

// namedText is a field that is a text in a map.
type namedText struct {
	in   map[string]string
	name string
}

// lakeType is catalog.Type as a field.
type lakeType catalog.Type

// securityText is directory.Security as a field.
type securityText directory.Security

// providerAliases are other names under which providers are known.
var providerAliases = map[string]string{
	"azure": "azure-ad", "entra-id": "azure-ad", "entra": "azure-ad", "google": "gcp", "google-cloud": "gcp",
}

var providerName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

func checkProvider(value string) error {
	if !providerName.MatchString(value) {
		return errValue
	}
	return nil
}

func checkPattern(value string) error {
	if _, err := regexp.Compile(value); err != nil {
		return fmt.Errorf("not a regular expression: %w", err)
	}
	return nil
}

func checkPair(value string) error {
	name, of, ok := strings.Cut(value, "=")
	if !ok || strings.TrimSpace(name) == "" || strings.TrimSpace(of) == "" {
		return errValue
	}
	return nil
}

var base64Text = regexp.MustCompile(`^[A-Za-z0-9+/\s]{80,}=*\s*$`)

// isKeyText tells a key itself from the path of its file.
func isKeyText(value string) bool {
	return strings.HasPrefix(value, "-----BEGIN") || base64Text.MatchString(value)
}

// countKind is a whole number between two bounds.
func countKind(least, most int) kind {
	return kind{
		label: "number",
		want:  fmt.Sprintf("a whole number from %d to %d", least, most),
		check: func(value string) error {
			n, err := strconv.Atoi(value)
			if err != nil || n < least || n > most {
				return errValue
			}
			return nil
		},
	}
}

// choiceKind is one of a few words.
func choiceKind(words ...string) kind {
	return kind{
		label: strings.Join(words, ", "),
		want:  "one of " + strings.Join(words, ", "),
		check: func(value string) error {
			if !slices.Contains(words, value) {
				return errValue
			}
			return nil
		},
	}
}

// choicesKind is a list of a few words, trimmed and compared without case.
func choicesKind(words ...string) kind {
	k := choiceKind(words...)
	k.label, k.list, k.fold = "list of: "+strings.Join(words, ", "), true, true
	k.want = "a list of " + strings.Join(words, ", ") + " without repetition"
	return k
}

func checkAddress(value string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return errValue
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return errValue
	}
	return nil
}

func checkURL(value string) error {
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errValue
	}
	return nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

func checkHost(value string) error {
	if !hostName.MatchString(value) {
		return errValue
	}
	return nil
}

func checkHostOrSocket(value string) error {
	if strings.ContainsAny(value, " \t\n'\"\\=") || strings.Contains(value, "://") {
		return errValue
	}
	return nil
}

// checkData lets folders pass as they are; an URL must be s3 and climb nowhere.
func checkData(value string) error {
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		return nil
	}
	if scheme != "s3" || rest == "" || strings.HasPrefix(rest, "/") || strings.ContainsAny(rest, "?#") || slices.Contains(strings.Split(rest, "/"), "..") {
		return errValue
	}
	return nil
}

func checkScope(value string) error {
	if !strings.HasPrefix(value, "s3://") || !strings.HasSuffix(value, "/") {
		return errValue
	}
	return checkData(value)
}

func checkTicketKey(value string) error {
	if _, err := seal.ParseKey(value); err != nil {
		return errValue
	}
	return nil
}

var sizeText = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([KMGT]i?)B$`)

// parseSize reads 4GB and 64MiB as DuckDB does: powers of 1000 without the i, of 1024 with it.
func parseSize(text string) (size, error) {
	m := sizeText.FindStringSubmatch(text)
	if m == nil {
		return size{}, errValue
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return size{}, errValue
	}
	base := 1000.0
	if strings.HasSuffix(m[2], "i") {
		base = 1024
	}
	for range strings.Index("KMGT", m[2][:1]) + 1 {
		n *= base
	}
	if n < 1 || n > 1<<60 {
		return size{}, errValue
	}
	return size{Text: strings.ReplaceAll(text, " ", ""), Bytes: int64(n)}, nil
}

// assign reads values into the field that dst points to. Relative paths are
// taken from folder. The error is errValue, or says more than the kind's want.
func (k kind) assign(dst any, values []string, folder string) error {
	if !k.list && len(values) != 1 {
		return errValue
	}
	for i, v := range values {
		if k.list {
			v = strings.TrimSpace(v)
		}
		if k.fold {
			v = strings.ToLower(v)
		}
		if other, known := k.also[v]; known {
			v = other
		}
		values[i] = v
		if v == "" || strings.ContainsRune(v, 0) {
			return errValue
		}
		if k.check != nil {
			if err := k.check(v); err != nil {
				return err
			}
		}
		if k.path && !filepath.IsAbs(v) && !strings.Contains(v, "://") && (k.inline == nil || !k.inline(v)) {
			values[i] = resolve(folder, v)
		}
	}
	return store(dst, values)
}

// resolve is path seen from folder; a trailing slash, which says "folder", stays.
func resolve(folder, path string) string {
	full := filepath.Join(folder, path)
	if strings.HasSuffix(path, "/") {
		full += "/"
	}
	return full
}

// store reads values, which have passed their kind's check, into dst.
func store(dst any, values []string) error {
	switch dst := dst.(type) {
	case *string:
		*dst = values[0]
	case *auth.Secret:
		*dst = auth.Secret(values[0])
	case namedText:
		dst.in[dst.name] = values[0]
	case *lakeType:
		*dst = lakeType(values[0])
	case *securityText:
		*dst = securityText(values[0])
	case *bool:
		if values[0] != "true" && values[0] != "false" {
			return errValue
		}
		*dst = values[0] == "true"
	case *int:
		n, err := strconv.Atoi(values[0])
		if err != nil {
			return errValue
		}
		*dst = n
	case *time.Duration:
		d, err := time.ParseDuration(values[0])
		if err != nil || d <= 0 {
			return errValue
		}
		*dst = d
	case *size:
		n, err := parseSize(values[0])
		if err != nil {
			return err
		}
		*dst = n
	case *[]string:
		if len(values) == 0 {
			return errValue
		}
		*dst = slices.Clone(values)
	case *[]auth.Secret:
		if len(values) == 0 {
			return errValue
		}
		*dst = make([]auth.Secret, len(values))
		for i, v := range values {
			(*dst)[i] = auth.Secret(v)
		}
	default:
		return fmt.Errorf("no way to read a %T", dst)
	}
	return nil
}

// texts is what dst points to, as the settings file would spell it; nil for
// nothing. Secrets stay hidden.
func texts(dst any) []string {
	switch dst := dst.(type) {
	case *string:
		if *dst != "" {
			return []string{*dst}
		}
	case *auth.Secret:
		if *dst != "" {
			return []string{dst.String()}
		}
	case namedText:
		return []string{dst.in[dst.name]}
	case *lakeType:
		return []string{string(*dst)}
	case *securityText:
		return []string{string(*dst)}
	case *bool:
		return []string{strconv.FormatBool(*dst)}
	case *int:
		return []string{strconv.Itoa(*dst)}
	case *time.Duration:
		if *dst != 0 {
			return []string{shortDuration(*dst)}
		}
	case *size:
		if dst.Text != "" {
			return []string{dst.Text}
		}
	case *[]string:
		return *dst
	case *[]auth.Secret:
		out := make([]string, len(*dst))
		for i, s := range *dst {
			out[i] = s.String()
		}
		return out
	}
	return nil
}

// shortDuration is 5m where String says 5m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
