package portal

// Kept is how many bytes of documents are kept.
func Kept(s *Service) int {
	s.cache.mu.RLock()
	defer s.cache.mu.RUnlock()
	return s.cache.bytes
}
