// Package airport answers what a DuckDB client with the Airport extension says and
// wants to hear: the bodies of its actions, the catalog it lists, the conditions that
// it pushes down, the frames of its exchanges, the names of its rows. It is encoding
// alone: no gRPC service, no engine; what it makes of a request is SQL in logical
// names, which takes the same way through the guard as any other.
//
// Names in requests and answers are the client's. They are the lake's own but for the
// schema main, which that client cannot reach: see [SchemaName].
package airport
