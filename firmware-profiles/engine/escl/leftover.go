package escl

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// leftover is a job that the scanner may still have although we are done with
// it: nobody heard that it began, or that it is to end. As long as it is there
// the scanner refuses every other.
type leftover struct {
	// where is its path; empty if the answer with it was lost.
	where string
	// known are the jobs that the scanner had before it was asked for this one.
	known []string
	// asked is when it was asked for.
	asked time.Time
}

const (
	// leftoverLife is how long a leftover is looked for. Scanners give up a job
	// that nobody fetches by themselves within less.
	leftoverLife = 10 * time.Minute
	// ageSlack is how much older than asked for a job may look: scanners count
	// whole seconds.
	ageSlack = 2 * time.Second
)

// leave notes a leftover, and tries at once to have it ended. The caller has
// the turn.
func (s *Scanner) leave(ctx context.Context, l leftover) {
	s.left = &l
	s.settle(context.WithoutCancel(ctx)) // whoever gave up has no time left
}

// settle has the job that was left over ended, if there is one and the scanner
// answers. The caller has the turn.
func (s *Scanner) settle(ctx context.Context) {
	l := s.left
	if l == nil {
		return
	}
	if s.now().Sub(l.asked) > leftoverLife {
		s.left = nil
		return
	}
	ctx, stop := context.WithTimeout(ctx, s.status)
	defer stop()
	where := l.where
	if where == "" {
		st, err := s.ask(ctx)
		if err != nil {
			return // it is asked again
		}
		found := l.among(st.Jobs, s.now())
		if len(found) != 1 {
			// None: it never began. Several: nobody knows which is ours.
			s.left = nil
			s.log.Debug("no scan job to end", slog.Int("candidates", len(found)))
			return
		}
		where = found[0]
	}
	err := s.client.remove(ctx, where)
	var refused *statusError
	if err != nil && !errors.As(err, &refused) {
		s.log.Debug("scan job not removed yet", slog.Any("cause", err))
		return
	}
	s.left = nil
	s.log.Debug("scan job ended", slog.String("job", where), slog.Any("refused", err))
}

// among are the jobs that can be l: those that run, weren't there before, and
// aren't older than it.
func (l *leftover) among(jobs []JobInfo, now time.Time) []string {
	var out []string
	for _, j := range jobs {
		if j.Runs() && !slices.Contains(l.known, j.Path) && j.Age <= now.Sub(l.asked)+ageSlack {
			out = append(out, j.Path)
		}
	}
	return out
}

// idleSettle is settle for whoever has no turn: it does nothing while a job of
// ours runs.
func (s *Scanner) idleSettle(ctx context.Context) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
		s.settle(ctx)
	default:
	}
}
