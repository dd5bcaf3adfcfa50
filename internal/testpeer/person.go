package testpeer

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// maxPages is how many pages a person clicks through before they give up.
const maxPages = 20

var (
	formTag   = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`<input[^>]*>`)
	buttonTag = regexp.MustCompile(`<button[^>]*>`)
	attribute = regexp.MustCompile(`([a-z]+)="([^"]*)"`)
)

// Person does at an identity provider's pages what somebody with a browser does:
// opens address, fills in every form with the user's name, password and, where one
// is asked for, code, and sends it, until a page has no form. It gives that page's
// text.
func Person(t testing.TB, address, user, password, code string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: plainJar{jar}, Timeout: 30 * time.Second}
	response, err := browser.Get(address)
	for range maxPages {
		if err != nil {
			t.Fatal(err)
		}
		text, err2 := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err2 != nil {
			t.Fatal(err2)
		}
		form := formTag.FindSubmatch(text)
		if form == nil {
			return string(text)
		}
		action, err2 := response.Request.URL.Parse(html.UnescapeString(string(form[1])))
		if err2 != nil {
			t.Fatal(err2)
		}
		response, err = browser.PostForm(action.String(), filled(string(form[2]), user, password, code))
	}
	t.Fatalf("%s: more than %d forms", address, maxPages)
	return ""
}

// filled is a form's fields as a person leaves them.
func filled(form, user, password, code string) url.Values {
	values := url.Values{}
	for _, tag := range append(inputTag.FindAllString(form, -1), buttonTag.FindAllString(form, 1)...) {
		field := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
			field[a[1]] = html.UnescapeString(a[2])
		}
		switch name := field["name"]; name {
		case "":
		case "username", "login":
			values.Set(name, user)
		case "password":
			values.Set(name, password)
		case "user_code", "device_user_code":
			if field["value"] == "" {
				field["value"] = code
			}
			values.Set(name, field["value"])
		default:
			if !values.Has(name) {
				values.Set(name, field["value"])
			}
		}
	}
	return values
}

// plainJar sends cookies over http to this machine even where they are marked
// Secure, as browsers do.
type plainJar struct{ http.CookieJar }

func (p plainJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Secure = c.Secure && !strings.HasPrefix(u.Host, "127.0.0.1")
	}
	p.CookieJar.SetCookies(u, cookies)
}
