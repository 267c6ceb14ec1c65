//go:build !race

package imaging_test

const slowly = false
