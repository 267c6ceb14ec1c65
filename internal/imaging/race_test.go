//go:build race

package imaging_test

// slowly tells that the race detector makes everything some ten times slower.
// The package starts no goroutines: fewer pictures do.
const slowly = true
