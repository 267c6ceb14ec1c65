package hub

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// follower turns committed records and the registry's changes into messages.
// What changes often (queues, totals) is gathered for a moment first.
type follower struct {
	hub *Hub
	seq uint64

	services map[queue.ServiceID]bool
	totals   bool
	states   map[queue.WindowID]link.WindowState
	offers   map[string]offer            // of services, as agents were last told by refresh
	told     map[string]link.WindowState // what counters know of all windows
}

// The pace of gathered messages: gather after the first change, so that a call
// has gone out everywhere before the numbers behind it follow.
const (
	gather  = 150 * time.Millisecond
	refresh = 5 * time.Second
)

func newFollower(h *Hub) *follower {
	return &follower{
		hub: h, seq: h.conf.Core.Seq(),
		services: make(map[queue.ServiceID]bool), states: make(map[queue.WindowID]link.WindowState),
		told: make(map[string]link.WindowState), offers: make(map[string]offer),
	}
}

func (f *follower) run(ctx context.Context) {
	commits, stop := f.hub.conf.Core.Watch()
	defer stop()
	heartbeat := time.NewTicker(f.hub.conf.Heartbeat)
	defer heartbeat.Stop()
	slow := time.NewTicker(refresh)
	defer slow.Stop()
	var gathered <-chan time.Time // nil while nothing is gathered
	f.follow()                    // what was committed before Watch
	for {
		if gathered == nil && f.dirty() {
			gathered = time.After(gather)
		}
		select {
		case <-ctx.Done():
			return
		case <-commits:
			f.follow()
		case <-f.hub.conf.Registry.Changes():
			f.registry()
		case <-f.hub.reset:
			f.hub.resnapshot()
		case call := <-f.hub.helped:
			f.hub.publish(message{link.TypeKioskHelped, link.KioskHelped{By: call.by}, []topic{agentTopic(call.agent)}})
		case m := <-f.hub.ordered:
			f.hub.publish(m)
		case <-f.hub.layouts:
			f.layouts()
		case <-f.hub.alarms:
			f.ringing()
		case <-gathered:
			gathered = nil
			f.flush()
		case <-heartbeat.C:
			f.hub.heartbeat()
		case <-slow.C:
			f.refresh()
		}
	}
}

// dirty tells whether flush has something to publish.
func (f *follower) dirty() bool { return len(f.services) > 0 || f.totals }

// follow publishes the records that came since the last time.
func (f *follower) follow() {
	var out []message
	whole := true
	f.hub.conf.Core.Follow(f.seq, func(records []core.Record, all bool, s *queue.State, now queue.Time) {
		if whole = all; !all {
			return
		}
		c := newChanges()
		for i := range records {
			for _, e := range records[i].Events {
				c.note(e)
			}
			f.seq = records[i].Seq
		}
		if whole = !c.reset; whole {
			out = f.messages(c, s, now)
		}
	})
	if !whole {
		f.seq = max(f.seq, f.hub.conf.Core.Seq())
		f.hub.resnapshot()
		return
	}
	f.hub.publish(out...)
}

// messages are what can't wait of c; the rest is marked for flush. s is the
// state right after c.
func (f *follower) messages(c *changes, s *queue.State, now queue.Time) []message {
	var out []message
	v := f.hub.conf.View
	for _, st := range c.steps {
		t := s.Tickets[st.ticket]
		if t == nil || (st.kind == stepEnd && t.Calls == 0) {
			continue
		}
		switch st.kind {
		case stepPrint:
			job := v.Paper(t)
			if st.copied > 0 {
				job = v.Copy(t, st.copied, now)
			}
			out = append(out, message{link.TypeTicketPrint, job, []topic{agentTopic(st.kiosk)}})
		case stepCall:
			if call := c.callAt(t, st); call == t.Calls && t.State == queue.Called {
				out = append(out, message{link.TypeTicketCalled, v.Call(t), []topic{topicDisplay, topicBoard}})
			}
		case stepEnd:
			then := *t
			then.Calls = c.callAt(t, st)
			ended := link.CallEnded{Call: then.CallID(), Ticket: string(t.ID), Window: string(cmp.Or(st.window, t.Window))}
			out = append(out, message{link.TypeCallEnded, ended, []topic{topicDisplay, topicBoard}})
		case stepAck:
			ack := link.CallAck{CallShown: link.CallShown{
				Call: st.ack.Call, Channel: link.CallChannel(st.ack.Channel), Device: st.ack.Device, Failed: st.ack.Failed,
			}, At: now.Std()}
			out = append(out, message{link.TypeCallAcknowledged, ack, []topic{topicBoard}})
		}
	}
	f.touch(s, c)
	for _, id := range slices.Sorted(maps.Keys(c.windows)) {
		if w := v.Window(s, s.Windows[id], now); w.ID != "" {
			out = append(out, windowMessage(w))
		}
	}
	return out
}

func windowMessage(w link.WindowView) message {
	return message{link.TypeWindowChanged, w, []topic{topicDisplay, topicBoard, windowTopic(w.ID)}}
}

// touch marks the services and windows that the tickets of c belong to.
func (f *follower) touch(s *queue.State, c *changes) {
	f.totals = f.totals || c.totals
	if c.strategies {
		for id := range s.Windows {
			c.windows[id] = true
		}
	}
	for id := range c.tickets {
		t := s.Tickets[id]
		if t == nil {
			continue
		}
		f.services[t.Service] = true
		if t.Window != "" {
			c.windows[t.Window] = true
		}
	}
	for id := range c.windows {
		if conf := s.Config.Window(id); conf != nil {
			for _, service := range conf.Services {
				f.services[service] = true
			}
		}
	}
}

// concerns tells whether the queue of a window changes with those of services.
func concerns(conf *queue.WindowConfig, services map[queue.ServiceID]bool) bool {
	changed := func(id queue.ServiceID) bool { return services[id] }
	return slices.ContainsFunc(conf.Services, changed) || slices.ContainsFunc(conf.Helps, changed)
}

// flush publishes queues and totals that changed.
func (f *follower) flush() {
	var out []message
	v := f.hub.conf.View
	listening := f.hub.windows() // the hub's lock comes before the core's
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		var changed link.ServicesChanged
		for _, svc := range v.Services(s, now) {
			if f.services[queue.ServiceID(svc.ID)] {
				changed.Services = append(changed.Services, svc)
			}
		}
		if len(changed.Services) > 0 {
			out = append(out, message{link.TypeServicesChanged, changed, roleTopics})
		}
		for i := range s.Config.Windows {
			conf := &s.Config.Windows[i]
			t := windowTopic(string(conf.ID))
			if listening[t] && concerns(conf, f.services) {
				out = append(out, message{link.TypeQueueChanged, v.Queue(s, conf.ID), []topic{t}})
			}
		}
		if m, ok := f.briefsChanged(s, now); ok && len(listening) > 0 {
			out = append(out, m)
		}
		out = append(out, message{link.TypeTotalsChanged, v.Totals(s, now), []topic{topicBoard}})
	})
	f.hub.publish(out...)
	clear(f.services)
	f.totals = false
}

// windows are the topics that somebody listens to.
func (h *Hub) windows() map[topic]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[topic]bool)
	for _, s := range h.sessions[topicCounter] {
		out[windowTopic(s.window)] = true
	}
	return out
}

// registry publishes agents that came, went or reported.
func (f *follower) registry() {
	var out []message
	var windows []queue.WindowID
	for _, a := range f.hub.conf.Registry.TakeChanged() {
		out = append(out, message{link.TypeAgentChanged, a, []topic{topicBoard}})
		if a.Role == link.RoleCounter {
			windows = append(windows, queue.WindowID(a.Window))
		}
	}
	f.hub.publish(append(out, f.windows(windows)...)...)
	if f.hub.conf.Alarms != nil {
		f.hub.conf.Alarms.Nudge()
	}
}

// windows are the messages that tell of windows as they are now.
func (f *follower) windows(ids []queue.WindowID) []message {
	var out []message
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		for _, id := range ids {
			if w := f.hub.conf.View.Window(s, s.Windows[id], now); w.ID != "" {
				out = append(out, windowMessage(w))
			}
		}
	})
	return out
}

// offer is what time alone changes of a service that people look at.
type offer struct {
	low, high, minutes, left int // -1 for what is absent
	available                bool
}

func offerOf(s *link.ServiceView) offer {
	value := func(n *int) int {
		if n == nil {
			return -1
		}
		return *n
	}
	return offer{value(s.WaitLow), value(s.WaitHigh), value(s.WaitMinutes), value(s.PlacesLeft), s.Available}
}

// offered are the services whose expected wait or places differ from what
// agents were told: forecasts come a moment after the change behind them.
func (f *follower) offered(services []link.ServiceView) []link.ServiceView {
	var changed []link.ServiceView
	for i := range services {
		if o := offerOf(&services[i]); f.offers[services[i].ID] != o {
			f.offers[services[i].ID] = o
			changed = append(changed, services[i])
		}
	}
	return changed
}

// refresh brings boards what time alone changes: ages and anomalies; and agents
// what people expect of services.
func (f *follower) refresh() {
	if !slices.ContainsFunc(roleTopics, f.hub.heard) {
		return
	}
	var out []message
	v := f.hub.conf.View
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		for _, w := range v.Windows(s, now) {
			id := queue.WindowID(w.ID)
			old, known := f.states[id]
			if known && old != w.State && (old == link.WindowAnomaly || w.State == link.WindowAnomaly) {
				out = append(out, windowMessage(w))
			}
			f.states[id] = w.State
		}
		services := v.Services(s, now)
		out = append(out, message{link.TypeServicesChanged, link.ServicesChanged{Services: services}, []topic{topicBoard}})
		if changed := f.offered(services); len(changed) > 0 {
			out = append(out, message{link.TypeServicesChanged, link.ServicesChanged{Services: changed}, []topic{topicKiosk, topicCounter, topicDisplay}})
		}
	})
	f.hub.publish(out...)
	f.totals = true
}
