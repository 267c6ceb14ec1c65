package hub_test

import (
	"sync"
	"testing"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/link"
)

// screens are layouts that change.
type screens struct {
	mu    sync.Mutex
	set   *link.LayoutSet
	feeds []link.FeedView
}

func (s *screens) Set() *link.LayoutSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set
}

func (s *screens) Feeds() []link.FeedView {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.feeds
}

func (s *screens) put(set *link.LayoutSet, feeds ...link.FeedView) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set, s.feeds = set, feeds
}

func TestDisplaysAloneAreToldOfLayouts(t *testing.T) {
	layouts := &screens{set: &link.LayoutSet{Rev: "1"}}
	f := newFixture(t, options{layouts: layouts})
	display, first := f.join(who{role: access.Display, name: "display-1"})
	if first.Layouts == nil || first.Layouts.Rev != "1" {
		t.Errorf("a display begins with %+v", first.Layouts)
	}
	_, kiosk := f.join(who{role: access.Kiosk, name: "kiosk-1"})
	if kiosk.Layouts != nil {
		t.Error("a kiosk is told of layouts")
	}
	layouts.put(&link.LayoutSet{Rev: "2"}, link.FeedView{Name: "weather", Text: "晴"})
	f.hub.LayoutsChanged()
	var set link.LayoutSet
	display.into(display.want(link.TypeLayoutsChanged), &set)
	var feeds link.FeedsView
	display.into(display.want(link.TypeFeedsChanged), &feeds)
	if set.Rev != "2" || len(feeds.Feeds) != 1 {
		t.Errorf("told %+v, %+v", set, feeds)
	}
	// A feed alone doesn't send all layouts again.
	layouts.put(layouts.Set(), link.FeedView{Name: "weather", Text: "雨"})
	f.hub.LayoutsChanged()
	display.into(display.want(link.TypeFeedsChanged), &feeds)
	if feeds.Feeds[0].Text != "雨" {
		t.Errorf("told %+v", feeds)
	}
	_, second := f.join(who{role: access.Display, name: "display-2"})
	if second.Layouts == nil || second.Layouts.Rev != "2" || len(second.Feeds) != 1 {
		t.Errorf("a later display begins with %+v and %+v", second.Layouts, second.Feeds)
	}
}
