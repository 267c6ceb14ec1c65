package hub

import (
	"smarthall/internal/link"
)

// Layouts are what the hall's screens show; layout.Service.
type Layouts interface {
	// Set is replaced as a whole when it changes.
	Set() *link.LayoutSet
	Feeds() []link.FeedView
}

// LayoutsChanged has displays told of layouts and feeds as they are now. It
// returns at once.
func (h *Hub) LayoutsChanged() {
	select {
	case h.layouts <- struct{}{}:
	default:
	}
}

// layouts tells displays of what has changed since the last time.
func (f *follower) layouts() {
	var out []message
	if set := f.hub.conf.Layouts.Set(); set != f.layoutSet {
		f.layoutSet = set
		out = append(out, message{link.TypeLayoutsChanged, set, []topic{topicDisplay}})
	}
	feeds := link.FeedsView{Feeds: f.hub.conf.Layouts.Feeds()}
	out = append(out, message{link.TypeFeedsChanged, feeds, []topic{topicDisplay}})
	f.hub.publish(out...)
}
