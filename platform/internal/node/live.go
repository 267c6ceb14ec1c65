package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// TopicLive is the topic under which a hall tells how it is right now, every few
// seconds. It is a question without an answer, not an event: what is over by the
// time that a cut link is back is of no use to anybody.
const TopicLive = "hall-live"

// Live is how a hall is right now.
type Live struct {
	// Board is the address of its manager's board.
	Board   string       `json:"board,omitempty"`
	Windows []LiveWindow `json:"windows"`
	Waiting int          `json:"waiting" doc:"Persons who wait"`
	Serving int          `json:"serving" doc:"Persons who were called or are served"`
	Served  int          `json:"served" doc:"Visits finished today"`
	Longest int          `json:"longest" doc:"Seconds that the one who waits longest has waited"`
	// Alarms are what somebody has to see to there.
	Alarms int    `json:"alarms"`
	Worst  string `json:"worst,omitempty" doc:"The dearest alarm for citizens, in words"`
}

// LiveWindow is a window right now.
type LiveWindow struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Name   string `json:"name,omitempty"`
	State  string `json:"state" enum:"idle,serving,paused,signed-out,anomaly,disabled"`
	Ticket string `json:"ticket,omitempty" doc:"The number in front"`
}

// LiveHall is a hall with how it is.
type LiveHall struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Region string `json:"region"`
	// Away tells that it has said nothing for a while.
	Away bool `json:"away"`
	// At is when it last said how it is; zero if it never did.
	At   time.Time `json:"at,omitzero"`
	Live Live      `json:"live"`
}

const (
	// liveAway is after how long a silent hall counts as away: it speaks every
	// five seconds.
	liveAway = 20 * time.Second
	// Bounds of what a hall may say of itself.
	maxLiveWindows = 1000
	maxLiveText    = 200
)

// liveStates are those of windows.
var liveStates = map[string]bool{"idle": true, "serving": true, "paused": true, "signed-out": true, "anomaly": true, "disabled": true}

// takeLive takes TopicLive.
func (s *Service) takeLive(ctx context.Context, _ string, body json.RawMessage) (any, error) {
	var live Live
	if err := json.Unmarshal(body, &live); err != nil {
		return nil, ErrEvent.Because(err)
	}
	if err := live.check(); err != nil {
		return nil, ErrEvent.Because(err)
	}
	data, err := json.Marshal(live)
	if err != nil {
		return nil, err
	}
	hall := access.From(ctx).ID
	return struct{}{}, s.Store.Write(ctx, "keep how a hall is", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO node_live (hall, at, body) VALUES ($1, $2, $3)
			ON CONFLICT (hall) DO UPDATE SET at = excluded.at, body = excluded.body`, hall, time.Now().UnixMilli(), string(data))
		return err
	})
}

// check refuses what no hall says: a page shows it to people.
func (l *Live) check() error {
	if len(l.Windows) > maxLiveWindows || min(l.Waiting, l.Serving, l.Served, l.Longest, l.Alarms) < 0 {
		return fmt.Errorf("numbers out of range")
	}
	texts := []string{l.Board, l.Worst}
	for i := range l.Windows {
		w := &l.Windows[i]
		if !liveStates[w.State] {
			return fmt.Errorf("no state %.20q of windows", w.State)
		}
		texts = append(texts, w.ID, w.Number, w.Name, w.Ticket)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxLiveText {
			return fmt.Errorf("a text out of range")
		}
	}
	if u, err := url.Parse(l.Board); l.Board != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return fmt.Errorf("no address of a board")
	}
	return nil
}

// LiveHalls are the active halls of the caller's region as they are right now,
// by name.
func (s *Service) LiveHalls(ctx context.Context) ([]LiveHall, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT h.id, h.name, h.region, COALESCE(l.at, 0), COALESCE(l.body, '{}')
		FROM node_hall h LEFT JOIN node_live l ON l.hall = h.id WHERE h.state = 'active' ORDER BY h.name, h.id`)
	if err != nil {
		return nil, fmt.Errorf("read how the halls are: %w", err)
	}
	defer rows.Close()
	caller, now := access.From(ctx), time.Now()
	list := []LiveHall{}
	for rows.Next() {
		var h LiveHall
		var at int64
		var body string
		if err := rows.Scan(&h.ID, &h.Name, &h.Region, &at, &body); err != nil {
			return nil, fmt.Errorf("read how the halls are: %w", err)
		}
		if !caller.Covers(h.Region) {
			continue
		}
		if err := json.Unmarshal([]byte(body), &h.Live); err != nil {
			return nil, fmt.Errorf("read how hall %s is: %w", h.ID, err)
		}
		if h.Live.Windows == nil {
			h.Live.Windows = []LiveWindow{}
		}
		h.At = store.Time(at)
		h.Away = now.Sub(h.At) > liveAway
		list = append(list, h)
	}
	return list, rows.Err()
}

type liveOutput struct {
	Body struct {
		Halls []LiveHall `json:"halls"`
	}
}

func (s *Service) getLive(ctx context.Context, _ *none) (*liveOutput, error) {
	list, err := s.LiveHalls(ctx)
	if err != nil {
		return nil, err
	}
	out := &liveOutput{}
	out.Body.Halls = list
	return out, nil
}
