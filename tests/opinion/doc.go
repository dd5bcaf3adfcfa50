// Package opinion holds a second opinion on the guard, by construction: random
// statements run through Lakegate as callers with random rights, and as they are
// in a plain DuckDB whose tables hold only what that caller may see. Both answers,
// or both refusals, must agree. It has tests alone.
package opinion
