package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Resolver asks a REST service for a user's groups, as Okera's does: GET, answer
// {"groups": ["a", "b"]}. The address is https, or http on this machine.
type Resolver struct {
	URL string // the user's name is its next path segment
	// Format takes the place of URL: its first {0} is the user's name.
	Format string
	// NotFoundIsNone takes the answer 404 to mean that the service does not know
	// the user, instead of a failed lookup.
	NotFoundIsNone bool
}

// userPlace stands for the user's name in a Format.
const userPlace = "{0}"

var errGroupsShape = errors.New("the answer has no groups, or they are not a list of strings")

func (r Resolver) check() error {
	var errs []error
	if r.URL == "" && r.Format == "" {
		errs = append(errs, resolverFault("url", "or resolver_url_format is required"))
	}
	if r.URL != "" {
		if err := checkService(r.URL); err != nil {
			errs = append(errs, resolverFault("url", "%q: %v", r.URL, err))
		}
	}
	if r.Format != "" {
		if err := checkFormat(r.Format); err != nil {
			errs = append(errs, resolverFault("url_format", "%q: %v", r.Format, err))
		}
	}
	return errors.Join(errs...)
}

func resolverFault(key, format string, args ...any) error {
	return fmt.Errorf("auth.groups.resolver_%s (GROUP_RESOLVER_%s): %s", key, strings.ToUpper(key), fmt.Sprintf(format, args...))
}

// checkFormat accepts a format that no user's name can lead elsewhere with:
// its place is in the path or in the query.
func checkFormat(format string) error {
	if !strings.Contains(format, userPlace) {
		return errors.New("has no {0}, the place of the user's name")
	}
	const name = "lakegate-user"
	address := place(format, name)
	u, err := serviceURL(address)
	switch {
	case err != nil:
		return err
	case !strings.Contains(u.EscapedPath()+u.RawQuery, name):
		return errors.New("{0} must be in the path or in the query")
	case u.String() != address:
		return errors.New("holds characters that must be percent-encoded")
	}
	return nil
}

// place puts name in the first place for it; another is sent as it stands, and
// braces are no characters of an address.
func place(format, name string) string {
	before, after, _ := strings.Cut(format, userPlace)
	return before + name + strings.ReplaceAll(after, userPlace, "%7B0%7D")
}

// groups asks for user's groups. They are nil if the service does not know the
// user, and not nil if it knows of no groups. The error is an unavailable, or ctx's.
func (r Resolver) groups(ctx context.Context, f *fetcher, user string) ([]string, error) {
	address, err := r.address(user)
	if err != nil {
		return nil, resolverFailed(err)
	}
	status, body, err := f.ask(ctx, address, "")
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, resolverFailed(err)
	case status == http.StatusNotFound && r.NotFoundIsNone:
		return nil, nil
	case status != http.StatusOK:
		return nil, resolverFailed(fmt.Errorf("status %d", status))
	}
	answer, err := decodeObject(body)
	if err != nil {
		return nil, resolverFailed(err)
	}
	list, ok := answer["groups"].([]any)
	if !ok {
		return nil, resolverFailed(errGroupsShape)
	}
	names, ok := texts(list)
	if !ok {
		return nil, resolverFailed(errGroupsShape)
	}
	return slices.DeleteFunc(names, func(g string) bool { return strings.TrimSpace(g) == "" }), nil
}

// address is where user's groups are. Every byte of the name but letters,
// digits, "-", "_", "~" and a dot among others is percent-encoded, so that it
// stays within one path segment or one value of the query.
func (r Resolver) address(user string) (string, error) {
	if user == "" || user == "." || user == ".." {
		// Even encoded, dots are a step in the path to whom reads RFC 3986,
		// section 6.2.2.2, to the letter.
		return "", errors.New("the user's name cannot be part of an address")
	}
	name := strings.ReplaceAll(url.QueryEscape(user), "+", "%20")
	if r.Format != "" {
		return place(r.Format, name), nil
	}
	return strings.TrimSuffix(r.URL, "/") + "/" + name, nil
}

func resolverFailed(err error) error {
	return &unavailable{reason: "group resolver: " + err.Error()}
}
