package catalog

// SameName reports whether two names of catalogs, schemas, tables or columns mean the
// same, as DuckDB compares them: it knows the case of ASCII's letters alone.
func SameName(a, b string) bool { return fold(a) == fold(b) }
