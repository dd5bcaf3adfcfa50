package policy

import "time"

// Grants are what administrators granted in SQL. They decide on what no rule of
// the policy's file matches, and add up.
type Grants struct {
	Roles  []Role  `json:"roles,omitempty"`
	Grants []Grant `json:"grants,omitempty"`
}

// Role is a named set of users, groups and other roles.
type Role struct {
	Name    string    `json:"name"`
	Members []Grantee `json:"members,omitempty"`
}

// Grantee is who has a grant or a role.
type Grantee struct {
	Kind GranteeKind `json:"kind"`
	Name string      `json:"name"`
}

// GranteeKind tells users from groups and roles.
type GranteeKind string

// The kinds of grantees. Groups and roles are compared as auth.SameGroup does,
// users exactly.
const (
	ToUser  GranteeKind = "user"
	ToGroup GranteeKind = "group"
	ToRole  GranteeKind = "role"
)

// Grant is one privilege set on one place. An empty Table means all of the
// schema's tables, an empty Schema all of the catalog's.
type Grant struct {
	To         Grantee    `json:"to"`
	Privileges Privileges `json:"privileges"`
	Catalog    string     `json:"catalog"`
	Schema     string     `json:"schema,omitempty"`
	Table      string     `json:"table,omitempty"`
	Columns    []string   `json:"columns,omitempty"` // of Select: the only columns there are; empty for all
	By         string     `json:"by"`
	At         time.Time  `json:"at"`
}
