package policy

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```(?:yaml|json)\n(.*?)```")

// Each example of the page is a whole file of rules.
func TestTheExamplesOfThePageAreAccepted(t *testing.T) {
	text, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 10 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		if _, err := Parse("policy.yaml", []byte(block[1])); err != nil {
			t.Errorf("%v\n%s", err, block[1])
		}
	}
	for _, name := range append(append([]string{}, readyMasks...), tablePrivilegeNames...) {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("the page does not speak of %s", name)
		}
	}
}
