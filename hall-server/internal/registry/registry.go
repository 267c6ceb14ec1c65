// Package registry knows the hall's agents and their devices as they are now:
// who is connected, what each device reports and since when. Facts flow in
// from the hub, views flow out to boards. It keeps nothing over a restart,
// since agents tell everything again when they connect.
package registry

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"smarthall/internal/link"
)

// maxDevices bounds what one agent may report.
const maxDevices = link.MaxDevices

// Registry is safe for concurrent use.
type Registry struct {
	mu     sync.Mutex
	agents map[string]*link.AgentView // guarded by mu
	// counters are those of agents that have a window; guarded by mu.
	counters map[string]*link.AgentView
	notify   chan struct{}
	dirty    map[string]bool // guarded by mu
}

// New returns a registry without agents.
func New() *Registry {
	return &Registry{
		agents: make(map[string]*link.AgentView), counters: make(map[string]*link.AgentView),
		notify: make(chan struct{}, 1),
		dirty:  make(map[string]bool),
	}
}

// Expect names the agents that belong to the hall; those that aren't there yet
// are shown offline since now. Agents that are neither expected nor online
// leave.
func (r *Registry) Expect(agents []link.AgentView, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	expected := make(map[string]bool, len(agents))
	for _, a := range agents {
		expected[a.ID] = true
		old := r.agents[a.ID]
		if old == nil {
			a.Since, a.Devices = now, []link.DeviceView{}
			r.agents[a.ID] = &a
		} else {
			old.Name, old.Place, old.Role, old.Window = a.Name, a.Place, a.Role, a.Window
		}
		r.changed(a.ID)
	}
	for id, a := range r.agents {
		if !expected[id] && !a.Online {
			delete(r.agents, id)
		}
	}
	r.index()
}

// index finds the counters anew. r.mu is held.
func (r *Registry) index() {
	clear(r.counters)
	for _, a := range r.agents {
		// Of two for one window, the one that is there counts.
		if old := r.counters[a.Window]; a.Role == link.RoleCounter && (old == nil || !old.Online) {
			r.counters[a.Window] = a
		}
	}
}

// Connected notes that an agent said hello.
func (r *Registry) Connected(hello link.Hello, window string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[hello.Agent]
	if a == nil {
		a = &link.AgentView{ID: hello.Agent, Name: hello.Agent}
		r.agents[hello.Agent] = a
	}
	if !a.Online {
		a.Since = now
	}
	a.Role, a.Online, a.Program = hello.Role, true, cmp.Or(hello.Program, "unknown")
	if window != "" {
		a.Window = window
	}
	setDevices(a, hello.Devices)
	a.Assignment = hello.Assignment
	if a.Role == link.RoleCounter {
		r.index()
	}
	r.changed(a.ID)
}

// Devices notes which devices an agent has, and what of the hall's assignment it
// knows.
func (r *Registry) Devices(agent string, now link.DevicesChanged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[agent]
	if a == nil {
		return
	}
	setDevices(a, now.Devices)
	a.Assignment = now.Rev
	r.changed(agent)
}

// setDevices makes devices all that a has.
func setDevices(a *link.AgentView, devices []link.DeviceView) {
	a.Devices = make([]link.DeviceView, 0, len(devices))
	for _, d := range devices[:min(len(devices), maxDevices)] {
		d.Agent = a.ID
		a.Devices = append(a.Devices, d)
	}
}

// Disconnected notes that it is gone.
func (r *Registry) Disconnected(agent string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.agents[agent]; a != nil && a.Online {
		a.Online, a.Since = false, now
		if a.Role == link.RoleCounter {
			r.index()
		}
		r.changed(agent)
	}
}

// Device notes a device's state.
func (r *Registry) Device(agent string, d link.DeviceView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[agent]
	if a == nil {
		return
	}
	d.Agent = agent
	i := slices.IndexFunc(a.Devices, func(o link.DeviceView) bool { return o.ID == d.ID })
	switch {
	case i >= 0:
		a.Devices[i] = d
	case len(a.Devices) < maxDevices:
		a.Devices = append(a.Devices, d)
	default:
		return
	}
	r.changed(agent)
}

// Online tells whether agent is connected, and since when it is or isn't.
func (r *Registry) Online(agent string) (online bool, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.agents[agent]; a != nil {
		return a.Online, a.Since
	}
	return false, time.Time{}
}

// Counter tells whether a window has a counter agent, and whether it is
// connected.
func (r *Registry) Counter(window string) (online, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.counters[window]
	return a != nil && a.Online, a != nil
}

// Lost tells whether window's counter agent had been connected and is gone,
// and since when.
func (r *Registry) Lost(window string) (since time.Time, lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.counters[window]
	if a == nil || a.Online || a.Program == "" {
		return time.Time{}, false
	}
	return a.Since, true
}

// Agents returns all, sorted by name of their id.
func (r *Registry) Agents() []link.AgentView {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]link.AgentView, 0, len(r.agents))
	for _, a := range r.agents {
		out = append(out, copyOf(a))
	}
	slices.SortFunc(out, func(a, b link.AgentView) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// Changes is signalled after changes; TakeChanged says which agents.
func (r *Registry) Changes() <-chan struct{} { return r.notify }

// TakeChanged returns the agents that changed since the last call.
func (r *Registry) TakeChanged() []link.AgentView {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]link.AgentView, 0, len(r.dirty))
	for id := range r.dirty {
		if a := r.agents[id]; a != nil {
			out = append(out, copyOf(a))
		}
	}
	clear(r.dirty)
	return out
}

func (r *Registry) changed(agent string) {
	r.dirty[agent] = true
	select {
	case r.notify <- struct{}{}:
	default:
	}
}

func copyOf(a *link.AgentView) link.AgentView {
	out := *a
	out.Devices = slices.Clone(a.Devices)
	return out
}
