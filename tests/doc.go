// Package tests answers whether the built program does what it promises: its tests
// start the binary with a settings file, over real peers, and come in through the
// doors that clients use. What one room can show alone is tested in that room.
package tests
