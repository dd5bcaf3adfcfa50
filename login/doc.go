// Package login gets a person at a keyboard a token from their identity
// provider (OAuth 2.0 and OpenID Connect), keeps it in a folder of theirs, and
// renews it. It is the client's side: the server knows nothing of it.
package login
