package message

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"smarthall/platform/internal/store"
)

// Limits of what a gateway posts.
const (
	maxReceipts    = 500
	maxReceiptBody = 256 << 10
)

// Receipt is a provider's word about a notice.
type Receipt struct {
	// ID is the notice's, as it was in the order.
	ID string `json:"id"`
	// State is delivered, pending, temporary-failure, permanent-failure, or
	// opted-out: the person wants no more messages.
	State  string `json:"state"`
	Reason string `json:"reason"`
}

// stateOptedOut is the word for a person who wants no more messages.
const stateOptedOut = "opted-out"

// What becomes of a receipt.
const (
	receiptTaken   = "taken"
	receiptStale   = "stale"   // it changes nothing any more
	receiptUnknown = "unknown" // no such notice, or another provider's
)

// Taken counts what became of the receipts of one request.
type Taken struct {
	Taken   int `json:"taken"`
	Ignored int `json:"ignored" doc:"Unknown, another provider's, or too late to change anything"`
}

// Receipts takes what a provider says of notices. The body must be signed with
// the provider's secret, within five minutes; the same one again changes
// nothing. A receipt never brings a delivered notice back, and tells of nobody
// else's.
func (s *Service) Receipts(ctx context.Context, provider, id, stamp, signature string, body []byte) (Taken, error) {
	var out Taken
	if !s.signers[provider].Verify(id, stamp, signature, body, time.Now()) {
		return out, ErrSignature
	}
	list, err := parseReceipts(body)
	if err != nil {
		return out, err
	}
	var outcomes []string
	err = s.Store.Write(ctx, "take receipts", func(tx *store.Tx) error {
		outcomes = nil
		fresh, err := tx.Take(ctx, "message-receipt/"+provider+"/"+id)
		if err != nil || !fresh {
			return err
		}
		for _, r := range list {
			outcome, err := s.receive(ctx, tx, provider, r)
			if err != nil {
				return fmt.Errorf("receipt of %s: %w", r.ID, err)
			}
			outcomes = append(outcomes, outcome)
		}
		return nil
	})
	for _, outcome := range outcomes {
		s.counts.add(receiptDesc, provider, outcome)
		if outcome == receiptTaken {
			out.Taken++
		}
	}
	out.Ignored = len(list) - out.Taken
	return out, err
}

// parseReceipts reads an object or a list of them.
func parseReceipts(body []byte) ([]Receipt, error) {
	text := strings.TrimSpace(string(body))
	if strings.HasPrefix(text, "{") {
		text = "[" + text + "]"
	}
	var list []Receipt
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
		return nil, ErrReceipt.Because(err)
	}
	if len(list) > maxReceipts {
		return nil, ErrReceipt.With(fmt.Sprintf("一次最多 %d 条回执", maxReceipts))
	}
	for i, r := range list {
		switch State(r.State) {
		case Delivered, Pending, TemporaryFailure, PermanentFailure, stateOptedOut:
		default:
			return nil, ErrReceipt.Wrong(fmt.Sprintf("%d.state", i), "状态有误")
		}
		if r.ID == "" || len(r.ID) > maxID {
			return nil, ErrReceipt.Wrong(fmt.Sprintf("%d.id", i), "编号有误")
		}
	}
	return list, nil
}

// receive takes one receipt.
func (s *Service) receive(ctx context.Context, tx *store.Tx, provider string, in Receipt) (string, error) {
	// The update makes whoever saves the same notice wait.
	r, err := scanRow(tx.QueryRowContext(ctx, `UPDATE message_notice SET key = key WHERE id = $1 RETURNING `+rowColumns, in.ID))
	if store.IsNone(err) {
		return receiptUnknown, nil
	}
	if err != nil {
		return "", err
	}
	state := State(in.State)
	if r.provider != provider && (!r.isSpent(provider) || state != Delivered) {
		return receiptUnknown, nil
	}
	if r.state.final() {
		return receiptStale, nil
	}
	reason := short(in.Reason)
	if err := addTry(ctx, tx, r.id, r.channel, provider, try{in.State, reason, ""}); err != nil {
		return "", err
	}
	switch state {
	case Delivered:
		r.state, r.reason = Delivered, ""
		if r.secret {
			r.vars = ""
		}
	case Pending:
		r.state, r.reason = Pending, reason
	case TemporaryFailure:
		r.fallBack(provider, markFault, reason, tx)
	default:
		r.fallBack(provider, markRefused, reason, tx)
		if in.State == stateOptedOut {
			if err := s.optOut(ctx, tx, r, provider); err != nil {
				return "", err
			}
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE message_notice SET state = $1, reason = $2, spent = $3, tries = $4, due = $5, changed = $6, vars = $7, lease = 0 WHERE id = $8`,
		string(r.state), r.reason, r.spent, r.tries, store.Millis(r.due), store.Millis(tx.Now), r.vars, r.id)
	return receiptTaken, err
}

// fallBack lets a notice go another way, if it has one.
func (r *row) fallBack(provider, mark, reason string, tx *store.Tx) {
	if reason == "" {
		reason = "未能送达"
	}
	r.spend(provider, mark)
	r.state, r.reason, r.due = Created, reason, tx.Now
}

// optOut notes that a person wants no more messages at the address that the
// notice went to.
func (s *Service) optOut(ctx context.Context, tx *store.Tx, r row, provider string) error {
	contact, err := s.contact(ctx, r)
	if err != nil {
		return err
	}
	address := contact.Phone
	if r.channel == Email {
		address = contact.Email
	}
	if address == "" || mask(address) != r.address {
		return nil // it went to another one
	}
	return s.suppress(ctx, tx, address, OptedOut, provider)
}
