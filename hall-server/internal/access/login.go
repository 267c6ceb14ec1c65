package access

import (
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/time/rate"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
)

// Door checks passwords of staff and slows down whoever guesses.
type Door struct {
	hall *hall.Live
	mu   sync.Mutex
	// tries limits failures by account; guarded by mu.
	tries map[string]*rate.Limiter
	// Seen is told of everybody who was let in; nil tells nobody. It is set
	// before the first sign-in.
	Seen func(staff string)
}

// Guessing is slowed to one try in ten seconds after five failures in a row.
const (
	freeTries  = 5
	retryAfter = 10 * time.Second
	// maxPassword is what bcrypt looks at, in bytes.
	maxPassword = 72
)

// decoy is compared with when there is no such account, so that the answer
// takes the same time.
var decoy = []byte("$2a$10$4OzDmqjL8/F5v6FyUgIh3es047QJYHM0dAe8e7jAG3zxnhgD8otOy")

// NewDoor returns a Door for the staff of the hall in force.
func NewDoor(live *hall.Live) *Door {
	return &Door{hall: live, tries: make(map[string]*rate.Limiter)}
}

// Enter returns the member of staff whose password this is, or a *queue.Refusal.
func (d *Door) Enter(id, password string, now time.Time) (hall.Staff, error) {
	person, known := d.hall.Hall().Person(id)
	if !d.mayTry(id, known, now) {
		return hall.Staff{}, queue.Refuse(queue.Unavailable, "request.limit")
	}
	hash := decoy
	if known {
		hash = []byte(person.Password)
	}
	right := len(password) <= maxPassword && bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil
	if !known || !right {
		return hall.Staff{}, queue.Refuse(queue.Forbidden, "staff.password")
	}
	if person.Disabled {
		return hall.Staff{}, queue.Refuse(queue.Forbidden, "staff.disabled")
	}
	d.mu.Lock()
	delete(d.tries, id)
	d.mu.Unlock()
	if d.Seen != nil {
		d.Seen(id)
	}
	return person, nil
}

// Holds tells whether claims still stand: those of a session end when the
// person is disabled, removed or given another role.
func (d *Door) Holds(c Claims) bool {
	if !c.Session {
		return true
	}
	person, known := d.hall.Hall().Person(c.Subject)
	return known && !person.Disabled && Role(person.Role) == c.Role
}

// mayTry counts a try. Unknown accounts share one count, so that the table
// stays as small as the staff.
func (d *Door) mayTry(id string, known bool, now time.Time) bool {
	if !known {
		id = ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.tries[id]
	if l == nil {
		l = rate.NewLimiter(rate.Every(retryAfter), freeTries)
		d.tries[id] = l
	}
	return l.AllowN(now, 1)
}
