//go:build race

package all_test

// slowness is how much longer things take with the race detector.
const slowness = 2
