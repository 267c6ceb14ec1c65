// Package citizencard turns the code of a citizen card that an agent's scanner
// read into its holder: the code flows to the hall, which has the city's card
// centre asked, and an identity flows back as from a card that was laid. Codes and
// holders are in memory only, and in no log.
package citizencard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/codes"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

const (
	// patience is how long somebody waits for the hall, which gives the platform
	// five seconds.
	patience = 7 * time.Second
	// maxAnswer is the longest answer, in bytes.
	maxAnswer = 64 << 10
)

// errAway is what people are told where the hall itself isn't reached.
var errAway = agent.Refuse(http.StatusServiceUnavailable, "card.away", "暂时连不上市民卡中心，请使用身份证")

// Is tells whether a scanned text is the code of a citizen card, as the hall has
// told the agent.
func Is(hall *link.HallView, text string) bool {
	patterns := make([]string, 0, len(hall.CitizenCards))
	for _, card := range hall.CitizenCards {
		patterns = append(patterns, card.Pattern)
	}
	return codes.IsCard(text, patterns)
}

// Resolver asks the hall whose cards codes stand for. It is safe for concurrent
// use.
type Resolver struct {
	address, token string
	client         *http.Client
	log            *slog.Logger
}

// New returns a resolver that asks the hall whose link is at an address.
func New(hall, token string, log *slog.Logger) (*Resolver, error) {
	u, err := url.Parse(hall)
	if err != nil {
		return nil, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	return &Resolver{
		address: scheme + "://" + u.Host + "/api/v1/citizen-card", token: token, log: log,
		client: &http.Client{
			Timeout:   patience,
			Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, Proxy: nil},
			// A token goes to the hall and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Resolve asks for a code's holder. Its error says in one sentence what to do.
func (r *Resolver) Resolve(ctx context.Context, code string) (device.Identity, error) {
	body, err := json.Marshal(link.CardCode{Code: code})
	if err != nil {
		return device.Identity{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address, bytes.NewReader(body))
	if err != nil {
		return device.Identity{}, fmt.Errorf("ask whose card it is: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		r.log.Warn("citizen card not resolved", slog.Any("err", err))
		return device.Identity{}, errAway
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(data) > maxAnswer {
		r.log.Warn("citizen card not resolved", slog.Int("status", resp.StatusCode), slog.Any("err", err))
		return device.Identity{}, errAway
	}
	if resp.StatusCode != http.StatusOK {
		return device.Identity{}, r.refusal(resp.StatusCode, data)
	}
	id, err := identity(data)
	if err != nil {
		r.log.Warn("citizen card not resolved", slog.Any("err", err))
		return device.Identity{}, errAway
	}
	return id, nil
}

// refusal is the hall's no as a page is told it.
func (r *Resolver) refusal(status int, data []byte) error {
	var p problem.Problem
	if json.Unmarshal(data, &p) == nil && p.Code != "" && p.Detail != "" {
		return agent.Refuse(status, p.Code, p.Detail)
	}
	r.log.Warn("citizen card not resolved", slog.Int("status", status))
	return errAway
}

// identity reads a holder. Its errors show nothing of it.
func identity(data []byte) (device.Identity, error) {
	var h link.CardHolder
	if json.Unmarshal(data, &h) != nil || h.Name == "" {
		return device.Identity{}, errors.New("the hall's answer names nobody")
	}
	id, err := codes.ParseID(h.IDNumber, time.Now())
	if err != nil {
		return device.Identity{}, fmt.Errorf("the hall's answer: %w", err)
	}
	sex := "女"
	if id.Male {
		sex = "男"
	}
	return device.Identity{Kind: device.CitizenCard, Name: h.Name, Number: h.IDNumber, Sex: sex, Birth: id.Birth}, nil
}
