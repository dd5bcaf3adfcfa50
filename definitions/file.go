package definitions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// fileFormat is what this program writes, and all that it reads.
const fileFormat = 1

// fileMost bounds the file, in bytes.
const fileMost = 64 << 20

// file is a Set as it is kept.
type file struct {
	Format int           `json:"format"`
	Grants policy.Grants `json:"grants"`
	Views  []fileView    `json:"views"`
}

type fileView struct {
	Name    fileName     `json:"name"`
	Comment string       `json:"comment,omitempty"`
	Columns []fileColumn `json:"columns"`
	SQL     string       `json:"sql"`
	Catalog string       `json:"catalog"` // where its unqualified names are looked for
	Schema  string       `json:"schema"`
	Reads   []fileName   `json:"reads"`
	Uses    []fileUse    `json:"uses"`
	Owner   string       `json:"owner"`
}

type fileName struct {
	Catalog string `json:"catalog"`
	Schema  string `json:"schema"`
	Table   string `json:"table"`
}

type fileColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type fileUse struct {
	Table   fileName `json:"table"`
	Columns []string `json:"columns"`
}

// encode is set as the file holds it.
func encode(set Set) ([]byte, error) {
	f := file{Format: fileFormat, Grants: set.Grants, Views: []fileView{}}
	for _, v := range set.Views {
		d := v.Definition
		out := fileView{
			Name: fileName(v.Name), Comment: v.Comment, SQL: d.SQL, Catalog: d.Catalog, Schema: d.Schema, Owner: d.Owner,
			Reads: []fileName{}, Uses: []fileUse{},
		}
		for _, c := range v.Columns {
			out.Columns = append(out.Columns, fileColumn{c.Name, c.Type})
		}
		for _, r := range d.Reads {
			out.Reads = append(out.Reads, fileName(r))
		}
		for _, u := range d.Uses {
			out.Uses = append(out.Uses, fileUse{fileName(u.Table), u.Columns})
		}
		f.Views = append(f.Views, out)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("write the definitions as JSON: %w", err)
	}
	if b.Len() > fileMost {
		return nil, fmt.Errorf("definitions (at most %d bytes): %w", fileMost, guard.ErrTooMany)
	}
	return b.Bytes(), nil
}

// decode reads what encode wrote. Whatever it does not know is an error, which
// says where: half of somebody's rights would be worse than none.
func decode(text []byte) (Set, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Set{}, located(text, -1, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Set{}, located(text, d.InputOffset(), errors.New("there is more than one value in it"))
	}
	if f.Format != fileFormat {
		return Set{}, fmt.Errorf("format %d is not known; %d is", f.Format, fileFormat)
	}
	set := Set{Grants: f.Grants}
	for i, v := range f.Views {
		if v.Name.Catalog == "" || v.Name.Schema == "" || v.Name.Table == "" || v.SQL == "" || len(v.Columns) == 0 {
			return Set{}, fmt.Errorf("views[%d] has no full name, no text or no columns", i)
		}
		t := catalog.Table{Name: catalog.Name(v.Name), Kind: catalog.ViewTable, Comment: v.Comment, Whole: true}
		for _, c := range v.Columns {
			t.Columns = append(t.Columns, catalog.Column{Name: c.Name, Type: c.Type, Nullable: true})
		}
		t.Definition = &catalog.Definition{SQL: v.SQL, Catalog: v.Catalog, Schema: v.Schema, Owner: v.Owner}
		for _, r := range v.Reads {
			t.Definition.Reads = append(t.Definition.Reads, catalog.Name(r))
		}
		for _, u := range v.Uses {
			t.Definition.Uses = append(t.Definition.Uses, catalog.Use{Table: catalog.Name(u.Table), Columns: u.Columns})
		}
		set.Views = append(set.Views, t)
	}
	slices.SortFunc(set.Views, func(a, b catalog.Table) int { return strings.Compare(key(a.Name), key(b.Name)) })
	for i := 1; i < len(set.Views); i++ {
		if key(set.Views[i-1].Name) == key(set.Views[i].Name) {
			return Set{}, fmt.Errorf("view %q is there twice", set.Views[i].Name.Table)
		}
	}
	for i, g := range set.Grants.Grants {
		if len(g.Columns) == 0 {
			set.Grants.Grants[i].Columns = nil
		}
		if g.Catalog == "" || g.Privileges == 0 || g.Privileges&^(policy.Select|policy.Change) != 0 || g.To.Name == "" || !kinds[g.To.Kind] || g.Schema == "" && g.Table != "" {
			return Set{}, fmt.Errorf("grants[%d] names no place, no privilege or nobody", i)
		}
	}
	for i, r := range set.Grants.Roles {
		if r.Name == "" || slices.ContainsFunc(r.Members, func(m policy.Grantee) bool { return m.Name == "" || !kinds[m.Kind] }) {
			return Set{}, fmt.Errorf("roles[%d] has no name, or a member without one", i)
		}
	}
	return set.stamped(), set.check()
}

var kinds = map[policy.GranteeKind]bool{policy.ToUser: true, policy.ToGroup: true, policy.ToRole: true}

// located is err with the line that it is about: that of offset, or where err knows better.
func located(text []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		offset, err = int64(len(text)), errors.New("it ends too early")
	case offset < 0: // the decoder tells no place, but names the field
		return err
	}
	line := 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, err)
}
