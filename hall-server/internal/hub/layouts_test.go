package hub_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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

// drawn is a set of layouts a, b … in which screen-a shows a, and so on.
func drawn(versions map[string]int) *link.LayoutSet {
	set := &link.LayoutSet{Rev: fmt.Sprint(versions)}
	for _, id := range slices.Sorted(maps.Keys(versions)) {
		set.Layouts = append(set.Layouts, link.LayoutView{ID: id, Version: versions[id]})
		set.Screens = append(set.Screens, link.ScreenPlan{Screen: "screen-" + id, Slots: []link.ShowSlot{{Layout: id}}})
	}
	return set
}

// has names what is in a set, such as "a1 b2".
func has(set *link.LayoutSet) string {
	if set == nil {
		return "nothing"
	}
	var out []string
	for _, l := range set.Layouts {
		out = append(out, fmt.Sprintf("%s%d", l.ID, l.Version))
	}
	return strings.Join(out, " ")
}

func TestADisplayIsSentTheLayoutsOfItsOwnScreens(t *testing.T) {
	layouts := &screens{set: drawn(map[string]int{"a": 1, "b": 1, "c": 1})}
	f := newFixture(t, options{layouts: layouts})
	of := func(names ...string) *link.DisplayScreens { return &link.DisplayScreens{Screens: names} }
	one, first := f.join(who{role: access.Display, name: "display-1", screens: of("screen-a", "nobody's")})
	two, second := f.join(who{role: access.Display, name: "display-2", screens: of("screen-b")})
	_, old := f.join(who{role: access.Display, name: "display-3"})
	if has(first.Layouts) != "a1" || has(second.Layouts) != "b1" || has(old.Layouts) != "a1 b1 c1" {
		t.Errorf("displays begin with %s, %s and %s", has(first.Layouts), has(second.Layouts), has(old.Layouts))
	}

	// b changes: display-1 hears of feeds only.
	layouts.put(drawn(map[string]int{"a": 1, "b": 2, "c": 1}))
	f.hub.LayoutsChanged()
	var set link.LayoutSet
	two.into(two.want(link.TypeLayoutsChanged), &set)
	if has(&set) != "b2" {
		t.Errorf("display-2 is told %s", has(&set))
	}
	one.until("the feeds and nothing before", func(m link.Message) bool {
		if m.Type == link.TypeLayoutsChanged {
			t.Error("display-1 is told of another's layout")
		}
		return m.Type == link.TypeFeedsChanged
	})

	// A page that is opened brings its layout, one that is gone takes it along.
	one.send(link.TypeDisplayScreens, "1", link.DisplayScreens{Screens: []string{"screen-a", "screen-c"}})
	one.into(one.want(link.TypeLayoutsChanged), &set)
	if has(&set) != "a1 c1" {
		t.Errorf("display-1 is told %s", has(&set))
	}

	// Who comes back where the stream broke, but with other screens, gets those.
	epoch, last := one.welcome.Epoch, one.last
	_ = one.ws.Close()
	back := f.connect(who{role: access.Display, name: "display-1", screens: of("screen-b"), epoch: epoch, last: last})
	if !back.welcome.Resumed {
		t.Fatal("not resumed")
	}
	back.into(back.want(link.TypeLayoutsChanged), &set)
	if has(&set) != "b2" {
		t.Errorf("display-1 comes back to %s", has(&set))
	}
}

func TestScreensThatNoDisplayCanHaveAreRefused(t *testing.T) {
	f := newFixture(t, options{layouts: &screens{set: drawn(map[string]int{"a": 1})}})
	display := f.display("display-1")
	kiosk := f.kiosk("kiosk-1")
	many := make([]string, link.MaxDisplayScreens+1)
	for i := range many {
		many[i] = fmt.Sprint("screen-", i)
	}
	for name, list := range map[string][]string{"too many": many, "empty": {""}, "long": {strings.Repeat("x", link.MaxScreenName+1)}} {
		display.refused("link.malformed", link.TypeDisplayScreens, name, link.DisplayScreens{Screens: list})
	}
	kiosk.refused("link.unsupported", link.TypeDisplayScreens, "k", link.DisplayScreens{Screens: []string{"screen-a"}})
}
