package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/internal/link"
)

// How the log is read.
const (
	chunk = 500
	// checkEvery is how many records lie between two states that a player keeps,
	// to go back to; maxChecks is how many it keeps.
	checkEvery = 2000
	maxChecks  = 30
)

// Player is the hall on one day. Not safe for concurrent use.
type Player struct {
	service *Service
	day     queue.Day
	span    Span
	state   *queue.State
	seq     uint64 // the last record in state
	// next are records that were read and not applied yet.
	next   []Record
	agents []AgentChange
	told   int // how many of agents Seek has come by
	checks []check
}

// check is a state to go back to.
type check struct {
	seq   uint64
	at    queue.Time
	state *queue.State
}

// Open returns a player of day at its beginning. The error is ErrNoDay if the log
// hasn't that day.
func (s *Service) Open(ctx context.Context, day queue.Day) (*Player, error) {
	span, err := s.conf.Past.Span(ctx, day)
	if err != nil {
		return nil, err
	}
	p := s.player(day, span)
	if err := p.base(ctx, nil); err != nil {
		return nil, fmt.Errorf("fold up to the day's beginning: %w", err)
	}
	p.check()
	to := span.To
	if span.Last == 0 {
		to = max(to, queue.TimeOf(s.conf.Now()))
	}
	p.agents, err = s.conf.Past.Agents(ctx, span.From, to)
	return p, err
}

func (s *Service) player(day queue.Day, span Span) *Player {
	return &Player{service: s, day: day, span: span}
}

// Span is the player's day in the log.
func (p *Player) Span() Span { return p.span }

// base brings the state to before the day's first record. keep, if there is one,
// gets the beginnings of the days on the way, and that of this day.
func (p *Player) base(ctx context.Context, keep func(context.Context, queue.Day, uint64, *queue.State) error) error {
	upTo := p.span.First - 1
	seq, state, err := p.service.conf.Past.Base(ctx, upTo)
	if err != nil {
		return err
	}
	had := seq
	p.seq, p.state = seq, state
	for p.seq < upTo {
		records, err := p.service.conf.Past.Records(ctx, p.seq, min(chunk, int(upTo-p.seq)))
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return fmt.Errorf("record %d is missing", p.seq+1)
		}
		for i := range records {
			if err := p.apply(&records[i]); err != nil {
				return err
			}
		}
	}
	if keep == nil || had == upTo && upTo > 0 {
		return nil
	}
	return keep(ctx, p.day, p.seq, p.state)
}

func (p *Player) apply(r *Record) error {
	if r.Seq != p.seq+1 {
		return fmt.Errorf("record %d is missing", p.seq+1)
	}
	for _, e := range r.Events {
		if err := queue.Apply(p.state, e, r.At); err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	p.seq = r.Seq
	return nil
}

func (p *Player) check() {
	if len(p.checks) < maxChecks {
		p.checks = append(p.checks, check{seq: p.seq, at: p.state.Last, state: p.state.Clone()})
	}
}

// Seek brings the player to at: all records up to then are in its state. changed
// tells whether anything is other than before.
func (p *Player) Seek(ctx context.Context, at queue.Time) (changed bool, err error) {
	told, _ := slices.BinarySearchFunc(p.agents, at+1, func(c AgentChange, at queue.Time) int { return cmp.Compare(c.At, at) })
	changed, p.told = told != p.told, told
	if p.state.Last > at && p.seq >= p.span.First {
		p.back(at)
		changed = true
	}
	for {
		if len(p.next) == 0 {
			if err := p.read(ctx); err != nil || len(p.next) == 0 {
				return changed, err
			}
		}
		if p.next[0].At > at {
			return changed, nil
		}
		if err := p.apply(&p.next[0]); err != nil {
			return changed, err
		}
		p.next, changed = p.next[1:], true
		if last := p.checks[len(p.checks)-1]; p.seq-last.seq >= checkEvery && p.seq > last.seq {
			p.check()
		}
	}
}

// back goes back to the latest check that isn't later than at.
func (p *Player) back(at queue.Time) {
	i := 0
	for i+1 < len(p.checks) && p.checks[i+1].at <= at {
		i++
	}
	c := p.checks[i]
	p.seq, p.state, p.next = c.seq, c.state.Clone(), nil
}

// read fills next with records of the day.
func (p *Player) read(ctx context.Context) error {
	limit := chunk
	if p.span.Last != 0 {
		limit = min(limit, int(p.span.Last-min(p.seq, p.span.Last)))
	}
	if limit == 0 {
		return nil
	}
	var err error
	p.next, err = p.service.conf.Past.Records(ctx, p.seq, limit)
	return err
}

// Board is the board at at, after Seek(at).
func (p *Player) Board(at queue.Time) link.BoardView {
	conf := &p.service.conf
	v := *conf.View
	v.Forecasts = nil
	agents := p.agentsAt(at)
	v.Registry = registryOf(agents)
	var board link.BoardView
	if p.state.Config == nil {
		board = link.BoardView{Now: at.Std()}
	} else {
		board = v.Board(p.state, at)
	}
	// A window that the hall file has got since then wasn't there.
	board.Windows = slices.DeleteFunc(board.Windows, func(w link.WindowView) bool { return w.ID == "" })
	board.Agents = agents
	return board
}

// registryOf knows agents as they were: windows ask it for their counters.
func registryOf(agents []link.AgentView) *registry.Registry {
	r := registry.New()
	expected := make([]link.AgentView, len(agents))
	for i := range agents {
		a := &agents[i]
		expected[i] = link.AgentView{ID: a.ID, Role: a.Role, Window: a.Window}
	}
	r.Expect(expected, time.Time{})
	for i := range agents {
		a := &agents[i]
		if a.Program == "" {
			continue // it never came
		}
		r.Connected(link.Hello{Agent: a.ID, Role: a.Role, Program: a.Program}, a.Window, a.Since)
		if !a.Online {
			r.Disconnected(a.ID, a.Since)
		}
	}
	return r
}

// agentsAt are the agents at at, sorted by their ids.
func (p *Player) agentsAt(at queue.Time) []link.AgentView {
	latest := make(map[string]*link.AgentView)
	for i := range p.agents {
		if c := &p.agents[i]; c.At <= at {
			latest[c.Agent] = c.View
		}
	}
	out := make([]link.AgentView, 0, len(latest))
	for _, a := range latest {
		if a != nil {
			out = append(out, *a)
		}
	}
	slices.SortFunc(out, func(a, b link.AgentView) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
