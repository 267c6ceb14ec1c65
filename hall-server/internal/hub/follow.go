package hub

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

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
	lost     map[queue.WindowID]link.WindowState
}

// The pace of gathered messages.
const (
	gather  = 100 * time.Millisecond
	refresh = 5 * time.Second
)

func newFollower(h *Hub) *follower {
	return &follower{
		hub: h, seq: h.conf.Core.Seq(),
		services: make(map[queue.ServiceID]bool), lost: make(map[queue.WindowID]link.WindowState),
	}
}

func (f *follower) run(ctx context.Context) error {
	commits, stop := f.hub.conf.Core.Watch()
	defer stop()
	heartbeat := time.NewTicker(link.HeartbeatEvery)
	defer heartbeat.Stop()
	slow := time.NewTicker(refresh)
	defer slow.Stop()
	flush := time.NewTimer(gather)
	defer flush.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-commits:
			f.follow()
		case <-f.hub.conf.Registry.Changes():
			f.registry()
		case <-flush.C:
			f.flush()
			flush.Reset(gather)
		case <-heartbeat.C:
			f.hub.heartbeat()
		case <-slow.C:
			f.refresh()
		}
	}
}

// follow reads the records that came since the last time.
func (f *follower) follow() {
	records, ok := f.hub.conf.Core.Since(f.seq)
	if !ok {
		f.seq = f.hub.conf.Core.Seq()
		f.reset()
		return
	}
	changed := newChanges()
	for i := range records {
		for _, e := range records[i].Events {
			changed.note(e)
		}
		f.seq = records[i].Seq
	}
	if changed.reset {
		f.reset()
		return
	}
	f.send(changed)
}

// changes are what a run of events touched, so that each thing is sent once.
type changes struct {
	reset   bool
	calls   []queue.TicketID
	ended   []queue.TicketID
	prints  []queue.TicketID
	acks    []queue.CallAcknowledged
	tickets map[queue.TicketID]bool
	windows map[queue.WindowID]bool
	totals  bool
}

func newChanges() *changes {
	return &changes{tickets: make(map[queue.TicketID]bool), windows: make(map[queue.WindowID]bool)}
}

func (c *changes) note(e queue.Event) {
	id := queue.TicketOf(e)
	switch e := e.(type) {
	case queue.HallConfigured, queue.DayOpened:
		c.reset = true
	case queue.TicketTaken:
		if e.Kiosk != "" {
			c.prints = append(c.prints, id)
		}
	case queue.TicketCalled, queue.TicketRecalled:
		c.calls = append(c.calls, id)
	case queue.ServiceStarted, queue.TicketMissed, queue.TicketExpired:
		c.ended = append(c.ended, id)
	case queue.TicketPutBack:
		c.ended = append(c.ended, id)
		c.windows[e.Window] = true // the ticket itself has forgotten it
	case queue.CallAcknowledged:
		c.acks = append(c.acks, e)
		return // nothing else changes
	case queue.TicketPrinted:
		c.totals = true
		return
	case queue.WindowSignedIn:
		c.windows[e.Window] = true
	case queue.WindowSignedOut:
		c.windows[e.Window] = true
	case queue.WindowPaused:
		c.windows[e.Window] = true
	case queue.WindowContinued:
		c.windows[e.Window] = true
	}
	if id != "" {
		c.tickets[id] = true
	}
	c.totals = true
}

// send publishes what can't wait and marks the rest for flush.
func (f *follower) send(c *changes) {
	type message struct {
		t      link.Type
		body   any
		topics []topic
	}
	var out []message
	add := func(t link.Type, body any, topics ...topic) { out = append(out, message{t, body, topics}) }
	v := f.hub.conf.View
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		for _, id := range c.prints {
			if t := s.Tickets[id]; t != nil {
				add(link.TypeTicketPrint, v.Paper(t), agentTopic(t.Kiosk))
			}
		}
		for _, id := range slices.Compact(c.calls) {
			if t := s.Tickets[id]; t != nil && t.State == queue.Called {
				add(link.TypeTicketCalled, v.Call(t), topicDisplay, topicBoard)
			}
		}
		for _, id := range c.ended {
			if t := s.Tickets[id]; t != nil {
				ended := link.CallEnded{Call: fmt.Sprintf("%s.%d", t.ID, t.Calls), Ticket: string(t.ID), Window: string(t.Window)}
				add(link.TypeCallEnded, ended, topicDisplay, topicBoard)
			}
		}
		for _, a := range c.acks {
			ack := link.CallAck{CallShown: link.CallShown{
				Call: a.Call, Channel: link.CallChannel(a.Channel), Device: a.Device, Failed: a.Failed,
			}, At: now.Std()}
			add(link.TypeCallAcknowledged, ack, topicBoard)
		}
		f.touch(s, c)
		for _, w := range f.windows(s, c.windows) {
			add(link.TypeWindowChanged, v.Window(s, w, now), topicDisplay, topicBoard, windowTopic(string(w.ID)))
		}
	})
	for _, m := range out {
		f.hub.publish(m.t, m.body, m.topics...)
	}
}

// touch marks the services and windows that the tickets of c belong to.
func (f *follower) touch(s *queue.State, c *changes) {
	f.totals = f.totals || c.totals
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

func (f *follower) windows(s *queue.State, ids map[queue.WindowID]bool) []*queue.Window {
	out := make([]*queue.Window, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if w := s.Windows[id]; w != nil {
			out = append(out, w)
		}
	}
	return out
}

// flush publishes queues and totals that changed.
func (f *follower) flush() {
	if len(f.services) == 0 && !f.totals {
		return
	}
	v := f.hub.conf.View
	var changed link.ServicesChanged
	var totals link.TotalsView
	queues := make(map[topic]link.QueueChanged)
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		for _, svc := range v.Services(s, now) {
			if f.services[queue.ServiceID(svc.ID)] {
				changed.Services = append(changed.Services, svc)
			}
		}
		for i := range s.Config.Windows {
			conf := &s.Config.Windows[i]
			if f.hub.heard(windowTopic(string(conf.ID))) && slices.ContainsFunc(conf.Services, func(id queue.ServiceID) bool { return f.services[id] }) {
				queues[windowTopic(string(conf.ID))] = v.Queue(s, conf.ID)
			}
		}
		totals = v.Totals(s, now)
	})
	if len(changed.Services) > 0 {
		f.hub.publish(link.TypeServicesChanged, changed, topicKiosk, topicCounter, topicDisplay, topicBoard)
	}
	for t, q := range queues {
		f.hub.publish(link.TypeQueueChanged, q, t)
	}
	f.hub.publish(link.TypeTotalsChanged, totals, topicBoard)
	clear(f.services)
	f.totals = false
}

// heard tells whether anybody listens to t.
func (h *Hub) heard(t topic) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions[t]) > 0
}

// registry publishes agents that came, went or reported.
func (f *follower) registry() {
	for _, a := range f.hub.conf.Registry.TakeChanged() {
		f.hub.publish(link.TypeAgentChanged, a, topicBoard)
		if a.Role == link.RoleCounter {
			f.window(queue.WindowID(a.Window))
		}
	}
}

func (f *follower) window(id queue.WindowID) {
	var body link.WindowView
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		body = f.hub.conf.View.Window(s, s.Windows[id], now)
	})
	if body.ID != "" {
		f.hub.publish(link.TypeWindowChanged, body, topicDisplay, topicBoard, windowTopic(string(id)))
	}
}

// refresh brings boards what time alone changes: ages and anomalies.
func (f *follower) refresh() {
	var turned []queue.WindowID
	var services []link.ServiceView
	v := f.hub.conf.View
	if !f.hub.heard(topicBoard) && !f.hub.heard(topicDisplay) && !f.hub.heard(topicCounter) {
		return
	}
	f.hub.conf.Core.Read(func(s *queue.State, now queue.Time) {
		for _, w := range v.Windows(s, now) {
			id := queue.WindowID(w.ID)
			if old, ok := f.lost[id]; ok && old != w.State && (old == link.WindowAnomaly || w.State == link.WindowAnomaly) {
				turned = append(turned, id)
			}
			f.lost[id] = w.State
		}
		services = v.Services(s, now)
	})
	for _, id := range turned {
		f.window(id)
	}
	f.hub.publish(link.TypeServicesChanged, link.ServicesChanged{Services: services}, topicBoard)
	f.totals = true
}

// reset gives everybody a new snapshot: the hall or the day changed, or the
// follower lost the thread.
func (f *follower) reset() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	f.hub.ring = nil
	f.hub.seq++
	for _, set := range f.hub.sessions {
		for s := range set {
			s.lagging.Store(true)
			s.rouse()
		}
	}
}
