package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// Between a password and the question for groups the directory can change: who is
// gone by then, or whose name is another's, is refused and not without groups.
func TestHolderOfAPasswordMustStillBeThatEntry(t *testing.T) {
	s := testpeer.LDAP(t)
	st, err := newState(Config{
		Directory: &directory.Config{
			Hosts: []string{fmt.Sprint("127.0.0.1:", s.TLSPort)}, Roots: s.Authority.Pool(), UserBase: testpeer.LDAPPeople,
			GroupBase: testpeer.LDAPGroups, BindDN: testpeer.LDAPReader, BindPassword: "reader-password",
		},
		Passwords: true, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.directory.Close)
	const alice = "uid=alice," + testpeer.LDAPPeople
	for _, tt := range []struct{ user, dn, refused string }{
		{"alice", alice, ""},
		{"Alice", "UID=alice," + testpeer.LDAPPeople, ""},
		{"bob", alice, "User's name is another's in the directory now"},
		{"ghost", alice, "User is no longer in the directory"},
		{"ghost", "", ""},
	} {
		answer, err := st.fromDirectory(t.Context(), nil, groupQuestion{user: tt.user, dn: tt.dn})
		if tt.refused == "" && (err != nil || answer.known != (tt.dn != "")) {
			t.Errorf("%s, %s: %+v, %v", tt.user, tt.dn, answer, err)
		}
		if tt.refused != "" && (!errors.Is(err, ErrUnauthenticated) || err.Error() != classPassword || Reason(err) != tt.refused || answer.known) {
			t.Errorf("%s, %s: %+v, %v (%s); want %s", tt.user, tt.dn, answer, err, Reason(err), tt.refused)
		}
	}
}
