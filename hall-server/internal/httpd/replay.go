package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"smarthall/hall-server/internal/alarm"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/replay"
	"smarthall/internal/link"
)

type daysOutput struct {
	Body struct {
		Days []string `json:"days"`
	}
}

// shownDays is how many days are offered.
const shownDays = 60

func (a *api) listDays(ctx context.Context, _ *struct{}) (*daysOutput, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	days, err := a.Replay.Days(ctx, shownDays)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &daysOutput{}
	out.Body.Days = make([]string, len(days))
	for i, day := range days {
		out.Body.Days[i] = string(day)
	}
	return out, nil
}

type dayView struct {
	Day    string        `json:"day"`
	From   time.Time     `json:"from" doc:"The first thing that happened"`
	To     time.Time     `json:"to" doc:"The last one; now if the day goes on"`
	Alarms []alarm.Alarm `json:"alarms" doc:"Those that rang, the oldest first"`
}

func (a *api) getDay(ctx context.Context, in *struct {
	Day string `path:"day" format:"date"`
},
) (*struct{ Body dayView }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	span, err := a.Replay.Span(ctx, queue.Day(in.Day))
	if err != nil {
		return nil, a.replayProblem(err)
	}
	out := dayView{Day: in.Day, From: span.From.Std(), To: span.To.Std()}
	if span.Last == 0 {
		out.To = a.Core.Now()
	}
	if out.Alarms, err = a.Alarms.Past(ctx, out.From, out.To.Add(time.Millisecond)); err != nil {
		return nil, a.problem(err)
	}
	return &struct{ Body dayView }{out}, nil
}

func (a *api) replayProblem(err error) error {
	switch {
	case errors.Is(err, replay.ErrNoDay):
		return newProblem(http.StatusNotFound, "replay.day", "没有这一天的记录")
	case errors.Is(err, replay.ErrBusy):
		return newProblem(http.StatusServiceUnavailable, "replay.busy", "同时回放的人太多，请稍后再试")
	}
	return a.problem(err)
}

// replayFrame is one line of a replay. Board and alarms come when they have
// changed, and whole; the plan comes with the first.
type replayFrame struct {
	At     time.Time       `json:"at"`
	Board  *link.BoardView `json:"board,omitempty"`
	Alarms []alarm.Alarm   `json:"alarms,omitzero"`
	End    bool            `json:"end,omitempty"`
}

// The pace of replays.
const (
	// frameEvery is the time between two frames, ageEvery how old the board's
	// durations may be in the time replayed.
	frameEvery = 500 * time.Millisecond
	ageEvery   = 15 * time.Second
	fastest    = 60
	// frameWait is how long a reader may take for a frame.
	frameWait = 10 * time.Second
)

// serveReplay streams the board of a past time, line by line as JSON: speed
// seconds of it every second. With speed 0 it is one frame, to look at.
func (a *api) serveReplay(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	at, err := time.Parse(time.RFC3339, q.Get("from"))
	speed, speedErr := strconv.Atoi(q.Get("speed"))
	if q.Get("speed") == "" {
		speed, speedErr = 1, nil
	}
	if err != nil || speedErr != nil || speed < 0 || speed > fastest {
		a.write(w, newProblem(http.StatusUnprocessableEntity, "replay.request", "回放需要开始时刻 from，如 2026-11-23T10:15:00+08:00，速度 speed 为 0 到 60"))
		return
	}
	ctx, done, err := a.Replay.Begin(r.Context(), sessionOf(r))
	if err == nil {
		defer done()
		var p *replay.Player
		if p, err = a.Replay.Open(ctx, a.Hall.Hall().Day(queue.TimeOf(at))); err == nil {
			w.Header().Set("Content-Type", "application/x-ndjson")
			w.Header().Set("Cache-Control", "no-store")
			s := &replayStream{api: a, player: p, to: http.NewResponseController(w), w: w}
			if err := s.run(ctx, at, speed); err != nil && ctx.Err() == nil {
				a.Log.Warn("replay ended", slog.Any("error", err))
			}
			return
		}
	}
	var p *Problem
	if errors.As(a.replayProblem(err), &p) {
		a.write(w, p)
	}
}

// sessionOf names the session of who asks, without its token.
func sessionOf(r *http.Request) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Header.Get("Authorization")))
	if c, err := r.Cookie(cookieName); err == nil {
		_, _ = h.Write([]byte(c.Value))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// replayStream is one replay on its way.
type replayStream struct {
	*api
	player *replay.Player
	to     *http.ResponseController
	w      http.ResponseWriter
	alarms []alarm.Alarm // of the day
	shown  string        // which of them were told
	told   time.Time     // when the board was, in the time replayed
}

// run streams from from on until the day or ctx ends.
func (s *replayStream) run(ctx context.Context, from time.Time, speed int) error {
	span := s.player.Span()
	end := span.To.Std()
	if span.Last == 0 {
		end = s.Core.Now()
	}
	var err error
	if s.alarms, err = s.Alarms.Past(ctx, span.From.Std(), end.Add(time.Millisecond)); err != nil {
		return err
	}
	at := from
	if first := span.From.Std(); at.Before(first) {
		at = first
	}
	tick := time.NewTicker(frameEvery)
	defer tick.Stop()
	for {
		over := at.After(end)
		if over {
			at = end
		}
		if err := s.frame(ctx, at, over || speed == 0); err != nil || over || speed == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			at = at.Add(time.Duration(speed) * frameEvery)
		}
	}
}

// frame writes the frame of at.
func (s *replayStream) frame(ctx context.Context, at time.Time, end bool) error {
	t := queue.TimeOf(at)
	changed, err := s.player.Seek(ctx, t)
	if err != nil {
		return err
	}
	f := replayFrame{At: at, End: end}
	if changed || s.told.IsZero() || at.Sub(s.told) >= ageEvery {
		board := s.player.Board(t)
		if !s.told.IsZero() {
			board.Hall.Plan = nil
		}
		f.Board, s.told = &board, at
	}
	ringing, names := alarmsAt(s.alarms, at)
	if names != s.shown {
		f.Alarms, s.shown = ringing, names
	}
	data, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode a frame: %w", err)
	}
	if err := s.to.SetWriteDeadline(time.Now().Add(frameWait)); err != nil {
		return fmt.Errorf("set a frame's deadline: %w", err)
	}
	if _, err := s.w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write a frame: %w", err)
	}
	return s.to.Flush()
}

// alarmsAt are those of list that rang at at, as they were then; names tells two
// such lists apart.
func alarmsAt(list []alarm.Alarm, at time.Time) (ringing []alarm.Alarm, names string) {
	ringing = []alarm.Alarm{}
	names = "-"
	for i := range list {
		x := list[i]
		if x.Since.After(at) || !x.Ended.IsZero() && !x.Ended.After(at) {
			continue
		}
		if x.Taken != nil && x.Taken.At.After(at) {
			x.Taken = nil
		}
		x.Ended = time.Time{}
		x.Cost = x.Finding.Cost(at)
		ringing = append(ringing, x)
		names += x.ID
		if x.Taken != nil {
			names += "+"
		}
	}
	slices.SortFunc(ringing, alarm.Worse)
	return ringing, names
}
