// Package kept remembers what was read and decoded last, by id and revision:
// whoever knows that the revision is still the same needn't read it again.
// Because a row's revision grows with every change, what is kept is never old,
// whichever process changed it.
package kept

import "sync"

// Kept holds values of one kind. It may be used from any goroutine; whoever
// gets a value changes nothing in it.
type Kept[V any] struct {
	most int

	mu     sync.RWMutex
	values map[string]entry[V] // by id; guarded by mu
}

type entry[V any] struct {
	revision int64
	value    V
}

// New returns a Kept for at most a number of values. For another one it forgets
// any of them.
func New[V any](most int) *Kept[V] { return &Kept[V]{most: most, values: map[string]entry[V]{}} }

// Get returns the value of id at a revision, if it is kept.
func (k *Kept[V]) Get(id string, revision int64) (value V, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	e, ok := k.values[id]
	if !ok || e.revision != revision {
		return value, false
	}
	return e.value, true
}

// Put keeps the value of id at a revision, unless it has a newer one.
func (k *Kept[V]) Put(id string, revision int64, value V) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, known := k.values[id]
	if known && e.revision > revision {
		return
	}
	if !known && len(k.values) >= k.most {
		for other := range k.values {
			delete(k.values, other)
			break
		}
	}
	k.values[id] = entry[V]{revision, value}
}
