package exchange

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"smarthall/internal/gm"
	"smarthall/platform/internal/store"
)

// Entry is one line of the ledger.
type Entry struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	What      string    `json:"what" enum:"queued,sent,acknowledged,refused,failed,dead,received,replayed,abandoned"`
	Direction Direction `json:"direction"`
	Member    string    `json:"member"`
	Message   string    `json:"message"`
	Service   string    `json:"service"`
	// Digest is of what the message says.
	Digest string `json:"digest"`
	Hash   string `json:"hash"`
}

// The words of the ledger.
const (
	wasQueued       = "queued"
	wasSent         = "sent"
	wasAcknowledged = "acknowledged"
	wasRefused      = "refused"
	wasFailed       = "failed"
	wasDead         = "dead"
	wasReceived     = "received"
	wasReplayed     = "replayed"
	wasAbandoned    = "abandoned"
)

// note writes a message's trace. It is the last thing a transaction does, after
// the audit log: from here on others wait for its commit.
func (s *Service) note(ctx context.Context, tx *store.Tx, what string, m *Message) error {
	e := Entry{At: tx.Now, What: what, Direction: m.Direction, Member: m.Member, Message: m.ID, Service: m.Service, Digest: m.digest}
	var before string
	err := tx.QueryRowContext(ctx, `UPDATE exchange_ledger_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, hash`).Scan(&e.Seq, &before)
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	e.Hash = e.chain(before)
	if _, err := tx.ExecContext(ctx, `UPDATE exchange_ledger_head SET hash = $1 WHERE one = 1`, e.Hash); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO exchange_ledger (seq, at, what, direction, member, message, service, digest, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Seq, store.Millis(e.At), e.What, string(e.Direction), e.Member, e.Message, e.Service, e.Digest, e.Hash)
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

func (e *Entry) chain(before string) string {
	return gm.Chain(before, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(store.Millis(e.At), 10), e.What, string(e.Direction), e.Member, e.Message, e.Service, e.Digest)
}

const selectEntries = `SELECT seq, at, what, direction, member, message, service, digest, hash FROM exchange_ledger `

func scanEntry(row interface{ Scan(...any) error }) (e Entry, err error) {
	var at int64
	err = row.Scan(&e.Seq, &at, &e.What, &e.Direction, &e.Member, &e.Message, &e.Service, &e.Digest, &e.Hash)
	e.At = store.Time(at)
	return e, err
}

// Trace is what happened to a message, the oldest first.
func (s *Service) trace(ctx context.Context, message string) ([]Entry, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectEntries+`WHERE message = $1 ORDER BY seq LIMIT 500`, message)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer rows.Close()
	list := []Entry{}
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// VerifyLedger reads the whole ledger and tells how many entries it has. One that
// was changed, added or taken out is ErrBroken.
func (s *Service) VerifyLedger(ctx context.Context) (n int64, err error) {
	var head int64
	var last string
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT seq, hash FROM exchange_ledger_head WHERE one = 1`).Scan(&head, &last); err != nil {
		return 0, fmt.Errorf("verify the ledger: %w", err)
	}
	rows, err := s.Store.Read().QueryContext(ctx, selectEntries+`WHERE seq <= $1 ORDER BY seq`, head)
	if err != nil {
		return 0, fmt.Errorf("verify the ledger: %w", err)
	}
	defer rows.Close()
	before := ""
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return n, fmt.Errorf("verify the ledger: %w", err)
		}
		if e.Seq != n+1 || e.Hash != e.chain(before) {
			return n, ErrBroken.With("交换台账第 " + strconv.FormatInt(n+1, 10) + " 条被改动过")
		}
		n, before = e.Seq, e.Hash
	}
	if err := rows.Err(); err != nil {
		return n, fmt.Errorf("verify the ledger: %w", err)
	}
	if n != head || before != last {
		return n, ErrBroken.With("交换台账的末尾被改动过")
	}
	return n, nil
}
