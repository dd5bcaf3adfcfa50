// Package auth answers who is calling: tokens and keys in, a [Principal] out.
// What the caller may do is the business of package policy.
package auth
