package agent

import (
	"context"
	"log/slog"

	"smarthall/internal/link"
)

// maxForgets is how many receipts may wait for the spool.
const maxForgets = 256

// forget drops what the hall has received from the spool, until ctx ends. It
// runs beside the connection, for a disk may take its time.
func (c *Client) forget(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-c.forgets:
			if err := c.settle(ctx, m); err != nil && ctx.Err() == nil {
				c.cfg.Log.Error("spooled message kept", slog.Any("err", err))
			}
		}
	}
}

// settle notes the receipt m, or a refusal that is as good as one.
func (c *Client) settle(ctx context.Context, m link.Message) error {
	offline, err := c.cfg.Spool.Waits(ctx, m.Re)
	if err != nil {
		return err
	}
	if !offline {
		return c.cfg.Spool.Forget(ctx, m.Re)
	}
	refused := m.Type == link.TypeError
	var receipt link.Received
	if refused {
		var p link.Problem
		if err := m.Into(&p); err != nil {
			return err
		}
		c.cfg.Log.Error("offline ticket refused by the hall", slog.String("ticket", m.Re), slog.String("code", p.Code))
		if p.Code == codeUnsupported {
			return nil // an older hall; a newer one will want it
		}
	} else if err := m.Into(&receipt); err != nil {
		return err
	}
	released, _, err := c.cfg.Spool.Settle(ctx, m.Re, refused, receipt.Withdrawn)
	if err != nil {
		return err
	}
	c.mu.Lock()
	s := c.conn
	c.mu.Unlock()
	if s != nil {
		for _, m := range released {
			s.send(m)
		}
	}
	if c.cfg.Settled != nil {
		c.cfg.Settled()
	}
	return nil
}

// codeUnsupported is how a hall refuses messages of a type that it doesn't know.
const codeUnsupported = "link.unsupported"
