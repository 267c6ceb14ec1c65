package message

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// Fault says which part of handing a message over went wrong. Its text never
// holds what was sent, nor to whom.
type Fault struct {
	What string
	Err  error
}

// Error implements error.
func (f *Fault) Error() string { return f.What }

// Unwrap returns the cause, which may hold the provider's address.
func (f *Fault) Unwrap() error { return f.Err }

// maxAnswer bounds what a gateway may answer, in bytes.
const maxAnswer = 64 << 10

// gateway is an HTTP service that sends SMS, WeChat messages or mail. It is
// given one order a request as signed JSON.
type gateway struct {
	conf   ProviderSettings
	secret Secret
	client *http.Client
}

func newGateway(conf ProviderSettings) (*gateway, error) {
	text, err := readSecretFile(conf.SecretFile)
	if err != nil {
		return nil, err
	}
	secret, err := ParseSecret(text)
	if err != nil {
		return nil, err
	}
	return &gateway{conf, secret, &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: workers, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name implements Provider.
func (g *gateway) Name() string { return g.conf.Name }

// Channel implements Provider.
func (g *gateway) Channel() Channel { return g.conf.Channel }

// Receipts implements Provider.
func (g *gateway) Receipts() bool { return g.conf.Receipts }

// gatewayOrder is the body of a request.
type gatewayOrder struct {
	ID       string            `json:"id"`
	Channel  Channel           `json:"channel"`
	To       string            `json:"to"`
	Title    string            `json:"title,omitempty"`
	Text     string            `json:"text"`
	Template string            `json:"template"`
	Code     string            `json:"code,omitempty"`
	Vars     map[string]string `json:"vars"`
}

// gatewayAnswer is the body of its answer.
type gatewayAnswer struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Send implements Provider. A gateway that can't be reached, is slow, breaks or
// talks nonsense is asked again; one that says no to this message (4xx but 408
// and 429) isn't.
func (g *gateway) Send(ctx context.Context, o Order) (string, error) {
	body, err := json.Marshal(gatewayOrder{o.ID, o.Channel, o.To.Whole(), o.Title, o.Text.Text, o.Template, o.Code, o.Vars})
	if err != nil {
		return "", fmt.Errorf("encode an order: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.conf.URL, bytes.NewReader(body))
	if err != nil {
		return "", &Fault{"the gateway's address is wrong", err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Idempotency-Key", o.ID)
	g.secret.Sign(req.Header, o.ID, time.Now(), body) // the gateway compares it with its own clock
	resp, err := g.client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return "", &Fault{"the gateway did not answer in time", err}
		}
		return "", &Fault{"the gateway can't be reached", err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(data) > maxAnswer {
		return "", &Fault{"the gateway's answer broke off or is too long", err}
	}
	return judge(resp.StatusCode, data)
}

// judge reads a gateway's answer.
func judge(status int, data []byte) (string, error) {
	var answer gatewayAnswer
	err := json.Unmarshal(data, &answer)
	switch {
	case status >= 200 && status < 300:
		if err != nil && len(data) > 0 {
			return "", &Fault{"the gateway's answer is no JSON", err}
		}
		return short(answer.ID), nil
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		reason := short(answer.Reason)
		if reason == "" {
			reason = "网关回答 " + strconv.Itoa(status)
		}
		return "", &Refusal{reason}
	default:
		return "", &Fault{"the gateway answered " + strconv.Itoa(status), nil}
	}
}

// short makes what a provider says fit for a table and a page.
func short(text string) string {
	if !utf8.ValidString(text) {
		return ""
	}
	return clean(text, 100)
}
