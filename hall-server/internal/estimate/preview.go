package estimate

import (
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
)

// The grid of a preview.
const (
	// PreviewStep is the time between two spots of a preview, PreviewSpots how
	// many it has: the present and eight quarters of an hour.
	PreviewStep  = 15 * time.Minute
	PreviewSpots = 9
	// previewTail is how long the play goes on for those who came last.
	previewTail = queue.Time(2 * 3600_000)
	// previewComers bounds those who come in one draw.
	previewComers = 4000
)

// Preview is how full the hall will be in the next two hours: the queue played
// forward with the queue's own choice of who is next, while people arrive as
// they did on earlier days at that time. Spot 0 is the present.
type Preview struct {
	At  queue.Time
	Day queue.Day
	// Days is how many earlier days arrivals were learnt from, older ones
	// counting less; below EnoughDays a preview is a guess from the last hour.
	Days float64
	// Waiting are the persons waiting in the whole hall.
	Waiting  []Band
	Services map[queue.ServiceID]ServicePreview
	// Windows are how many should be open by the roster; at spot 0, how many are.
	Windows []int
	// Closes is when the hall stops giving tickets; 0 if that is later.
	Closes queue.Time
	// Advice is what would help, what helps most first.
	Advice []Advice
}

// EnoughDays is from how many days a preview speaks from experience.
const EnoughDays = 0.5

// Longest is the longest wait that is told, in minutes.
const Longest = longest

// Band is a forecast number with the range that holds it in 80 of 100 cases.
type Band struct{ Low, Mid, High float64 }

// ServicePreview is a preview of one service.
type ServicePreview struct {
	Waiting []Band
	// Waits are the minutes until the call of those who come in the quarter
	// before each spot; nil at a spot where nobody comes, or where more than a
	// tenth of them aren't called in the time played.
	Waits []*Band
}

// Advice is one more window that would help.
type Advice struct {
	Service queue.ServiceID
	Window  queue.WindowID
	// Paused tells that its clerk is there.
	Paused bool
	// By is when it should be open.
	By queue.Time
	// Before and After are the longest expected waits of the two hours without
	// and with it, in minutes; a wait without end is Longest.
	Before, After float64
	// Target is the service's wait in minutes that the hall aims at.
	Target float64
}

// Preview is the latest one; false if there is none yet.
func (f *Forecaster) Preview() (Preview, bool) {
	if f == nil {
		return Preview{}, false
	}
	if p := f.preview.Load(); p != nil {
		return *p, true
	}
	return Preview{}, false
}

// previewed is when a preview was reckoned last, and how long that took.
type previewed struct {
	at   time.Time
	took time.Duration
}

// previewEvery is the time between two previews, at least.
const previewEvery = 20 * time.Second

// lookAhead makes a new preview if it is time to.
func (f *Forecaster) lookAhead(sc *scene, day queue.Day) {
	begun := time.Now()
	if begun.Sub(f.previewed.at) < max(previewEvery, share*f.previewed.took) {
		return
	}
	if p, ok := sc.preview(f.model, name(0, string(day))); ok {
		p.Day = day
		f.preview.Store(&p)
	}
	f.previewed = previewed{at: begun, took: time.Since(begun)}
}

// Ahead is the preview of s at now by what m has learnt; false if too many wait
// to play them forward.
func Ahead(s *queue.State, m *Model, now queue.Time, seed uint64) (Preview, bool) {
	p, ok := takeScene(s, now, m.rosterOf(now)).preview(m, seed)
	p.Day = s.Day
	return p, ok
}

func (sc *scene) preview(m *Model, seed uint64) (Preview, bool) {
	if sc.forward == nil {
		return Preview{}, false
	}
	m.Fit()
	out := sc.lookAhead(m, seed)
	out.Closes = sc.closes((PreviewSpots - 1) * PreviewStep)
	for spot := range PreviewSpots {
		out.Windows = append(out.Windows, sc.staffed(sc.at+spotTime(spot)))
	}
	for _, s := range m.services {
		out.Days = max(out.Days, s.days)
	}
	if out.Days >= EnoughDays {
		out.Advice = sc.advise(&out, m, seed)
	}
	return out, true
}

// lookAhead plays two hours forward.
func (sc *scene) lookAhead(m *Model, seed uint64) Preview {
	p := newPlayer(sc, m, seed)
	p.comers.extend(p, seed, sc.at+spotTime(PreviewSpots-1))
	n := len(sc.conf.Services)
	t := tallyAhead{waiting: make([]float32, draws*(n+1)*PreviewSpots), waits: make([][]float32, n*PreviewSpots), services: n}
	for d := range draws {
		t.play(p, d)
	}
	return t.preview(sc)
}

func spotTime(spot int) queue.Time { return queue.Time(spot) * queue.Time(PreviewStep.Milliseconds()) }

// extend lets people come until until, whoever is called before whom.
func (c *comers) extend(p *player, seed uint64, until queue.Time) {
	c.streams = nil
	c.prepareStreams(p, seed, until, false)
	room := float64(len(c.list) + 16)
	for i := range c.streams {
		for _, rate := range c.streams[i].rates {
			room += 2 * rate
		}
	}
	for n := len(c.list); n < min(int(room), previewComers); n++ {
		c.list = append(c.list, queue.Ticket{ID: comerID(n), Arrival: c.first + uint64(n)})
		c.whos = append(c.whos, playTicket{})
	}
	c.calls = make([]queue.Time, len(c.list))
}

// tallyAhead gathers what the draws of a preview say.
type tallyAhead struct {
	services int
	// waiting are persons by service (the last is the whole hall), spot and draw.
	waiting []float32
	// waits are the minutes of those who came, by service and spot.
	waits [][]float32
}

func (t *tallyAhead) row(service, spot int) []float32 {
	at := (service*PreviewSpots + spot) * draws
	return t.waiting[at : at+draws]
}

// play plays draw d and notes how many wait at each spot.
func (t *tallyAhead) play(p *player, d int) {
	clear(p.comers.calls)
	p.start(d)
	spot, end := 0, p.scene.at+spotTime(PreviewSpots-1)+previewTail
	for len(p.agenda) > 0 {
		e := p.agenda.pop()
		for spot < PreviewSpots && e.at >= p.scene.at+spotTime(spot) {
			t.count(p, d, spot)
			spot++
		}
		if e.at > end {
			break
		}
		p.step(e)
	}
	for ; spot < PreviewSpots; spot++ {
		t.count(p, d, spot)
	}
	t.gather(p)
}

// count notes who waits at spot.
func (t *tallyAhead) count(p *player, d, spot int) {
	all := 0
	for i := range t.services {
		n := p.scene.forward.Waiting(p.scene.conf.Services[i].ID)
		all += n
		t.row(i, spot)[d] = float32(n)
	}
	t.row(t.services, spot)[d] = float32(all)
}

// gather notes how long those waited who came in the draw.
func (t *tallyAhead) gather(p *player) {
	c, step := &p.comers, queue.Time(PreviewStep.Milliseconds())
	for n := range c.used {
		who := &c.whos[n]
		spot := int((who.taken-p.scene.at)/step) + 1
		if who.taken < p.scene.at || spot >= PreviewSpots {
			continue
		}
		wait := float32(endless)
		if at := c.calls[n]; at != 0 {
			wait = float32(minutesOf(at - who.taken))
		}
		i := who.service*PreviewSpots + spot
		t.waits[i] = append(t.waits[i], wait)
	}
}

func (t *tallyAhead) preview(sc *scene) Preview {
	out := Preview{At: sc.at, Services: make(map[queue.ServiceID]ServicePreview, t.services)}
	for service := range t.services + 1 {
		waiting := make([]Band, PreviewSpots)
		for spot := range waiting {
			waiting[spot] = bandOf(t.row(service, spot))
		}
		if service == t.services {
			out.Waiting = waiting
			continue
		}
		s := ServicePreview{Waiting: waiting, Waits: make([]*Band, PreviewSpots)}
		for spot := range s.Waits {
			s.Waits[spot] = waitOf(t.waits[service*PreviewSpots+spot])
		}
		out.Services[sc.conf.Services[service].ID] = s
	}
	return out
}

// bandOf sorts values.
func bandOf(values []float32) Band {
	slices.Sort(values)
	at := func(q float64) float64 {
		x := q * float64(len(values)-1)
		i := int(x)
		lo, hi := float64(values[i]), float64(values[min(i+1, len(values)-1)])
		return lo + (hi-lo)*(x-float64(i))
	}
	return Band{Low: at(0.1), Mid: at(0.5), High: at(0.9)}
}

// fewComers is from how many of those who came in all draws their waits mean
// something.
const fewComers = 10

func waitOf(waits []float32) *Band {
	if len(waits) < fewComers {
		return nil
	}
	b := bandOf(waits)
	if b.High > longest {
		return nil
	}
	return &b
}

// The rules of advice.
const (
	// adviceMost is how many services are tried.
	adviceMost = 3
	// adviceGain is by how many minutes a window must make waits shorter.
	adviceGain = 3
)

// advise tries one more window where people will wait longer than they should.
func (sc *scene) advise(without *Preview, m *Model, seed uint64) []Advice {
	var tries []Advice
	for i := range sc.conf.Services {
		conf := &sc.conf.Services[i]
		a := Advice{Service: conf.ID, Target: conf.Target.Minutes()}
		before, first := without.worst(conf.ID, a.Target)
		if first < 0 || before < a.Target+adviceGain {
			continue
		}
		a.Before, a.By = before, sc.at+spotTime(max(first-1, 0))
		tries = append(tries, a)
	}
	slices.SortFunc(tries, func(a, b Advice) int { return int(b.Before-b.Target) - int(a.Before-a.Target) })
	var out []Advice
	for _, a := range tries[:min(len(tries), adviceMost)] {
		at := sc.spare(a.Service)
		if at < 0 {
			continue
		}
		a.Window, a.Paused = sc.windows[at].id, sc.windows[at].paused
		with := sc.with(at, a.By).lookAhead(m, seed)
		a.After, _ = with.worst(a.Service, a.Target)
		if a.Before-a.After >= adviceGain {
			out = append(out, a)
		}
	}
	return out
}

// worst is the longest wait that is expected of service, and the first spot
// with one above target; -1 if there is none.
func (p *Preview) worst(service queue.ServiceID, target float64) (minutes float64, first int) {
	first = -1
	s := p.Services[service]
	for spot := 1; spot < len(s.Waits); spot++ {
		wait := 0.0
		switch b := s.Waits[spot]; {
		case b != nil:
			wait = b.Mid
		case s.Waiting[spot].Low >= 1:
			wait = longest // people wait, and too few of them are called
		}
		minutes = max(minutes, wait)
		if wait > target && first < 0 {
			first = spot
		}
	}
	return minutes, first
}

// spare is the place of a window that could serve service and doesn't: first
// one whose clerk pauses, then one without; -1 if there is none.
func (sc *scene) spare(service queue.ServiceID) int {
	best := -1
	for i, fw := range sc.forward.Windows() {
		w := &sc.windows[i]
		if w.open || w.ticket != "" || !slices.Contains(fw.Config.Services, service) {
			continue
		}
		if w.paused {
			return i
		}
		if best < 0 && (len(w.shift) == 0 || w.shift[0].from > sc.at) {
			best = i
		}
	}
	return best
}

// with is sc with the window at that place open from from on.
func (sc *scene) with(at int, from queue.Time) *scene {
	out := *sc
	out.windows = slices.Clone(sc.windows)
	w := &out.windows[at]
	w.paused, w.since, w.open, w.shift = false, sc.at, true, nil
	if from > sc.at {
		w.open, w.shift = false, []span{{from, never}}
	}
	return &out
}
