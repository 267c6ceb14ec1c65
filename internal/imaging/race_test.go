//go:build race

package imaging_test

import "testing"

// slowly tells that the race detector makes everything some ten times slower.
// The package starts no goroutines: fewer pictures do.
const slowly = true

// measures ends a test of how well pages are made: make test runs it once more,
// without the race detector.
func measures(t *testing.T) {
	t.Helper()
	t.Skip("the race detector is too slow for it: go test ./internal/imaging")
}
