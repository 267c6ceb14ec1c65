package registry

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"smarthall/internal/link"
)

// Bounds of what is told of clocks and troubles.
const (
	// clockOff is how far an agent's clock may be off before it is a trouble.
	clockOff = 2 * time.Minute
	// clockMoved is how far it must move to be told again.
	clockMoved = time.Second
	// maxTroubles is how many troubles of one agent are kept, the newest, and
	// keepTrouble for how long.
	maxTroubles = 10
	keepTrouble = 12 * time.Hour
)

// codeClock is the trouble of a clock that is off. It goes when the clock is
// right again.
const codeClock = "clock.off"

// Clock notes that an agent's clock is ahead of this machine's by ahead.
func (r *Registry) Clock(agent string, ahead time.Duration, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[agent]
	if a == nil {
		return
	}
	known := time.Duration(a.ClockOffsetMillis) * time.Millisecond
	i := slices.IndexFunc(a.Troubles, func(t link.TroubleView) bool { return t.Code == codeClock })
	off := ahead.Abs() > clockOff || i >= 0 && ahead.Abs() > clockOff-clockMoved
	if (ahead-known).Abs() < clockMoved && off == (i >= 0) {
		return
	}
	a.ClockOffsetMillis = ahead.Milliseconds()
	switch {
	case off && i >= 0:
		a.Troubles = slices.Clone(a.Troubles)
		a.Troubles[i].Detail, a.Troubles[i].Said = clockText(ahead), clockSaid(ahead)
	case off:
		a.Troubles = append(a.Troubles[:len(a.Troubles):len(a.Troubles)], link.TroubleView{
			Code: codeClock, Detail: clockText(ahead), Said: clockSaid(ahead), Advice: "请校准这台终端的时间", Since: now,
		})
	case i >= 0:
		a.Troubles = slices.Delete(slices.Clone(a.Troubles), i, i+1)
	}
	r.changed(agent)
}

// clockText says how far a clock is off.
func clockText(ahead time.Duration) string {
	way := "快"
	if ahead < 0 {
		way = "慢"
	}
	minutes := ahead.Abs().Round(time.Minute) / time.Minute
	if minutes < 120 {
		return fmt.Sprintf("终端时钟%s约 %d 分钟", way, minutes)
	}
	return fmt.Sprintf("终端时钟%s约 %d 小时", way, minutes/60)
}

// clockSaid is clockText by its code.
func clockSaid(ahead time.Duration) *link.Sentence {
	code := "clock.fast"
	if ahead < 0 {
		code = "clock.slow"
	}
	minutes := ahead.Abs().Round(time.Minute) / time.Minute
	return &link.Sentence{Code: code, Vars: map[string]string{"minutes": strconv.Itoa(int(minutes))}}
}

// Trouble notes something about an agent that somebody must see to. The oldest
// troubles leave when there are too many.
func (r *Registry) Trouble(agent string, t link.TroubleView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble(agent, t)
}

// trouble is Trouble for callers that hold mu.
func (r *Registry) trouble(agent string, t link.TroubleView) {
	a := r.agents[agent]
	if a == nil {
		return
	}
	a.Troubles = slices.DeleteFunc(slices.Clone(a.Troubles), func(old link.TroubleView) bool {
		return old.Code != codeClock && t.Since.Sub(old.Since) > keepTrouble
	})
	a.Troubles = append(a.Troubles, t)
	if n := len(a.Troubles) - maxTroubles; n > 0 {
		a.Troubles = slices.Delete(a.Troubles, 0, n)
	}
	r.changed(agent)
}

// Settled takes away a trouble that somebody has seen to, of whichever agent.
func (r *Registry) Settled(code, detail string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, a := range r.agents {
		same := func(t link.TroubleView) bool { return t.Code == code && t.Detail == detail }
		if slices.ContainsFunc(a.Troubles, same) {
			a.Troubles = slices.DeleteFunc(slices.Clone(a.Troubles), same)
			r.changed(name)
		}
	}
}

// TroubleOnce is Trouble for what an agent can have but once: one of the same
// code that is there already stays, with its time.
func (r *Registry) TroubleOnce(agent string, t link.TroubleView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[agent]
	if a == nil || slices.ContainsFunc(a.Troubles, func(old link.TroubleView) bool { return old.Code == t.Code }) {
		return
	}
	r.trouble(agent, t)
}

// Resolve takes away an agent's troubles of a code; false if it had none.
func (r *Registry) Resolve(agent, code string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.agents[agent]
	same := func(t link.TroubleView) bool { return t.Code == code }
	if a == nil || !slices.ContainsFunc(a.Troubles, same) {
		return false
	}
	a.Troubles = slices.DeleteFunc(slices.Clone(a.Troubles), same)
	r.changed(agent)
	return true
}
