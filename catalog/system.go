package catalog

import "github.com/lakegate/lakegate/policy"

// The server's own catalog and its schema of tables about what goes on.
const (
	SystemName   = "lakegate"
	SystemSchema = "system"
)

// systemTables are the tables of lakegate.system; those of administrators alone
// do not exist for others.
var systemTables = []struct {
	name   string
	admins bool
	about  string
	column []Column
}{
	{"grants", true, "what administrators granted in SQL", []Column{
		text("grantee_kind"), text("grantee"), texts("privileges"), text("catalog"), text("schema"), text("table_name"),
		texts("columns"), text("granted_by"), moment("granted_at"),
	}},
	{"limits", false, "what bounds your statements", []Column{
		text("name"), text("share"), text("limit_name"), number("value"), text("unit"), number("used"),
	}},
	{"roles", true, "who is in which role", []Column{text("role"), text("member_kind"), text("member")}},
	{"sessions", false, "your sessions; for administrators everybody's", []Column{
		text("id"), text("user_name"), text("provider"), text("peer"), moment("started_at"), moment("last_used_at"), moment("expires_at"),
		truth("in_transaction"), number("temporary_tables"), number("statements"),
	}},
	{"statements", false, "your statements that wait or run; for administrators everybody's", []Column{
		text("id"), text("session_id"), text("user_name"), text("provider"), text("peer"), text("state"), moment("started_at"), number("duration_ms"),
		text("kind"), text("statement"), text("fingerprint"), texts("reads"), text("target"), number("rows"), number("bytes"),
	}},
}

func text(name string) Column   { return Column{Name: name, Type: "VARCHAR", Nullable: true} }
func texts(name string) Column  { return Column{Name: name, Type: "VARCHAR[]", Nullable: true} }
func number(name string) Column { return Column{Name: name, Type: "BIGINT", Nullable: true} }
func truth(name string) Column  { return Column{Name: name, Type: "BOOLEAN", Nullable: true} }
func moment(name string) Column {
	return Column{Name: name, Type: "TIMESTAMP WITH TIME ZONE", Nullable: true}
}

// withSystem is v with the server's own catalog, as far as it exists for the
// holder of v's rights: only administrators find it listed, everybody may ask it.
// The audit log is the engine's, among contents, and administrators' alone.
func (v View) withSystem(contents Contents) View {
	ci := &catalogIndex{schemas: map[string]*schemaIndex{}}
	si := &schemaIndex{name: SystemSchema, tables: map[string]*Table{}}
	s := Schema{Name: SystemSchema}
	for _, t := range systemTables {
		if t.admins && !v.rights.Admin {
			continue
		}
		s.Tables = append(s.Tables, Table{
			Name: Name{SystemName, SystemSchema, t.name}, Kind: BaseTable, Comment: t.about, Columns: t.column,
			Privileges: policy.Select, Rule: "the server's own",
		})
	}
	for i := range s.Tables {
		si.tables[s.Tables[i].Name.Table] = &s.Tables[i]
	}
	ci.schemas[SystemSchema] = si
	ci.catalog = Catalog{Name: SystemName, Type: System, ReadOnly: true, Schemas: []Schema{s}}
	for _, c := range contents.Catalogs {
		if c.Type == System && v.rights.Admin {
			ci.add(c)
		}
	}
	v.index[SystemName] = ci
	if v.rights.Admin {
		v.catalogs = append(v.catalogs, ci.catalog)
	}
	return v
}

// add adds what another has of the server's own catalog, to be read.
func (ci *catalogIndex) add(c Catalog) {
	ci.catalog.Physical = c.Physical
	for _, s := range c.Schemas {
		si := &schemaIndex{name: s.Name, tables: map[string]*Table{}}
		visible := Schema{Name: s.Name}
		for _, t := range s.Tables {
			t.Privileges, t.Rule = policy.Select, "the server's own"
			visible.Tables = append(visible.Tables, t)
			si.tables[Fold(t.Name.Table)] = &t
		}
		ci.schemas[Fold(s.Name)] = si
		ci.catalog.Schemas = append(ci.catalog.Schemas, visible)
	}
}
