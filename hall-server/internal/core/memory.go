package core

import "smarthall/hall-server/internal/queue"

// keyring remembers the idempotency keys of the open business day and the one
// before. Its zero value is not usable.
type keyring struct {
	today, yesterday map[string]done
}

// done is what was done under a key: the record, and the command's fingerprint.
type done struct{ seq, print uint64 }

func newKeyring(keys []Key, day queue.Day) keyring {
	k := keyring{today: make(map[string]done), yesterday: make(map[string]done)}
	for _, key := range keys {
		if key.Day == day {
			k.today[key.Key] = done{key.Seq, key.Print}
		} else {
			k.yesterday[key.Key] = done{key.Seq, key.Print}
		}
	}
	return k
}

func (k *keyring) get(key string) (done, bool) {
	if found, ok := k.today[key]; ok {
		return found, true
	}
	found, ok := k.yesterday[key]
	return found, ok
}

func (k *keyring) add(rec *Record) { k.today[rec.Key] = done{rec.Seq, rec.Print} }

// rotate begins a business day.
func (k *keyring) rotate() {
	k.yesterday, k.today = k.today, make(map[string]done)
}

// ring keeps the latest records for those who follow them.
type ring struct {
	buf   []Record
	start int // index of the oldest
	n     int
	last  uint64 // seq of the newest
}

func newRing(size int, last uint64) ring { return ring{buf: make([]Record, size), last: last} }

func (r *ring) add(rec Record) {
	i := (r.start + r.n) % len(r.buf)
	r.buf[i] = rec
	if r.n < len(r.buf) {
		r.n++
	} else {
		r.start = (r.start + 1) % len(r.buf)
	}
	r.last = rec.Seq
}

// since returns what came after seq, or false if that isn't all here.
func (r *ring) since(seq uint64) ([]Record, bool) {
	if seq > r.last || r.last-seq > uint64(r.n) {
		return nil, false
	}
	missing := int(r.last - seq)
	out := make([]Record, 0, missing)
	for i := r.n - missing; i < r.n; i++ {
		out = append(out, r.buf[(r.start+i)%len(r.buf)])
	}
	return out, true
}
