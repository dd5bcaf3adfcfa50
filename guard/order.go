package guard

import (
	"errors"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// Order is a statement that the server carries out itself, without the engine.
type Order struct {
	Action Action

	Grants  []policy.Grant   // GrantPrivileges, RevokePrivileges: without By and At
	Role    string           // CreateRole, DropRole, GrantRole, RevokeRole
	Members []policy.Grantee // GrantRole, RevokeRole
	ID      string           // KillStatement, KillSession

	// CreateView, DropView, CommentView: the view by its full name. CreateView has
	// its Definition too, without Owner; its Columns are the server's to find out,
	// with Verdict.SQL. CommentView has its Comment.
	View catalog.Table
	// Names are what CreateView's columns are to be called; nil leaves them the
	// names that the query gives.
	Names []string

	Replace bool // OR REPLACE, of what the caller sees and may drop
	Exists  bool // IF EXISTS, IF NOT EXISTS
}

// Action is what an Order does.
type Action string

// The actions. All but KillStatement, KillSession and those on views are
// administrators'; who may kill what is for the server to decide.
const (
	GrantPrivileges  Action = "GRANT"
	RevokePrivileges Action = "REVOKE"
	CreateRole       Action = "CREATE ROLE"
	DropRole         Action = "DROP ROLE"
	GrantRole        Action = "GRANT ROLE"
	RevokeRole       Action = "REVOKE ROLE"
	KillStatement    Action = "kill_statement"
	KillSession      Action = "kill_session"
	CreateView       Action = "CREATE VIEW"
	DropView         Action = "DROP VIEW"
	CommentView      Action = "COMMENT ON VIEW"
)

// The errors of carrying out an order, besides Refusals, ErrDenied and
// catalog.ErrNotFound. What wraps them says which thing.
var (
	ErrExists  = errors.New("it exists already")
	ErrTooMany = errors.New("too many are kept")
	ErrNotKept = errors.New("this server keeps no definitions: its settings name no state folder")
)
