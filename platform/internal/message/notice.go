package message

import (
	"database/sql"
	"time"

	"smarthall/platform/internal/store"
)

// State is where a notice is on its way, after GOV.UK Notify.
type State string

// The states.
const (
	Created   State = "created" // waits to be handed to a provider, for the first time or again
	Sending   State = "sending" // a provider has it; its receipt is awaited
	Delivered State = "delivered"
	// Pending: the network tries on, for instance because the phone is off.
	Pending State = "pending"
	// TemporaryFailure: it didn't arrive in time; sending it again may help.
	TemporaryFailure State = "temporary-failure"
	// PermanentFailure: it can't be sent to this person as things are.
	PermanentFailure State = "permanent-failure"
	// TechnicalFailure: the fault is ours.
	TechnicalFailure State = "technical-failure"
)

// States lists every state.
func States() []State {
	return []State{Created, Sending, Delivered, Pending, TemporaryFailure, PermanentFailure, TechnicalFailure}
}

// final tells whether a provider can still be heard of it.
func (s State) final() bool { return s != Created && s != Sending && s != Pending }

// row is a notice as it is stored.
type row struct {
	id, key, template  string
	version            int
	person             string
	phone, email, vars string // sealed
	secret, inbox      bool
	urgent             bool
	seen               int64
	state              State
	channel            Channel
	provider, address  string
	reason, spent      string
	tries, attempts    int
	created, due       time.Time
	expires, changed   time.Time
}

const rowColumns = `id, key, template, version, person, phone, email, vars, secret, urgent, inbox, seen, state, channel, provider, address,
	reason, spent, tries, attempts, created, due, expires, changed`

const selectRow = `SELECT ` + rowColumns + ` FROM message_notice`

func scanRow(from interface{ Scan(...any) error }) (r row, err error) {
	var created, due, expires, changed int64
	err = from.Scan(&r.id, &r.key, &r.template, &r.version, &r.person, &r.phone, &r.email, &r.vars, &r.secret, &r.urgent, &r.inbox, &r.seen, &r.state,
		&r.channel, &r.provider, &r.address, &r.reason, &r.spent, &r.tries, &r.attempts, &created, &due, &expires, &changed)
	r.created, r.due, r.expires, r.changed = store.Time(created), store.Time(due), store.Time(expires), store.Time(changed)
	return r, err
}

// open reads what is sealed; what is empty stays empty.
func (s *Service) open(kind, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	return s.vault.Open(kind, sealed)
}

// scanRows reads and closes rows of selectRow.
func scanRows(rows *sql.Rows) (list []row, err error) {
	defer rows.Close()
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
