package node

import (
	"context"
	"encoding/json"
)

// TakeLive takes what a hall tells under TopicLive.
func (s *Service) TakeLive(ctx context.Context, body json.RawMessage) error {
	_, err := s.takeLive(ctx, "", body)
	return err
}
