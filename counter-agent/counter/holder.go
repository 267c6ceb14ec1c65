package counter

import (
	"cmp"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"smarthall/internal/device"
)

// holderPath is where the page finds who the card of a visit belongs to,
// followed by the ticket.
const holderPath = "/card/holder/"

// Holder is who a card belongs to, in full. It leaves the agent only for the
// clerk's own page, when the clerk goes on with the visit's case.
type Holder struct {
	// Kind is that of link.CardRead.
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Number string `json:"number"`
	Sex    string `json:"sex,omitempty"`
	// Birth is a day, 2006-01-02.
	Birth string `json:"birth,omitempty"`
	// Address is the newest that the card has.
	Address string `json:"address,omitempty"`
}

// holders remembers whose card was read during the visit in front, in memory
// only, until another visit is in front.
type holders struct {
	front func() string // the ticket in front; empty if there is none

	mu     sync.Mutex
	holder *Holder // guarded by mu
	ticket string  // the visit; empty for a card that was laid before one; guarded by mu
	lies   bool    // the card is still on the reader; guarded by mu
}

// lay remembers a card that was laid.
func (h *holders) lay(id device.Identity) {
	front := h.front()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holder = &Holder{
		Kind: string(id.Kind), Name: cmp.Or(id.Name, id.LatinName), Number: id.Number, Sex: id.Sex, Address: cmp.Or(id.NewAddress, id.Address),
	}
	if !id.Birth.IsZero() {
		h.holder.Birth = id.Birth.Format(time.DateOnly)
	}
	h.ticket, h.lies = front, true
}

// lift forgets a card that nobody came for.
func (h *holders) lift() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lies = false
	if h.ticket == "" {
		h.holder = nil
	}
}

// follow forgets the card of a visit that is no longer in front. A card that
// was laid while nobody was in front belongs to whoever comes next, if it still
// lies there.
func (h *holders) follow() {
	front := h.front()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.holder == nil || front == h.ticket:
	case h.ticket == "" && h.lies:
		h.ticket = front
	default:
		h.holder, h.ticket = nil, ""
	}
}

// of is whose card was read during a visit that is in front.
func (h *holders) of(ticket string) (Holder, bool) {
	h.follow()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.holder == nil || ticket == "" || h.ticket != ticket {
		return Holder{}, false
	}
	return *h.holder, true
}

// routes adds the holder's address to the page server, which answers no page of
// another origin.
func (h *holders) routes(mux *http.ServeMux) { mux.HandleFunc("GET "+holderPath+"{ticket}", h.serve) }

func (h *holders) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	holder, ok := h.of(r.PathValue("ticket"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(holder) // a page that is gone wants no answer
}

// front is the ticket in front at this window, as far as the hall has told.
func (c *Counter) front() string {
	hall, _ := c.agent.Hall()
	for _, w := range hall.Windows {
		if w.ID == c.own && w.Ticket != nil {
			return w.Ticket.ID
		}
	}
	return ""
}
