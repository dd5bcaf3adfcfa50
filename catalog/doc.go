// Package catalog answers what data exists, and what of it is there for one
// caller. A [View] is the only way to tables: what is not in it does not exist
// for its holder. How the data is read is the business of package engine.
package catalog
