package profiles

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
	"smarthall/hall-server/internal/profiles/history"
	"smarthall/internal/device"
)

// Seat is a device that a terminal of the hall has, by the hall's file.
type Seat struct {
	// Agent is the terminal's name.
	Agent  string
	Device device.Config
}

// Plan is what a change of a profile would do.
type Plan struct {
	// Base is the version that the change takes the place of.
	Base int64 `json:"base" doc:"The profile's newest version, 0 if it has none: a change names it, so that two people don't overwrite each other"`
	// Lines are how the text would differ from the one in force.
	Lines []history.Line `json:"lines" doc:"The lines in which the text differs from the one in force"`
	More  int            `json:"more,omitempty" doc:"How many other lines there are"`
	// Refused is why the change can't be made now, in Chinese.
	Refused []Reason `json:"refused" doc:"Why it can't be done now: devices and other profiles that need what there is"`
}

func noPlan() Plan { return Plan{Lines: []history.Line{}, Refused: []Reason{}} }

// Reason is one thing that stands against a change.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// proposal is what there would be after a change of one profile.
type proposal struct {
	s  *Service
	id string
	// now is the profile; nil if it is taken away, then a shipped one of its id
	// takes its place.
	now *own
	// heirs are those that inherit from it, as they would be.
	heirs map[string]own
	// broken are heirs that would have mistakes, with the first of them.
	broken map[string]profile.Mistakes
}

// propose thinks a change through; now is nil to take the profile away.
func (s *Service) propose(id string, now *own) proposal {
	p := proposal{s: s, id: id, now: now, heirs: map[string]own{}, broken: map[string]profile.Mistakes{}}
	for _, heir := range s.heirs(id) {
		o, ms := examine([]byte(heir.text), p.find)
		if len(ms) > 0 {
			p.broken[heir.p.ID] = ms
		} else {
			p.heirs[heir.p.ID] = o
		}
	}
	return p
}

// find looks up what a profile would inherit.
func (p proposal) find(id string) (*profile.Doc, bool) {
	switch {
	case id != p.id:
		return p.s.find(id)
	case p.now != nil:
		return p.now.doc, true
	}
	return p.s.base.Find(id)
}

// Get implements engine.Profiles.
func (p proposal) Get(id string) (*profile.Profile, bool) {
	if o, ok := p.heirs[id]; ok {
		return o.p, true
	}
	switch {
	case id != p.id:
		return p.s.get(id)
	case p.now != nil:
		return p.now.p, true
	}
	return p.s.base.Get(id)
}

// present are the profiles as they are now.
type present struct{ s *Service }

// Get implements engine.Profiles.
func (p present) Get(id string) (*profile.Profile, bool) { return p.s.get(id) }

// plan tells what the proposal does while there are the devices of seats.
func (p proposal) plan(seats []Seat) Plan {
	was, is := "", ""
	p.s.mu.RLock()
	was, out := p.s.own[p.id].text, Plan{Base: p.s.newest[p.id].ID}
	p.s.mu.RUnlock()
	if p.now != nil {
		is = p.now.text
	}
	out.Lines, out.More = history.Compare(was, is)
	if out.Lines == nil {
		out.Lines = []history.Line{}
	}
	out.Refused = p.against(seats)
	return out
}

// against is what stands against the proposal: devices that would not work with
// it, and profiles that inherit what they would miss.
func (p proposal) against(seats []Seat) []Reason {
	out := []Reason{}
	_, stays := p.Get(p.id)
	if !stays {
		var users []string
		for _, seat := range seats {
			if seat.Device.Profile == p.id && !slices.Contains(users, seat.Agent) {
				users = append(users, seat.Agent)
			}
		}
		if len(users) > 0 {
			out = append(out, Reason{"profile.used", fmt.Sprintf("不能删除：%s的设备在用这个型号", strings.Join(users, "、"))})
		}
		if heirs := slices.Sorted(maps.Keys(p.broken)); len(heirs) > 0 {
			out = append(out, Reason{"profile.inherited", fmt.Sprintf("不能删除：型号 %s 由它而来", strings.Join(heirs, "、"))})
		}
		return out
	}
	for _, heir := range slices.Sorted(maps.Keys(p.broken)) {
		out = append(out, Reason{"profile.inherited", fmt.Sprintf("型号 %s 由它而来，这样改后有错：%s", heir, p.broken[heir][0].ZH)})
	}
	quiet := slog.New(slog.DiscardHandler)
	before, after := engine.New(present{p.s}, quiet, all.Factories()), engine.New(p, quiet, all.Factories())
	for _, seat := range seats {
		if _, heir := p.heirs[seat.Device.Profile]; !heir && seat.Device.Profile != p.id {
			continue
		}
		if why := p.misses(seat.Device, before, after); why != "" {
			out = append(out, Reason{"profile.misfit", fmt.Sprintf("%s的设备 %s 用不了：%s", seat.Agent, seat.Device.ID, why)})
		}
	}
	return out
}

// misses tells why a device that works by what there is now would not by the
// proposal; empty if it would.
func (p proposal) misses(d device.Config, before, after device.Opener) string {
	was, had := p.s.get(d.Profile)
	is, ok := p.Get(d.Profile)
	if !had || !ok {
		return ""
	}
	if was.Class != is.Class {
		return fmt.Sprintf("种类从 %s 变成 %s", was.Class, is.Class)
	}
	old, wrong := misfits(was, d), misfits(is, d)
	for _, key := range slices.Sorted(maps.Keys(wrong)) {
		if old[key] == "" {
			return wrong[key]
		}
	}
	if _, _, err := before(d); err != nil {
		return "" // it doesn't work now
	}
	_, _, err := after(d)
	var explained device.Explainer
	switch {
	case err == nil:
		return ""
	case errors.As(err, &explained):
		return explained.Explain()
	}
	return err.Error()
}
