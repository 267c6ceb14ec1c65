package estimate

import (
	"math"
	"slices"

	"smarthall/hall-server/internal/queue"
)

// comers are the people who will come during the play and may be called before
// somebody who waits now: parked tickets that return, tickets whose asked-for
// time is over, appointments, and walk-ins that are due sooner.
type comers struct {
	list    []queue.Ticket
	whos    []playTicket
	used    int
	first   uint64 // Arrival of list[0]
	wakes   []queue.Time
	coming  []comingSlot
	streams []stream
	classes []class
	share   float64 // of walk-ins with a class that shortens
	overs   queue.Time
	// calls are when each was called in the present draw, 0 if not; nil where
	// nobody asks.
	calls []queue.Time
}

// comingSlot is an appointment that may come.
type comingSlot struct {
	queue.Coming
	service int
	key     uint64
}

// stream is the walk-ins of one service: their number in each step of time.
type stream struct {
	service int
	key     uint64
	target  queue.Time
	// until is when those without a class begin to be due too late to matter,
	// last when all do.
	until, last queue.Time
	rates       []float64 // for each step, from the step of now on
}

// class is a priority class of walk-ins.
type class struct {
	shorten queue.Time
	share   float64
}

const (
	// step is the grid of walk-ins: at most one of each service in each.
	step = queue.Time(30_000)
	// maxComers bounds the walk-ins of a draw.
	maxComers = 400
	// maxLook is how far walk-ins are looked for.
	maxLook = queue.Time(2 * 3600_000)
)

func (c *comers) prepare(p *player, seed uint64) {
	sc := p.scene
	f := sc.forward
	c.first = f.NextArrival()
	returning := f.Returning()
	for _, t := range returning {
		if at := sc.place(t.Service); at >= 0 {
			key := name(seed, string(t.ID))
			t.Arrival = c.first + uint64(len(c.list))
			c.list = append(c.list, t)
			c.whos = append(c.whos, playTicket{service: at, key: key, lot: newLot(key), taken: sc.at})
		}
	}
	for _, a := range f.Coming() {
		if at := sc.place(a.Service); at >= 0 {
			c.coming = append(c.coming, comingSlot{a, at, name(seed, "appointment "+string(a.ID))})
		}
	}
	latest, fifo := queue.Time(0), true
	tickets := f.Tickets()
	for i := range tickets {
		latest = max(latest, tickets[i].Due)
		if tickets[i].NotBefore > sc.at {
			c.wakes = append(c.wakes, tickets[i].NotBefore)
		}
	}
	for i := range sc.conf.Services {
		latest = max(latest, sc.at.Add(sc.conf.Services[i].Target))
	}
	for _, w := range f.Windows() {
		fifo = fifo && w.ByAge()
	}
	if !fifo {
		latest = sc.at + maxLook
	}
	c.prepareClasses(p)
	c.prepareStreams(p, seed, latest, fifo)
	room := 16.0 + float64(len(c.list)+len(c.coming))
	for i := range c.streams {
		for _, rate := range c.streams[i].rates {
			room += 2 * rate
		}
	}
	c.list = slices.Grow(c.list, min(int(room), maxComers))
	for n := len(c.list); n < min(int(room), maxComers); n++ {
		c.list = append(c.list, queue.Ticket{ID: comerID(n), Arrival: c.first + uint64(n)})
		c.whos = append(c.whos, playTicket{})
	}
}

func (c *comers) prepareClasses(p *player) {
	total := p.model.taken
	for _, conf := range p.scene.conf.Priorities {
		if n := p.model.classes[conf.ID]; n > 0 && total > 0 && conf.Shorten > 0 {
			c.classes = append(c.classes, class{queue.Time(conf.Shorten.Milliseconds()), n / total})
			c.share += n / total
		}
	}
}

func (c *comers) prepareStreams(p *player, seed uint64, latest queue.Time, fifo bool) {
	sc := p.scene
	c.overs = latest
	shorten := queue.Time(0)
	for _, class := range c.classes {
		shorten = max(shorten, class.shorten)
	}
	begin := sc.at - sc.at%step
	now := int((sc.at - sc.midnight) / 1_800_000)
	for i := range sc.conf.Services {
		s := stream{
			service: i, key: name(seed, "stream "+string(sc.conf.Services[i].ID)),
			target: queue.Time(sc.conf.Services[i].Target.Milliseconds()),
		}
		s.until = min(latest-s.target, sc.at+maxLook)
		s.last = min(s.until+shorten, sc.at+maxLook)
		if !fifo {
			s.until, s.last = latest, latest
		}
		some := false
		half, rate := -1, 0.0
		for t := begin; t < s.last; t += step {
			if h := int((t - sc.midnight) / 1_800_000); h != half && now >= 0 && now < halfHours {
				half, rate = h, p.model.arrivals(sc.conf.Services[i].ID, h, now)*minutesOf(step)
			}
			if sc.gives(t) {
				some = some || rate > 0
				s.rates = append(s.rates, rate)
			} else {
				s.rates = append(s.rates, 0)
			}
		}
		if some {
			c.streams = append(c.streams, s)
		}
	}
}

// draw sets who comes in the present draw, and when.
func (c *comers) draw(p *player) {
	c.used = 0
	returning := p.scene.forward.Returning()
	for i := range returning {
		if t := &returning[i]; p.scene.place(t.Service) >= 0 {
			c.list[c.used].Overtaken = t.Overtaken
			p.agenda.push(event{max(t.Until, p.scene.at), int32(-1 - c.used)})
			c.used++
		}
	}
	for _, t := range c.wakes {
		p.agenda.push(event{t, int32(-1 - len(c.list))})
	}
	for i := range c.coming {
		c.appointment(p, &c.coming[i])
	}
	begin := p.scene.at - p.scene.at%step
	for i := range c.streams {
		s := &c.streams[i]
		for n, rate := range s.rates {
			t := begin + queue.Time(n)*step
			key := mix(s.key ^ uint64(t/step)*0x9e3779b97f4a7c15 + uint64(p.d)<<48)
			if unit(key) >= rate || t < p.scene.at {
				continue
			}
			due := t + s.target - c.shortened(key)
			if t >= s.until && due >= c.overs {
				continue
			}
			c.come(p, queue.Ticket{Service: p.scene.conf.Services[s.service].ID, Since: t, Taken: t, Due: due}, s.service, mix(key+2))
		}
	}
}

// shortened is by how much a priority class shortens the time of a walk-in.
func (c *comers) shortened(key uint64) queue.Time {
	if c.share == 0 {
		return 0
	}
	u := unit(mix(key + 1))
	for _, class := range c.classes {
		if u < class.share {
			return class.shorten
		}
		u -= class.share
	}
	return 0
}

// appointment lets a comes, or not.
func (c *comers) appointment(p *player, a *comingSlot) {
	f, now := p.fit, p.scene.at
	passed := (minutesOf(now-a.From) - f.offsetMean) / f.offsetSpread
	late := 0.5 * math.Erfc(passed/math.Sqrt2) // share of those who come that come later
	comes := f.comes * late / (f.comes*late + 1 - f.comes + 1e-9)
	key := mix(a.key + uint64(p.d)*0x9e3779b97f4a7c15)
	if unit(key) >= comes {
		return
	}
	u := 1 - late + late*unit(mix(key+1))
	at := max(a.From+timeOf(f.offsetMean+f.offsetSpread*normal(min(max(u, 0.001), 0.999))), now)
	rules := &p.scene.conf.Rules
	at = max(at, a.From.Add(-rules.CheckInEarly))
	t := queue.Ticket{Service: a.Service, Since: at, Taken: at, Slot: a.From, Due: a.From}
	if at > a.To.Add(rules.CheckInLate) {
		t.Slot, t.Due = 0, at.Add(p.scene.conf.Services[a.service].Target)
	}
	c.come(p, t, a.service, mix(key+2))
}

// come brings one more ticket, if there is room.
func (c *comers) come(p *player, t queue.Ticket, service int, key uint64) {
	if c.used >= len(c.list) {
		return
	}
	to := &c.list[c.used]
	to.Service, to.Since, to.Taken, to.Due, to.Slot, to.Overtaken = t.Service, t.Since, t.Taken, t.Due, t.Slot, 0
	c.whos[c.used] = playTicket{service: service, key: key, lot: newLot(key), taken: t.Since}
	p.agenda.push(event{t.Since, int32(-1 - c.used)})
	c.used++
}

// ticket is the n-th that comes; nil if it waits already.
func (c *comers) ticket(n int) *queue.Ticket {
	if n >= len(c.list) {
		return nil
	}
	return &c.list[n]
}

// who is the n-th that comes.
func (c *comers) who(t *queue.Ticket) playTicket { return c.whos[t.Arrival-c.first] }

// noteCall notes that t, one of those that come, is called at at.
func (c *comers) noteCall(t *queue.Ticket, at queue.Time) {
	if c.calls != nil {
		c.calls[t.Arrival-c.first] = at
	}
}
