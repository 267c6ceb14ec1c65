package message

import (
	"context"
	"fmt"
	"time"

	"smarthall/platform/internal/store"
)

// keptInOutbox is how many messages the outbox page goes back.
const keptInOutbox = 1000

// outbox is the provider of a city without gateways: it puts what it is given
// on a page of ours.
type outbox struct {
	conf ProviderSettings
	s    *Service
}

// Name implements Provider.
func (p *outbox) Name() string { return p.conf.Name }

// Channel implements Provider.
func (p *outbox) Channel() Channel { return p.conf.Channel }

// Receipts implements Provider.
func (p *outbox) Receipts() bool { return false }

// Send implements Provider. A code is shown in a demo only.
func (p *outbox) Send(ctx context.Context, o Order) (string, error) {
	text := o.Text.Text
	if o.Secret && !p.s.Demo {
		text = ""
	}
	return o.ID, p.s.Store.Write(ctx, "put a message in the outbox", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO message_outbox (id, at, channel, address, title, text) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
			o.ID, store.Millis(tx.Now), string(o.Channel), p.s.vault.Seal(kindText, o.To.Whole()), o.Title, p.s.vault.Seal(kindText, text))
		return err
	})
}

// Posted is a message as the outbox page shows it.
type Posted struct {
	ID      string
	At      time.Time
	Channel Channel
	// Address is masked unless it is a demo.
	Address, Title, Text string
}

// Outbox is what the provider without a gateway was given, the newest first.
func (s *Service) Outbox(ctx context.Context, limit int) ([]Posted, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, at, channel, address, title, text FROM message_outbox ORDER BY at DESC, id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	defer rows.Close()
	var list []Posted
	for rows.Next() {
		var p Posted
		var at int64
		if err := rows.Scan(&p.ID, &at, &p.Channel, &p.Address, &p.Title, &p.Text); err != nil {
			return nil, fmt.Errorf("read the outbox: %w", err)
		}
		for _, sealed := range []*string{&p.Address, &p.Text} {
			if *sealed, err = s.open(kindText, *sealed); err != nil {
				return nil, fmt.Errorf("open message %s: %w", p.ID, err)
			}
		}
		if !s.Demo {
			p.Address = mask(p.Address)
		}
		p.At = store.Time(at).In(s.Zone)
		list = append(list, p)
	}
	return list, rows.Err()
}
