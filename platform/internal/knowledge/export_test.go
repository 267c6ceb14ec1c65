package knowledge

import "time"

// Stale has the next reader look at the items and at what staff wrote.
func (s *Service) Stale() {
	s.shelf.stale()
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.shelf.items = time.Time{}
}
