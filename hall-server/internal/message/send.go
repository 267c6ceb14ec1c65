package message

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Limits of the sender.
const (
	senders = 8                // messages that are on their way to a gateway at once
	rest    = 20 * time.Second // how long after its time-out a message is sent again that was under way at a crash
)

// Reasons in Chinese, for managers.
const (
	reasonStale   = "时机已过，没有发送"
	reasonOff     = "此渠道已关闭，没有发送"
	reasonDenied  = "群众已关闭提醒，没有发送"
	reasonPhone   = "该号码今天的消息已达上限"
	reasonHall    = "大厅今天的消息已达上限"
	reasonSealed  = "号码无法读取"
	reasonTries   = "多次发送都没有成功"
	reasonWaiting = "网关暂时没有接收，稍后重发"
)

// send hands messages over until ctx ends, then waits for those under way.
func (s *Service) send(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, senders)
	tick := time.NewTicker(s.conf.Look)
	defer tick.Stop()
	for {
		more := s.sendDue(ctx, free, &running)
		if more && ctx.Err() == nil {
			// Wait for a sender instead of the next tick.
			select {
			case free <- struct{}{}:
				<-free
				continue
			case <-ctx.Done():
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// sendDue starts a sender for each message that is due; true means that there
// may be more.
func (s *Service) sendDue(ctx context.Context, free chan struct{}, running *sync.WaitGroup) bool {
	room := cap(free) - len(free)
	if room == 0 {
		return true
	}
	now := s.now()
	due, err := s.conf.Table.DueMessages(ctx, now, room)
	if err != nil {
		if ctx.Err() == nil {
			s.conf.Log.Error("read due messages", slog.Any("error", err))
		}
		return false
	}
	orders, err := s.claim(ctx, due, now)
	if err != nil {
		if ctx.Err() == nil {
			s.conf.Log.Error("claim due messages", slog.Any("error", err))
		}
		return false
	}
	for _, o := range orders {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			s.deliver(ctx, o)
		})
	}
	return len(due) == room
}

// claimed is a message that is about to be handed over.
type claimed struct {
	Message
	phone    Phone
	provider Provider
}

// claim notes durably that messages are on their way, and drops those that
// must not be sent any more.
func (s *Service) claim(ctx context.Context, due []Message, now queue.Time) ([]claimed, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	settings := s.conf.Settings()
	s.conf.Core.Read(func(state *queue.State, _ queue.Time) {
		for i := range due {
			if m := &due[i]; !m.holds(state.Tickets[m.Ticket]) || now >= m.Expires {
				m.State, m.Reason = Dropped, reasonStale
			}
		}
	})
	var orders []claimed
	ahead := make(map[string]int) // claimed in this round, by person; all under ""
	for i := range due {
		m := &due[i]
		m.Changed = now
		if m.State != Pending {
			continue
		}
		why, err := s.refuse(ctx, m, &settings, ahead)
		if err != nil {
			return nil, err
		}
		phone, err := s.conf.Vault.Open(PhoneKind, m.To)
		if err != nil && why == "" {
			why = reasonSealed
		}
		if why != "" {
			m.State, m.Reason = Dropped, why
			continue
		}
		conf := settings.Channel(m.Channel)
		provider := s.provider(conf)
		if m.Attempts == 0 {
			ahead[""]++
			ahead[m.Person]++
		}
		m.Attempts++
		m.Provider, m.Due = provider.Name(), now.Add(cmp.Or(conf.Gateway.Timeout, gatewayTimeout)+rest)
		orders = append(orders, claimed{*m, Phone(phone), provider})
	}
	if len(due) == 0 {
		return nil, nil
	}
	return orders, s.conf.Table.SaveMessages(ctx, due)
}

// refuse says why m may not be sent now, or "".
func (s *Service) refuse(ctx context.Context, m *Message, settings *Settings, ahead map[string]int) (string, error) {
	conf := settings.Channel(m.Channel)
	if !conf.carries(m.Event, m.Vars.Zone) {
		return reasonOff, nil
	}
	if !s.wants(conf, m.Ticket, m.Channel) {
		return reasonDenied, nil
	}
	if m.Attempts > 0 {
		return "", nil // counted already
	}
	hall, phone, err := s.conf.Table.SentMessages(ctx, m.Day, m.Person)
	if err != nil {
		return "", err
	}
	switch {
	case settings.PerPhone > 0 && phone+ahead[m.Person] >= settings.PerPhone:
		return reasonPhone, nil
	case settings.PerHall > 0 && hall+ahead[""] >= settings.PerHall:
		return reasonHall, nil
	}
	return "", nil
}

func (s *Service) provider(conf *ChannelSettings) Provider {
	if conf.Provider == ProviderHTTP {
		return &httpGateway{conf: conf.Gateway, client: s.client}
	}
	return Outbox{}
}

// deliver hands one message over and stores what came of it.
func (s *Service) deliver(ctx context.Context, c claimed) {
	receipt, err := c.provider.Send(ctx, Order{
		ID: c.ID, Channel: c.Channel, To: c.phone, Event: c.Event, Text: c.Text, Code: c.Code, Vars: c.Vars,
	})
	if err != nil && ctx.Err() != nil {
		return // the hall stops; after the restart it is tried again
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	m := s.outcome(c.Message, receipt, err)
	s.report(m, err)
	// What was sent must be known even if the hall stops now.
	ctx = context.WithoutCancel(ctx)
	if now, err := s.conf.Table.Message(ctx, m.ID); err == nil && now.State != Pending {
		m.State, m.Reason = now.State, now.Reason // a receipt was faster than the answer
	}
	if err := s.conf.Table.SaveMessages(ctx, []Message{m}); err != nil {
		s.conf.Log.Error("store what became of a message", slog.String("message", m.ID), slog.Any("error", err))
	}
}

// outcome is m after a try that ended with receipt or err.
func (s *Service) outcome(m Message, receipt Receipt, err error) Message {
	m.Changed = s.now()
	var refusal *Refusal
	switch {
	case err == nil:
		if early, ok := s.takeEarly(receipt.ID); ok {
			receipt.State, receipt.Reason = early.State, early.Reason
		}
		m.State, m.Receipt, m.Reason = receipt.State, receipt.ID, s.withoutNumber(m, receipt.Reason)
	case errors.As(err, &refusal):
		m.State, m.Reason = Failed, s.withoutNumber(m, refusal.Reason)
	case m.Attempts >= s.conf.Retry.Tries:
		m.State, m.Reason = Failed, reasonTries
	default:
		m.Reason, m.Due = reasonWaiting, m.Changed.Add(s.conf.Retry.after(m.Attempts))
	}
	return m
}

// report logs what became of m. Gateways' words stay out of the log: they may
// repeat the number.
func (s *Service) report(m Message, err error) {
	attrs := []slog.Attr{
		slog.String("message", m.ID), slog.String("event", string(m.Event)), slog.String("provider", m.Provider),
		slog.String("state", string(m.State)), slog.Int("attempts", m.Attempts),
	}
	if err == nil {
		s.handed.Add(1)
		s.conf.Log.LogAttrs(context.Background(), slog.LevelDebug, "message handed over", attrs...)
		return
	}
	s.failed.Add(1)
	var fault *Fault
	if errors.As(err, &fault) {
		attrs = append(attrs, slog.String("fault", fault.What))
	}
	s.conf.Log.LogAttrs(context.Background(), slog.LevelWarn, "message not handed over", attrs...)
}

// maxReason bounds what a gateway may say, in characters.
const maxReason = 200

// withoutNumber keeps m's number out of words that come from outside.
func (s *Service) withoutNumber(m Message, words string) string {
	if phone, err := s.conf.Vault.Open(PhoneKind, m.To); err == nil && phone != "" {
		words = strings.ReplaceAll(words, phone, m.Masked)
	}
	if r := []rune(words); len(r) > maxReason {
		words = string(r[:maxReason]) + "…"
	}
	return words
}
