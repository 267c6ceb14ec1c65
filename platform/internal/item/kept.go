package item

import (
	"encoding/json"
	"strings"
	"sync"
)

// maxKept is how many answers are kept, and maxKeptKey how long a query may be
// that is worth it.
const (
	maxKept    = 1000
	maxKeptKey = 1000
)

// kept are answers to queries that were asked since the index last changed:
// many people look for the same few things.
type kept struct {
	mu    sync.RWMutex
	found map[string]Found // guarded by mu, like gen
	gen   uint64
}

// key is a query as it is kept; empty for one that isn't.
func (q Query) key() string {
	q.Text = strings.TrimSpace(q.Text)
	data, err := json.Marshal(q)
	if err != nil || len(data) > maxKeptKey {
		return ""
	}
	return string(data)
}

// generation counts how often the index has changed: an answer that was begun
// before a change isn't kept after it.
func (k *kept) generation() uint64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.gen
}

func (k *kept) get(key string) (Found, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	found, ok := k.found[key]
	return found, ok
}

func (k *kept) put(key string, gen uint64, found Found) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key == "" || gen != k.gen {
		return
	}
	if k.found == nil || len(k.found) >= maxKept {
		k.found = map[string]Found{}
	}
	k.found[key] = found
}

// clear forgets all answers: the index has changed.
func (k *kept) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.found, k.gen = nil, k.gen+1
}
