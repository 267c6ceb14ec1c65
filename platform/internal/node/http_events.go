package node

import (
	"context"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// eventRoutes declares what a technician does with events that got nowhere: of
// halls, which a context refused, and of contexts, at which a consumer failed.
func (s *Service) eventRoutes(r *httpd.Router, op func(id, method, path, summary string, who access.Who) httpd.Operation, admin access.Who) {
	httpd.Register(r, op("list-parked-events", http.MethodGet, "/halls/parked", "List events of halls that were refused", admin), s.getParked)
	httpd.Register(r, op("retry-parked-event", http.MethodPost, "/halls/parked/retry", "Give a refused event to its contexts again", admin), s.postRetry)
	httpd.Register(r, op("drop-parked-event", http.MethodPost, "/halls/parked/drop", "Give up a refused event", admin), s.postDrop)
	httpd.Register(r, op("list-stuck-events", http.MethodGet, "/events/stuck", "List events that a consumer couldn't take", admin), s.getStuck)
	httpd.Register(r, op("retry-stuck-event", http.MethodPost, "/events/stuck/retry", "Let a consumer try a stuck event again", admin), s.postRetryStuck)
	httpd.Register(r, op("drop-stuck-event", http.MethodPost, "/events/stuck/drop", "Give up a stuck event", admin), s.postDropStuck)
}

type parkedOutput struct {
	Body struct {
		Events []Parked `json:"events"`
	}
}

func (s *Service) getParked(ctx context.Context, _ *none) (*parkedOutput, error) {
	list, err := s.ParkedEvents(ctx)
	if err != nil {
		return nil, err
	}
	out := &parkedOutput{}
	out.Body.Events = list
	return out, nil
}

type parkedInput struct {
	Body struct {
		ID string `json:"id" maxLength:"120"`
	}
}

func (s *Service) postRetry(ctx context.Context, in *parkedInput) (*none, error) {
	return nil, s.Retry(ctx, in.Body.ID)
}

func (s *Service) postDrop(ctx context.Context, in *parkedInput) (*none, error) {
	return nil, s.DropParked(ctx, in.Body.ID)
}

// StuckEvent is an event at which a consumer failed for good.
type StuckEvent struct {
	Consumer string    `json:"consumer" doc:"Who couldn't take it"`
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Subject  string    `json:"subject"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason" doc:"The fault's code, or internal: then the log tells"`
	Tries    int64     `json:"tries"`
	Behind   int64     `json:"behind" doc:"How many later events of the subject wait for it"`
}

type stuckOutput struct {
	Body struct {
		Events []StuckEvent `json:"events"`
	}
}

func (s *Service) getStuck(ctx context.Context, _ *none) (*stuckOutput, error) {
	list, err := s.Store.Stuck(ctx, maxParked)
	if err != nil {
		return nil, err
	}
	out := &stuckOutput{}
	out.Body.Events = make([]StuckEvent, len(list))
	for i, e := range list {
		out.Body.Events[i] = StuckEvent{e.Consumer, e.Event, e.Type, e.Subject, e.At, e.Reason, e.Tries, e.Behind}
	}
	return out, nil
}

type stuckInput struct {
	Body struct {
		Consumer string `json:"consumer" maxLength:"80"`
		ID       string `json:"id" maxLength:"40"`
	}
}

func (s *Service) postRetryStuck(ctx context.Context, in *stuckInput) (*none, error) {
	return nil, s.RetryStuck(ctx, in.Body.Consumer, in.Body.ID)
}

func (s *Service) postDropStuck(ctx context.Context, in *stuckInput) (*none, error) {
	return nil, s.DropStuck(ctx, in.Body.Consumer, in.Body.ID)
}
