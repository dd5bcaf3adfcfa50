package engine

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// validateFull is array.ValidateFull for arrays that came over the wire: there
// arrays of nulls have no buffers, and arrow-go's own validation wants one.
func validateFull(a arrow.Array) error {
	if !holdsNulls(a.DataType()) {
		return array.ValidateFull(a)
	}
	data := withNullBuffers(a.Data())
	defer data.Release()
	complete := array.MakeFromData(data)
	defer complete.Release()
	return array.ValidateFull(complete)
}

// holdsNulls reports whether t is the null type or consists of it.
func holdsNulls(t arrow.DataType) bool {
	if t.ID() == arrow.NULL {
		return true
	}
	nested, ok := t.(arrow.NestedType)
	return ok && slices.ContainsFunc(nested.Fields(), func(f arrow.Field) bool { return holdsNulls(f.Type) })
}

// withNullBuffers is data with the absent buffer of each array of nulls named.
func withNullBuffers(data arrow.ArrayData) arrow.ArrayData {
	buffers := data.Buffers()
	if data.DataType().ID() == arrow.NULL && len(buffers) == 0 {
		buffers = []*memory.Buffer{nil}
	}
	children := make([]arrow.ArrayData, len(data.Children()))
	for i, child := range data.Children() {
		children[i] = withNullBuffers(child)
		defer children[i].Release()
	}
	return array.NewData(data.DataType(), data.Len(), buffers, children, data.NullN(), data.Offset())
}
