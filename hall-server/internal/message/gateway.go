package message

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault says which part of handing a message over went wrong. Its text never
// holds what was sent.
type Fault struct {
	What string
	Err  error
}

// Error implements error.
func (f *Fault) Error() string { return f.What }

// Unwrap returns the cause, which may hold the gateway's address.
func (f *Fault) Unwrap() error { return f.Err }

// httpGateway is the provider of a hall that has one. It posts one order a
// request, in the words that the settings give it.
type httpGateway struct {
	conf   Gateway
	client *http.Client
}

// Limits and defaults of gateways.
const (
	gatewayTimeout = 10 * time.Second
	maxAnswer      = 64 << 10
	maxSecret      = 4 << 10
)

// defaultBody is for gateways that have no habits of their own.
const defaultBody = `{"id":"{id}","phone":"{phone}","text":"{text}"}`

// Name implements Provider.
func (g *httpGateway) Name() string { return ProviderHTTP }

// Send implements Provider. A gateway that can't be reached, is slow, breaks or
// talks nonsense is asked again; one that says no to this message isn't.
func (g *httpGateway) Send(ctx context.Context, o Order) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(g.conf.Timeout, gatewayTimeout))
	defer cancel()
	req, err := g.request(ctx, o)
	if err != nil {
		return Receipt{}, err
	}
	resp, err := g.client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return Receipt{}, &Fault{"the gateway did not answer in time", err}
		}
		return Receipt{}, &Fault{"the gateway can't be reached", err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(data) > maxAnswer {
		return Receipt{}, &Fault{"the gateway's answer broke off or is too long", err}
	}
	return g.conf.judge(resp.StatusCode, data)
}

func (g *httpGateway) request(ctx context.Context, o Order) (*http.Request, error) {
	values := o.Vars.values()
	values["phone"], values["text"], values["id"] = o.To.Digits(), o.Text, o.ID
	values["code"], values["event"] = o.Code, string(o.Event)
	if g.conf.SecretFile != "" {
		secret, err := readSecret(g.conf.SecretFile)
		if err != nil {
			return nil, &Fault{"the gateway's secret can't be read", err}
		}
		values["secret"] = secret
	}
	body, err := fillJSON(cmp.Or(g.conf.Body, defaultBody), values)
	if err != nil {
		return nil, &Fault{"the gateway's body is not JSON", err}
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(g.conf.Method, http.MethodPost), g.conf.URL, bytes.NewReader(body))
	if err != nil {
		return nil, &Fault{"the gateway's address is wrong", err}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range g.conf.Headers {
		req.Header.Set(name, oneLine(fill(value, values)))
	}
	return req, nil
}

// oneLine keeps a value inside its header.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the gateway's secret: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", fmt.Errorf("read the gateway's secret: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// fillJSON puts values into the strings of a JSON text, and nowhere else: no
// value can end its string.
func fillJSON(text string, values map[string]string) ([]byte, error) {
	doc, err := decode([]byte(text))
	if err != nil {
		return nil, err
	}
	return json.Marshal(fillStrings(doc, values))
}

func fillStrings(v any, values map[string]string) any {
	switch v := v.(type) {
	case string:
		return fill(v, values)
	case []any:
		for i := range v {
			v[i] = fillStrings(v[i], values)
		}
	case map[string]any:
		for name := range v {
			v[name] = fillStrings(v[name], values)
		}
	}
	return v
}

// decode reads one JSON value and keeps numbers as they are written.
func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode JSON: more than one value")
	}
	return v, nil
}

// judge reads a gateway's answer.
func (g *Gateway) judge(status int, data []byte) (Receipt, error) {
	doc, err := decode(data)
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		return Receipt{}, &Fault{"the gateway answered " + strconv.Itoa(status), nil}
	}
	said, ok := field(doc, g.Success.Field)
	reason, _ := field(doc, g.Success.Reason)
	if ok && slices.Contains(g.Success.Refused, said) {
		return Receipt{}, &Refusal{cmp.Or(reason, said)}
	}
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		return Receipt{}, &Refusal{cmp.Or(reason, "网关回答 "+strconv.Itoa(status))}
	}
	if g.Success.Field != "" {
		if err != nil || !ok {
			return Receipt{}, &Fault{"the gateway's answer says nothing of success", err}
		}
		if said != g.Success.Equals {
			return Receipt{}, &Fault{"the gateway did not take the message", nil}
		}
	}
	id, _ := field(doc, g.Success.ID)
	return Receipt{ID: id, State: Accepted}, nil
}

// field returns what stands at path, such as data.0.id, as text.
func field(doc any, path string) (string, bool) {
	if path == "" {
		return "", false
	}
	for part := range strings.SplitSeq(path, ".") {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v) {
				return "", false
			}
			doc = v[i]
		default:
			return "", false
		}
	}
	switch v := doc.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// maxReceipts bounds the receipts of one request.
const maxReceipts = 1000

// ParseReceipts reads what a gateway posts about messages it delivered or
// could not: an object, or a list of them.
func (m Mapping) ParseReceipts(data []byte) ([]Receipt, error) {
	doc, err := decode(data)
	if err != nil {
		return nil, err
	}
	list, ok := doc.([]any)
	if !ok {
		list = []any{doc}
	}
	if len(list) > maxReceipts {
		return nil, fmt.Errorf("read receipts: %d are too many", len(list))
	}
	good := m.Delivered
	if len(good) == 0 {
		good = []string{"delivered", "DELIVRD"}
	}
	var out []Receipt
	for i, item := range list {
		id, hasID := field(item, cmp.Or(m.ID, "id"))
		state, hasState := field(item, cmp.Or(m.State, "state"))
		if !hasID || id == "" || !hasState {
			return nil, fmt.Errorf("read receipts: number %d has no id or no state", i+1)
		}
		r := Receipt{ID: id, State: Delivered}
		if !slices.Contains(good, state) {
			reason, _ := field(item, cmp.Or(m.Reason, "reason"))
			r.State, r.Reason = Failed, cmp.Or(reason, state)
		}
		out = append(out, r)
	}
	return out, nil
}
