package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"smarthall/internal/calendar"
)

// Gateway is a provider behind HTTP: JSON, each message signed on both sides
// (Sign). POST /payments, GET /payments/{reference}, POST
// /payments/{reference}/refund, GET /statements/{day}.
type Gateway struct {
	name string
	base string
	key  []byte
	http *http.Client
	now  func() time.Time
}

// Bounds of talking to a gateway.
const (
	gatewayWait  = 8 * time.Second
	gatewayBytes = 4 << 20
)

// NewGateway returns the provider at an https address; http is for tests and
// for the same machine.
func NewGateway(name, address string, key []byte, now func() time.Time) (*Gateway, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost") {
		return nil, fmt.Errorf("payment provider %s: the address must begin with https://", name)
	}
	if len(key) < 16 {
		return nil, fmt.Errorf("payment provider %s: the key must have 16 bytes at least", name)
	}
	client := &http.Client{Timeout: gatewayWait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Gateway{name: name, base: strings.TrimRight(address, "/"), key: key, http: client, now: now}, nil
}

// Name implements Provider.
func (g *Gateway) Name() string { return g.name }

// Demo implements Provider.
func (g *Gateway) Demo() bool { return false }

// Create implements Provider.
func (g *Gateway) Create(ctx context.Context, i Intent) (reference, page string, err error) {
	var out struct {
		Reference string `json:"reference"`
		Page      string `json:"page"`
	}
	if err := g.call(ctx, http.MethodPost, "/payments", i, &out); err != nil {
		return "", "", fmt.Errorf("create a payment: %w", err)
	}
	u, err := url.Parse(out.Page)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || out.Reference == "" || len(out.Reference) > 100 {
		return "", "", errors.New("create a payment: the provider's answer is incomplete")
	}
	return out.Reference, out.Page, nil
}

// Query implements Provider.
func (g *Gateway) Query(ctx context.Context, reference string) (st Status, err error) {
	if err := g.call(ctx, http.MethodGet, "/payments/"+url.PathEscape(reference), nil, &st); err != nil {
		return st, fmt.Errorf("query a payment: %w", err)
	}
	return st, nil
}

// Refund implements Provider.
func (g *Gateway) Refund(ctx context.Context, reference, reason string) error {
	body := map[string]string{"reason": reason}
	if err := g.call(ctx, http.MethodPost, "/payments/"+url.PathEscape(reference)+"/refund", body, nil); err != nil {
		return fmt.Errorf("refund a payment: %w", err)
	}
	return nil
}

// Statement implements Provider.
func (g *Gateway) Statement(ctx context.Context, day calendar.Day) ([]Entry, error) {
	var out struct {
		Entries []Entry `json:"entries"`
	}
	if err := g.call(ctx, http.MethodGet, "/statements/"+day.String(), nil, &out); err != nil {
		return nil, fmt.Errorf("get the statement of %s: %w", day, err)
	}
	return out.Entries, nil
}

// Callback implements Provider.
func (g *Gateway) Callback(r *http.Request, body []byte) (string, error) {
	if err := verify(g.key, r.Header, body, g.now()); err != nil {
		return "", err
	}
	var said struct {
		Reference string `json:"reference"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Reference == "" {
		return "", ErrForged
	}
	return said.Reference, nil
}

// call sends one signed message and reads the signed answer.
func (g *Gateway) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, gatewayWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := g.now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(HeaderTime, strconv.FormatInt(at.Unix(), 10))
	// What has no body is signed by its path.
	signed := body
	if body == nil {
		signed = []byte(path)
	}
	req.Header.Set(HeaderSignature, Sign(g.key, at, signed))
	res, err := g.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // nothing more is read
	answer, err := io.ReadAll(io.LimitReader(res.Body, gatewayBytes+1))
	switch {
	case err != nil:
		return err
	case len(answer) > gatewayBytes:
		return errors.New("the answer is too large")
	case res.StatusCode == http.StatusNotFound:
		return ErrNoPayment
	case res.StatusCode < 200 || res.StatusCode > 299:
		return fmt.Errorf("the provider answers with status %d", res.StatusCode)
	}
	if err := verify(g.key, res.Header, answer, g.now()); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}
