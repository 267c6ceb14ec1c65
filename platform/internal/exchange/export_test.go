package exchange

import "context"

// Use counts a request of a key.
func (s *Service) Use(ctx context.Context, secret string) error { return s.use(ctx, secret) }
