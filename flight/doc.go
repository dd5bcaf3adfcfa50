// Package flight answers what the wire says: one port that speaks Arrow Flight
// SQL, grpc.health.v1 and GET /flight/health; who is let in; sessions, tickets
// and handles; status codes; how batches are encoded. How SQL runs is the
// business of package engine, what exists for whom that of package catalog.
package flight
