package estimate

import (
	"math"
	"strconv"

	"smarthall/hall-server/internal/queue"
)

// player plays a scene forward, draw by draw, with the queue's own choice of
// who is next. All room is made before the first draw.
type player struct {
	scene   *scene
	model   *Model
	fit     *fitted
	windows []playWindow
	tickets []playTicket // as forward.Tickets()
	// calls are the minutes until the call: a row of draws for each ticket, then
	// for the newcomer of each service.
	calls []float32
	// models are the places of the configured services in the model.
	models   []int
	services []lot
	day      lot
	agenda   agenda
	comers   comers

	// Of the present draw.
	d         int
	left      int
	dayFactor float64
	factors   []float64 // by the place of the service
}

// playTicket is one that waited at the beginning.
type playTicket struct {
	service int
	key     uint64
	lot     lot
	taken   queue.Time
}

// playWindow is a window that plays.
type playWindow struct {
	*sceneWindow
	key uint64
	lot lot
	// means are the expected minutes of each service by its clerk; unsure is how
	// little is known of the clerk.
	means  []float64
	unsure float64

	// Of the present draw.
	clerk  float64 // factor
	idle   bool
	free   queue.Time // when its last ticket left
	pause  queue.Time // when its next pause begins
	pauses uint64
}

// dayUnsure is how much days differ for no reason that is known.
const dayUnsure = 0.09

func newPlayer(sc *scene, m *Model, seed uint64) *player {
	n := len(sc.conf.Services)
	p := &player{
		scene: sc, model: m, fit: &m.fitted, windows: make([]playWindow, len(sc.windows)),
		models: make([]int, n), services: make([]lot, n), factors: make([]float64, n),
		day: newLot(name(seed, "day")),
	}
	for i := range n {
		id := sc.conf.Services[i].ID
		m.service(id)
		p.models[i] = m.serviceAt[id]
		p.services[i] = newLot(name(seed, "service "+string(id)))
	}
	if len(p.fit.services) < len(m.services) { // services that were configured since
		m.fresh = false
		m.Fit()
	}
	tickets := sc.forward.Tickets()
	p.tickets = make([]playTicket, len(tickets))
	for i := range tickets {
		key := name(seed, string(tickets[i].ID))
		p.tickets[i] = playTicket{service: sc.place(tickets[i].Service), key: key, lot: newLot(key), taken: tickets[i].Taken}
	}
	p.calls = make([]float32, (len(tickets)+n)*draws)
	for i := range sc.windows {
		p.windows[i] = p.window(&sc.windows[i], seed)
	}
	p.comers.prepare(p, seed)
	p.agenda = make(agenda, 0, len(p.windows)+len(p.comers.list)+4)
	return p
}

func (p *player) window(sw *sceneWindow, seed uint64) playWindow {
	key := name(seed, "window "+string(sw.id))
	w := playWindow{sceneWindow: sw, key: key, lot: newLot(key), means: make([]float64, len(p.models)), unsure: p.fit.newClerk}
	who := sw.clerk
	if who == "" {
		who = sw.next
	}
	clerk, known := p.model.clerkAt[who]
	known = known && clerk < len(p.fit.clerks)
	if known {
		w.unsure = p.fit.clerks[clerk].unsure
	}
	for i, s := range p.models {
		w.means[i] = p.fit.services[s].mean
		if !known {
			continue
		}
		w.means[i] *= p.fit.clerks[clerk].value
		if x, ok := p.fit.pairs[[2]int{s, clerk}]; ok {
			w.means[i] *= x
		}
	}
	return w
}

// draw plays once to the end: until everybody who waited was called.
func (p *player) draw(d int) {
	p.start(d)
	end := p.scene.at + timeOf(longest)
	for len(p.agenda) > 0 && p.left > 0 {
		e := p.agenda.pop()
		if e.at > end {
			return
		}
		p.step(e)
	}
}

// start sets the beginning of draw d.
func (p *player) start(d int) {
	p.scene.forward.Reset()
	p.d, p.left = d, len(p.tickets)+len(p.models)
	for i := range len(p.tickets) + len(p.models) {
		p.calls[i*draws+d] = endless
	}
	p.dayFactor = 1 + dayUnsure*normal(p.day.at(d))
	for i, s := range p.models {
		unsure := p.fit.services[s].unsure
		p.factors[i] = math.Exp(unsure*normal(p.services[i].at(d)) - unsure*unsure/2)
	}
	p.agenda = p.agenda[:0]
	p.comers.draw(p)
	for i := range p.windows {
		p.begin(i)
	}
}

// step lets e happen.
func (p *player) step(e event) {
	if e.what >= 0 {
		p.next(int(e.what), e.at)
		return
	}
	if t := p.comers.ticket(int(-1 - e.what)); t != nil {
		p.scene.forward.Add(t)
	}
	for i := range p.windows {
		if p.windows[i].idle {
			p.next(i, e.at)
		}
	}
}

// begin sets when the window at i calls first.
func (p *player) begin(i int) {
	w, now := &p.windows[i], p.scene.at
	key := mix(w.key + uint64(p.d))
	w.clerk = max(1+w.unsure*normal(w.lot.at(p.d)), 0.3)
	w.idle, w.free, w.pauses = false, now, 0
	w.pause = now + p.exponential(key, 1/p.fit.awayRate)
	u := unit(mix(key + 1))
	switch {
	case w.ticket == queue.Serving:
		w.free += p.serviceRest(w, u)
	case w.ticket == queue.Called:
		w.free += p.calledRest(w, u, key)
	case !w.open && !w.paused && len(w.shift) == 0:
		return // nobody is expected
	case !w.open && len(w.shift) > 0 && w.shift[0].from > now:
		// It opens by plan.
	case !w.open:
		rest := p.awayRest(w, key, u)
		if rest == never {
			return
		}
		w.free += rest
	case w.crowded:
		idle := minutesOf(now - w.since)
		if idle > longestGap.Minutes()/2 { // away without a word
			w.free += timeOf(p.fit.awayMean * p.fit.awayShape.rest(idle/p.fit.awayMean, u))
			break
		}
		w.free += timeOf(p.fit.gapMean * p.fit.gapShape.at(u))
	}
	p.agenda.push(event{w.free, int32(i)})
}

// awayRest is how long a window that isn't open will be away; never if it won't
// open any more.
func (p *player) awayRest(w *playWindow, key uint64, u float64) queue.Time {
	f, now, since := p.fit, p.scene.at, w.since
	if w.paused {
		away := minutesOf(now - since)
		return timeOf(f.awayMean * f.awayShape.rest(away/f.awayMean, u))
	}
	var comes, late, rest float64
	if from := w.shift[0].from; since <= from { // not come yet
		away := minutesOf(now - from)
		comes, late, rest = priorOnDuty, math.Exp(-away/priorLate), -math.Log(1-u)*priorLate
	} else { // gone
		away := minutesOf(now-since) / f.leftMean
		comes, late, rest = f.returns, 1-f.leftShape.below(away), f.leftMean*f.leftShape.rest(away, u)
	}
	if unit(mix(key+4)) >= comes*late/(comes*late+1-comes) {
		return never
	}
	return timeOf(rest)
}

// serviceRest is how long the service in front will still take, with what comes
// before the next call.
func (p *player) serviceRest(w *playWindow, u float64) queue.Time {
	at := p.scene.place(w.service)
	if at < 0 {
		return 0
	}
	mean := p.mean(w, at, p.scene.at)
	return timeOf(mean*p.fit.services[p.models[at]].shape.rest(w.elapsed/mean, u) + p.fit.gapMean)
}

// calledRest is the same for a ticket whose holder hasn't come yet.
func (p *player) calledRest(w *playWindow, u float64, key uint64) queue.Time {
	at := p.scene.place(w.service)
	if at < 0 {
		return 0
	}
	f := p.fit
	misses := f.missChance(p.models[at], w.waited)
	late := 1 - f.arriveShape.below(w.elapsed/f.arriveMean)
	misses /= misses + (1-misses)*late + 1e-9
	v := unit(mix(key + 2))
	if unit(mix(key+3)) < misses {
		return timeOf(f.missMean*f.missShape.rest(w.elapsed/f.missMean, v) + f.gapMean)
	}
	service := p.mean(w, at, p.scene.at) * f.services[p.models[at]].shape.at(u)
	return timeOf(f.arriveMean*f.arriveShape.rest(w.elapsed/f.arriveMean, v) + service + f.gapMean)
}

// mean is the expected time of a service at w that begins at t, in this draw.
func (p *player) mean(w *playWindow, service int, t queue.Time) float64 {
	hour := min(max(int((t-p.scene.midnight)/3_600_000), 0), 23)
	return w.means[service] * p.fit.hours[p.models[service]][hour] * p.factors[service] * p.dayFactor * w.clerk
}

// exponential is a random time with the given mean in minutes.
func (p *player) exponential(key uint64, mean float64) queue.Time {
	return timeOf(-math.Log(1-unit(mix(key))) * mean)
}

// next lets the window at i call at t whom it can.
func (p *player) next(i int, t queue.Time) {
	w := &p.windows[i]
	w.idle = false
	if at := w.opens(t); at > t {
		if at != never {
			late := p.exponential(w.key+uint64(p.d)*3, 1)
			w.pause = max(w.pause, at+late)
			p.agenda.push(event{at + late, int32(i)})
		}
		return
	}
	for t >= w.pause {
		w.pauses++
		key := mix(w.key+uint64(p.d)) + w.pauses*8
		back := max(w.pause, w.free) + timeOf(p.fit.awayMean*p.fit.awayShape.at(unit(mix(key))))
		w.pause = back + p.exponential(key+1, 1/p.fit.awayRate)
		if unit(mix(key+2)) < p.fit.leaves*(1-p.fit.returns) {
			return // for good
		}
		if back > t {
			w.free = back
			p.agenda.push(event{back, int32(i)})
			return
		}
	}
	for {
		ticket := p.scene.forward.Call(i, t)
		if ticket == nil {
			w.idle = true
			return
		}
		if busy, ok := p.serve(w, ticket, t); ok {
			w.free = t + busy
			p.agenda.push(event{w.free, int32(i)})
			return
		}
	}
}

// opens is when w may call from t on.
func (w *playWindow) opens(t queue.Time) queue.Time {
	if w.shift == nil {
		return t
	}
	for _, s := range w.shift {
		if t < s.to {
			return max(t, s.from)
		}
	}
	return never
}

// serve notes that ticket is called at t and says how long it keeps the window;
// false if it doesn't.
func (p *player) serve(w *playWindow, ticket *queue.Ticket, t queue.Time) (queue.Time, bool) {
	f := p.scene.forward
	if at := f.Newcomer(ticket); at >= 0 {
		p.note(len(p.tickets)+at, t)
		return 0, false
	}
	var who playTicket
	if at := f.Place(ticket); at >= 0 {
		who = p.tickets[at]
		p.note(at, t)
	} else {
		who = p.comers.who(ticket)
		p.comers.noteCall(ticket, t)
	}
	bits := mix(who.key + uint64(p.d)*0x9e3779b97f4a7c15)
	const part = 1.0 / (1 << 16)
	given := p.fit.cancelRate * minutesOf(t-max(p.scene.at, who.taken))
	if v := float64(bits&0xffff) * part; v < given && v < 1-math.Exp(-given) {
		return 0, false // given up meanwhile
	}
	u := float64(bits>>32&0xffff) * part
	busy := p.fit.gapMean * p.fit.gapShape.at(float64(bits>>48)*part)
	service := p.models[who.service]
	if float64(bits>>16&0xffff)*part < p.fit.missChance(service, minutesOf(t-who.taken)) {
		return timeOf(busy + p.fit.missMean*p.fit.missShape.at(u)), true
	}
	busy += p.fit.arriveMean * p.fit.arriveShape.at(u)
	busy += p.mean(w, who.service, t) * p.fit.services[service].shape.at(who.lot.at(p.d))
	return timeOf(busy), true
}

// note notes the call of the row at i.
func (p *player) note(i int, t queue.Time) {
	p.calls[i*draws+p.d] = float32(minutesOf(t - p.scene.at))
	p.left--
}

// event is what happens at a time: a window is free, or, below 0, somebody
// comes.
type event struct {
	at   queue.Time
	what int32
}

func (e event) before(o event) bool { return e.at < o.at || e.at == o.at && e.what < o.what }

// agenda is a heap of events; the earliest comes first.
type agenda []event

func (a *agenda) push(e event) {
	*a = append(*a, e)
	s := *a
	i := len(s) - 1
	for i > 0 && e.before(s[(i-1)/2]) {
		s[i] = s[(i-1)/2]
		i = (i - 1) / 2
	}
	s[i] = e
}

func (a *agenda) pop() event {
	s := *a
	first, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	*a = s
	i := 0
	for {
		child := 2*i + 1
		if child >= len(s) {
			break
		}
		if child+1 < len(s) && s[child+1].before(s[child]) {
			child++
		}
		if !s[child].before(last) {
			break
		}
		s[i] = s[child]
		i = child
	}
	if len(s) > 0 {
		s[i] = last
	}
	return first
}

// comerID names the n-th ticket that arrives later.
func comerID(n int) queue.TicketID { return queue.TicketID("+" + strconv.Itoa(n)) }
