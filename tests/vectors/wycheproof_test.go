package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"

	"github.com/lakegate/lakegate/auth"
)

// vectors is what is read of one of Wycheproof's files.
type vectors struct {
	TestGroups []struct {
		Comment         string
		Public, Private json.RawMessage // a key or a key set; symmetric ones are private only
		Tests           []vector
	}
}

type vector struct {
	TcID    int
	Comment string
	JWS     json.RawMessage // a string, or an object where the JSON form is tried; absent for encryption
	Result  string
}

// Why a valid signature is refused. Each is a rule of ours, stricter than what a
// library for all purposes has.
const (
	symmetric  = "a shared secret verifies nothing here: who can check could also sign (RFC 8725, section 3.5)"
	noPayload  = "an empty payload is no claims (RFC 7519, section 3)"
	otherAlg   = "the key says another algorithm than the token (RFC 7517, section 4.4; RFC 8725, section 3.1)"
	unknownAlg = "the key's algorithm, ES521, does not exist (RFC 7518, section 3.1, has ES512)"
	stray      = "a character that is not of the alphabet stands in a part (RFC 7515, section 2; RFC 4648, section 3.3)"
)

// stricter are all valid vectors that are refused, by their number.
var stricter = map[string]map[int]string{
	"json_web_signature": {
		1: symmetric, 348: symmetric, 352: symmetric, 357: symmetric, 358: symmetric, 359: symmetric, 376: symmetric, 377: symmetric,
		259: noPayload, 264: noPayload, 268: noPayload, 272: noPayload, 320: noPayload, 325: noPayload,
		346: otherAlg, 350: otherAlg,
		347: unknownAlg, 351: unknownAlg,
		372: stray, 373: stray,
	},
	"json_web_key":    {2: symmetric, 13: symmetric, 14: symmetric, 15: symmetric},
	"json_web_crypto": {1: symmetric, 48: symmetric},
}

// A07, B02, B07 to B15, B18, C07: nothing invalid is accepted, and of what is
// valid only what stricter names is refused.
func TestWycheproof(t *testing.T) {
	for file, refused := range stricter {
		t.Run(file, func(t *testing.T) {
			data, err := fs.ReadFile(wycheproof.TestVectors, file+"_test.json")
			if err != nil {
				t.Fatal(err)
			}
			var all vectors
			if err := json.Unmarshal(data, &all); err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, group := range all.TestGroups {
				keys := keySet(t, group.Public, group.Private)
				for _, v := range group.Tests {
					if v.JWS == nil {
						continue
					}
					count[v.Result]++
					_, err := auth.VerifyVector(t.Context(), keys, v.token(t))
					reason, named := refused[v.TcID]
					name := fmt.Sprintf("%d, %s, %s", v.TcID, group.Comment, v.Comment)
					switch {
					case v.Result == "invalid" && err == nil:
						t.Errorf("%s: is invalid, and accepted", name)
					case v.Result == "valid" && err == nil && named:
						t.Errorf("%s: is accepted; it was thought to be refused because %s", name, reason)
					case v.Result == "valid" && err != nil && !named:
						t.Errorf("%s: is valid, and refused: %s", name, auth.Reason(err))
					}
				}
			}
			t.Logf("%d valid, of which %d are refused by name; %d invalid", count["valid"], len(refused), count["invalid"])
			if count["invalid"] == 0 || count["valid"] <= len(refused) {
				t.Errorf("the file holds only %v", count)
			}
		})
	}
}

// keySet is the group's key as a set.
func keySet(t *testing.T, public, private json.RawMessage) []byte {
	t.Helper()
	key := public
	if key == nil {
		key = private
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(key, &fields); err != nil {
		t.Fatal(err)
	}
	if fields["keys"] != nil {
		return key
	}
	return fmt.Appendf(nil, `{"keys":[%s]}`, key)
}

// token is what a caller would send.
func (v vector) token(t *testing.T) []byte {
	t.Helper()
	if bytes.HasPrefix(v.JWS, []byte(`{`)) {
		return v.JWS
	}
	var text string
	if err := json.Unmarshal(v.JWS, &text); err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}
