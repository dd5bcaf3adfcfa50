package guard_test

import (
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// varchar reads one value of a VARCHAR vector.
func varchar(vec duckdb.Vector, row duckdb.IdxT) string {
	data := (*duckdb.StringT)(unsafe.Add(duckdb.VectorGetData(vec), uintptr(row)*unsafe.Sizeof(duckdb.StringT{})))
	return duckdb.StringTData(data)
}
