package estimate

import "smarthall/hall-server/internal/queue"

// Plain is the promise of a hall that knows nothing of its past: Minutes, and
// no range.
func Plain(s *queue.State, service queue.ServiceID, ahead int, now queue.Time) queue.Promise {
	return queue.Promise{Ahead: ahead, Minutes: Minutes(s, service, ahead, now)}
}
