//go:build !race

package imaging_test

import "testing"

const slowly = false

func measures(*testing.T) {}
