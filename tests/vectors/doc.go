// Package vectors holds the verifier of tokens against what others published
// and built: Wycheproof's vectors, and go-jose as a second opinion. It is a
// module of its own so that neither is a dependency of the server.
package vectors
