package tool

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// direction is which way bytes went.
type direction int

// The directions.
const (
	toDevice direction = iota
	fromDevice
)

// arrow is a direction in a log.
func (d direction) arrow() string {
	if d == toDevice {
		return "→"
	}
	return "←"
}

// group is a run of bytes in one direction that no pause parts.
type group struct {
	at     time.Time
	dir    direction
	data   []byte
	hidden []bool // personal data; nil shows all
}

// secret tells whether some of the group isn't shown.
func (g group) secret() bool {
	for _, h := range g.hidden {
		if h {
			return true
		}
	}
	return false
}

// hex is the group's bytes, those that are personal data as ··.
func (g group) hex() string {
	var b strings.Builder
	for i, c := range g.data {
		if i > 0 {
			b.WriteByte(' ')
		}
		if g.hidden != nil && g.hidden[i] {
			b.WriteString("··")
			continue
		}
		fmt.Fprintf(&b, "%02X", c)
	}
	return b.String()
}

// maxGroup bounds a group in bytes: a line that never falls silent is cut.
const maxGroup = 4096

// recorder groups the bytes of a line by pauses and hands every finished group
// to emit, in the order in which the groups began. Its methods may be called
// from any goroutine.
type recorder struct {
	gap  time.Duration
	raw  bool
	emit func(group) // called with mu held

	mu    sync.Mutex
	open  group // guarded by mu; no data while nothing is open
	last  time.Time
	masks [2]masker // guarded by mu; by direction
	timer *time.Timer
	done  bool
}

// newRecorder groups by pauses of gap. raw shows personal data.
func newRecorder(gap time.Duration, raw bool, emit func(group)) *recorder {
	r := &recorder{gap: gap, raw: raw, emit: emit}
	r.timer = time.AfterFunc(time.Hour, r.flush)
	r.timer.Stop()
	return r
}

// add records bytes that passed at a time.
func (r *recorder) add(at time.Time, dir direction, p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done {
		return
	}
	if len(r.open.data) > 0 && (r.open.dir != dir || at.Sub(r.last) >= r.gap || len(r.open.data)+len(p) > maxGroup) {
		r.finish()
	}
	if len(r.open.data) == 0 {
		r.open = group{at: at, dir: dir}
	}
	r.open.data = append(r.open.data, p...)
	r.last = at
	r.timer.Reset(r.gap)
}

// flush ends the open group: after its pause, or before something else is
// written.
func (r *recorder) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open.data) > 0 && !r.done {
		r.finish()
	}
}

// finish hands the open group on. The caller holds mu.
func (r *recorder) finish() {
	g := r.open
	r.open = group{}
	if !r.raw {
		g.hidden = r.masks[g.dir].hide(g.data)
	}
	r.emit(g)
}

// close ends the recording: the open group is handed on, and nothing after it.
func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer.Stop()
	if len(r.open.data) > 0 {
		r.finish()
	}
	r.done = true
}

// lineBytes is how many bytes stand in a line of a log.
const lineBytes = 32

// printGroup writes a group as lines of a log: time, direction, bytes. Of a
// group with more than most bytes it shows the beginning; 0 shows all.
func printGroup(w io.Writer, g group, most int) {
	words, rest := strings.Fields(g.hex()), ""
	if most > 0 && len(words) > most {
		rest = fmt.Sprintf(" … 共 %d 字节", len(words))
		words = words[:most]
	}
	head := fmt.Sprintf("  %s %s ", g.at.Format("15:04:05.000"), g.dir.arrow())
	for len(words) > 0 {
		n := min(lineBytes, len(words))
		line := head + strings.Join(words[:n], " ")
		if words = words[n:]; len(words) == 0 {
			line += rest
		}
		fmt.Fprintln(w, line)
		head = strings.Repeat(" ", len("  15:04:05.000 ")+2)
	}
}

// safeWriter lets several goroutines write whole pieces.
type safeWriter struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

func (s *safeWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
