package server_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

// verify compares what the program serves with what it acknowledged. Nobody
// sends a command meanwhile.
func (h *crashHall) verify(when string) {
	h.t.Helper()
	var list struct {
		Tickets []ticket `json:"tickets"`
	}
	if _, err := h.request(http.MethodGet, h.admin, "/tickets", "", nil, &list); err != nil {
		h.t.Fatalf("%s: %v", when, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	served := make(map[string]ticket, len(list.Tickets))
	numbers := make(map[string]string, len(list.Tickets))
	windows := make(map[string]string)
	for _, s := range list.Tickets {
		served[s.ID] = s
		if other, ok := numbers[s.Number]; ok {
			h.t.Errorf("%s: number %s was given to %s and %s", when, s.Number, other, s.ID)
		}
		numbers[s.Number] = s.ID
		if s.State == "called" || s.State == "serving" {
			if other, ok := windows[s.Window]; ok {
				h.t.Errorf("%s: %s and %s are both at window %s", when, other, s.Number, s.Window)
			}
			windows[s.Window] = s.Number
		}
	}
	open := 0
	for _, asked := range h.keys {
		if asked.id == "" {
			open++
		}
	}
	for id, t := range h.tickets {
		s, ok := served[id]
		switch {
		case !ok:
			h.t.Errorf("%s: %s was acknowledged and is lost", when, t.number)
		case s.Number != t.number:
			h.t.Errorf("%s: %s became %s", when, t.number, s.Number)
		case !h.agrees(t, s):
			h.t.Errorf("%s: %s is %s at window %q, acknowledged was %s at %q, under way %v",
				when, t.number, s.State, s.Window, t.state, t.window, t.maybe)
		}
	}
	if extra := len(served) - len(h.tickets); extra < 0 || extra > open {
		h.t.Errorf("%s: %d tickets, %d acknowledged and %d under way", when, len(served), len(h.tickets), open)
	}
	h.t.Logf("%s: %d tickets, %d under way, %d windows busy", when, len(served), open, len(windows))
}

// agrees tells whether s is what t's windows were told, or what a request
// without an answer may have made of it.
func (h *crashHall) agrees(t *taken, s ticket) bool {
	if s.State == t.state && (s.State == "waiting" || s.Window == t.window) {
		return true
	}
	if slices.Contains(t.maybe, s.State) {
		return true
	}
	waits := t.state == "waiting" || slices.Contains(t.maybe, "waiting")
	return waits && s.State == "called" && h.calling[s.Window]
}

// wantNothingUncertain checks that every request has its answer in the end.
func (h *crashHall) wantNothingUncertain() {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	finished := 0
	for key, asked := range h.keys {
		if asked.id == "" {
			h.t.Errorf("key %s never got an answer", key)
		}
		if asked.state == "finished" {
			finished++
		}
	}
	for _, t := range h.tickets {
		if h.keys[t.key] != t {
			h.t.Errorf("%s was called and nobody took it", t.number)
		}
	}
	if finished == 0 || h.kills < crashRounds {
		h.t.Errorf("%d visits and %d kills prove nothing", finished, h.kills)
	}
	h.t.Logf("%d tickets, %d visits to their end, %d restarts", len(h.keys), finished, h.kills)
}

// verifyLog checks, after the program is gone, that its log alone explains the
// state, that a restart finds the same, and that the ticket table agrees.
func (h *crashHall) verifyLog() {
	h.t.Helper()
	db, err := store.Open(h.t.Context(), filepath.Join(h.data, "hall.db"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			h.t.Errorf("close the database: %v", err)
		}
	}()
	replayed, seq, err := db.Replay(h.t.Context())
	if err != nil {
		h.t.Fatalf("replay the log: %v", err)
	}
	loaded, err := db.Load(h.t.Context())
	if err != nil {
		h.t.Fatalf("load the hall: %v", err)
	}
	if a, b := h.encode(replayed), h.encode(loaded.State); a != b || seq != loaded.Seq {
		h.t.Errorf("the log replays to record %d and another state than the snapshot with record %d", seq, loaded.Seq)
	}
	if len(replayed.Tickets) != len(h.tickets) {
		h.t.Errorf("the log has %d tickets, %d were acknowledged", len(replayed.Tickets), len(h.tickets))
	}
	for id, t := range h.tickets {
		r := replayed.Tickets[queue.TicketID(id)]
		if r == nil || r.Number != t.number || string(r.State) != t.state {
			h.t.Errorf("the log has %+v, acknowledged was %+v", r, t)
			continue
		}
		past, ok, err := db.Ticket(h.t.Context(), r.ID)
		if err != nil || !ok || past.Ticket.State != r.State || past.Ticket.Window != r.Window || past.Ticket.Number != r.Number {
			h.t.Errorf("the ticket table has %+v (%v), the log %s %s at %q", past.Ticket, err, r.Number, r.State, r.Window)
		}
	}
}

func (h *crashHall) encode(s *queue.State) string {
	h.t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}
