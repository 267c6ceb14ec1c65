package cases

import "context"

// Whole is a case with all that it holds, for the system of the department that
// examines it. Whoever asks sees to the rights; ErrUnknown if there is none.
func (s *Service) Whole(ctx context.Context, id string) (Case, error) {
	return s.one(ctx, s.Store.Read(), `id = $1`, id)
}
