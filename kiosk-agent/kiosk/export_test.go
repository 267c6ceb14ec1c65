package kiosk

// Remembers tells whether a lookup is still in mind.
func (k *Kiosk) Remembers() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.visits != nil
}
