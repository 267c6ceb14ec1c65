package signage

import (
	"context"
	"maps"
	"sync"

	"smarthall/internal/agent"
	"smarthall/internal/device"
)

// outputs are the devices that calls come out of, as they are for now: the hall
// may assign others while the display runs. They are replaced as a whole.
type outputs struct {
	strips   map[string]*strip       // by device id
	speakers map[string]*loudspeaker // by device id; they play what voice orders
	talkers  map[string]talker       // strips that speak, by device id
	of       map[string]*agent.Device
}

// outputsOf are the outputs among the devices there are now. What old has for
// the same device stays.
func (s *Signage) outputsOf(old *outputs) *outputs {
	o := &outputs{strips: map[string]*strip{}, speakers: map[string]*loudspeaker{}, talkers: map[string]talker{}, of: map[string]*agent.Device{}}
	for _, d := range s.agent.Devices.All() {
		id := d.Config.ID
		switch {
		case d.Info.Class == device.ClassSpeaker && s.voice != nil:
			o.of[id] = d
			if old.of[id] == d {
				o.speakers[id] = old.speakers[id]
				continue
			}
			o.speakers[id] = newLoudspeaker(d, s.voice, 0, s.log)
		case d.Info.Class == device.ClassLED && d.Config.Window != "":
			o.of[id] = d
			if old.of[id] == d {
				o.strips[id] = old.strips[id]
				if t, speaks := old.talkers[id]; speaks {
					o.talkers[id] = t
				}
				continue
			}
			o.strips[id] = newStrip(s.name, d, s.agent.Client.Shown, s.log)
			if d.Speaks() {
				o.talkers[id] = s.newTalker(d)
			}
		}
	}
	return o
}

// newTalker is what says the calls to the windows below a strip with a voice.
func (s *Signage) newTalker(d *agent.Device) talker {
	v := newAnnouncer(s.name+"/"+d.Config.ID, nil, 0)
	v.now, v.shown, v.log = s.agent.Client.Now, s.agent.Client.Shown, s.log
	v.rule = s.voiceOf
	return talker{v, newLoudspeaker(d, v, textLead, s.log)}
}

// devicesChanged has the outputs looked up anew.
func (s *Signage) devicesChanged() {
	select {
	case s.listed <- struct{}{}:
	default:
	}
}

// runOutputs keeps strips and loudspeakers going until ctx ends, and those that
// come or go meanwhile.
func (s *Signage) runOutputs(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	stops := map[*agent.Device]context.CancelFunc{}
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	for {
		old := s.outs.Load()
		now := s.outputsOf(old)
		s.outs.Store(now)
		s.part(old, now, stops)
		for id, d := range now.of {
			if stops[d] != nil {
				continue
			}
			own, stop := context.WithCancel(ctx)
			stops[d] = stop
			now.start(own, &wg, id)
			s.speakerChanged(id)
		}
		s.updateStrips()
		s.tellScreens()
		select {
		case <-ctx.Done():
			return
		case <-s.listed:
		}
	}
}

// part ends the outputs of old that now hasn't any more.
func (s *Signage) part(old, now *outputs, stops map[*agent.Device]context.CancelFunc) {
	s.speaks.Lock()
	defer s.speaks.Unlock()
	for id, d := range old.of {
		if now.of[id] == d {
			continue
		}
		if stop := stops[d]; stop != nil {
			stop()
			delete(stops, d)
		}
		if l := old.speakers[id]; l != nil {
			s.voice.gone(l)
		}
		if t, ok := old.talkers[id]; ok {
			for _, call := range t.close() { // others have to say them
				s.speak(call)
			}
		}
	}
}

// start runs the outputs of one device until ctx ends.
func (o *outputs) start(ctx context.Context, wg *sync.WaitGroup, id string) {
	if strip := o.strips[id]; strip != nil {
		wg.Go(func() { strip.run(ctx) })
	}
	if l := o.speakers[id]; l != nil {
		wg.Go(func() { l.run(ctx) })
	}
	if t, ok := o.talkers[id]; ok {
		wg.Go(func() { t.out.run(ctx) })
		wg.Go(func() { _ = t.run(ctx) }) // it only ends with ctx
	}
}

// stripNames are the names that the strips have as screens.
func (o *outputs) stripNames() map[string]bool {
	names := make(map[string]bool, len(o.strips))
	for strip := range maps.Values(o.strips) {
		names[strip.name] = true
	}
	return names
}
