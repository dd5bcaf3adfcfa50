// Package auth answers who is calling: tokens and keys in, a [Principal] out.
// What the caller may do is the business of package policy.
//
// A token is judged in this order, and each step refuses before the next one
// looks: its shape (three parts, strict JSON, no header that would change how it
// is verified), its issuer (the one provider whose name is byte for byte iss), its
// algorithm, its key (by kid; a token is tried against at most four keys), its
// signature, its claims. The library that verifies signatures sees only what has
// passed the steps before.
//
// Keys are loaded in the background, by one goroutine for each issuer. Calls wait
// for a load only when there are no keys at all, or when a key id is unknown and the
// last load was long enough ago. A load that fails, or brings nothing that can
// verify, leaves the keys as they were until [Config.StaleFor] has passed. Two
// keys published under one id are both tried.
package auth
