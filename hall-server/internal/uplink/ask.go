package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"smarthall/internal/bus"
	"smarthall/internal/problem"
)

// What people are told when the platform can't be asked.
var (
	errAlone = problem.New(http.StatusServiceUnavailable, "platform.none", "本大厅没有接入市级平台，请到窗口查询")
	errAway  = problem.New(http.StatusServiceUnavailable, "platform.away", "连不上市级平台，请稍后再试或扫码在手机上查")
)

// Ask asks the platform about a topic for somebody who waits, and reads its
// answer into answer; from is the machine where she stands. A refusal, also that
// the platform is away or too slow, is a *problem.Problem. It works on nil: a
// hall on its own.
func (s *Service) Ask(ctx context.Context, topic, from string, question, answer any) error {
	if s == nil {
		return errAlone
	}
	s.mu.Lock()
	b := s.bus
	s.mu.Unlock()
	if b == nil {
		return errAway
	}
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("ask the platform: %w", err)
	}
	q, err := json.Marshal(bus.Question{From: from, Body: body})
	if err != nil {
		return fmt.Errorf("ask the platform: %w", err)
	}
	data, err := b.Ask(ctx, topic, q)
	if errors.Is(err, bus.ErrAway) {
		s.count("ask-away")
		return errAway
	}
	if err != nil {
		return fmt.Errorf("ask the platform: %w", err)
	}
	var reply bus.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		return fmt.Errorf("read the platform's answer: %w", err)
	}
	s.count("ask")
	if p := reply.Problem; p != nil {
		if p.Status == http.StatusInternalServerError {
			return errAway // its technicians are told by its own log
		}
		return p
	}
	if err := json.Unmarshal(reply.Body, answer); err != nil {
		return fmt.Errorf("read the platform's answer: %w", err)
	}
	return nil
}
