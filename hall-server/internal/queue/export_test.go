package queue

import (
	"maps"
	"slices"
)

// EventTypes lists the type of every event, sorted.
func EventTypes() []string { return slices.Sorted(maps.Keys(decoders)) }
