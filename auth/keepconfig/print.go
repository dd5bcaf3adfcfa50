package keepconfig

import (
	"encoding/json"
	"fmt"
)

const redacted = "[redacted]"

// MarshalJSON is what is in force, in the form of one file: all files merged,
// with the defaults, providers that are switched off included. Secrets are masked.
func (c Config) MarshalJSON() ([]byte, error) {
	doc := map[string]any{
		"disableJwtExpiryCheck": c.DisableExpiryCheck,
		"disableDominoLogin":    c.DisableLogin,
		"maxJwtDuration":        c.MaxTokenLife.String(),
	}
	if c.TokenLife > 0 {
		doc["JwtDuration"] = c.TokenLife.String()
	}
	for kind := range kinds {
		if c.merged != nil && c.merged.members[string(kind)] != nil {
			doc[string(kind)] = c.merged.members[string(kind)].plain()
		}
	}
	return json.Marshal(doc)
}

// String is MarshalJSON for people.
func (c Config) String() string {
	one, err := c.MarshalJSON()
	if err != nil {
		return fmt.Sprintf("[%v]", err)
	}
	var doc any
	if err := json.Unmarshal(one, &doc); err != nil {
		return fmt.Sprintf("[%v]", err)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Sprintf("[%v]", err)
	}
	return string(text)
}

// GoString is what %#v prints.
func (c Config) GoString() string { return c.String() }

// plain is n without what is secret or means nothing here.
func (n *node) plain() any {
	if n.members != nil {
		object := map[string]any{}
		for name, member := range n.members {
			switch name {
			case "adminui":
			case "clientSecret":
				object[name] = redacted
			default:
				object[name] = member.plain()
			}
		}
		return object
	}
	if list, ok := n.value.([]*node); ok {
		all := make([]any, 0, len(list))
		for _, e := range list {
			all = append(all, e.plain())
		}
		return all
	}
	return n.value
}
