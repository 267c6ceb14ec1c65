package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// maxAnswer bounds what is read of an outer system's answer, in bytes.
const maxAnswer = 1 << 20

// ErrProverAway says that whoever confirms a proof doesn't answer.
var ErrProverAway = fault.New(fault.Unavailable, "identity.prover-away", "核验系统暂时没有回应，请稍后再试，或带身份证到服务窗口办理")

// boundedClient asks outer systems: never longer than timeout, never elsewhere
// than it was told to, and never reading more than maxAnswer.
func boundedClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout, Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// asked is a system that answers signed questions with yes or no: POST of JSON,
// signed as Standard Webhooks v1 are, answered by {"confirmed": true}.
type asked struct {
	name, url string
	secret    message.Secret
	client    *http.Client
}

// Name implements Prover and LegalRegister.
func (a *asked) Name() string { return a.name }

// confirm asks; a no is ErrProof, any other answer ErrProverAway.
func (a *asked) confirm(ctx context.Context, question any) error {
	var answer struct {
		Confirmed *bool `json:"confirmed"`
	}
	switch err := a.ask(ctx, question, &answer); {
	case err != nil:
		return err
	case answer.Confirmed == nil:
		return ErrProverAway.Because(fmt.Errorf("%s answered neither yes nor no", a.name))
	case !*answer.Confirmed:
		return ErrProof
	}
	return nil
}

// ask asks and reads the answer, or returns ErrProverAway.
func (a *asked) ask(ctx context.Context, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask %s: %w", a.name, err)
	}
	req.Header.Set("Content-Type", "application/json")
	a.secret.Sign(req.Header, store.NewID(), time.Now(), body)
	resp, err := a.client.Do(req)
	if err != nil {
		return ErrProverAway.Because(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return ErrProverAway.Because(fmt.Errorf("%s answered with status %d", a.name, resp.StatusCode))
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return ErrProverAway.Because(fmt.Errorf("read the answer of %s: %w", a.name, err))
	}
	return nil
}

// httpProver implements Prover by asking over HTTP.
type httpProver struct {
	*asked
	kind Proof
}

// Prove implements Prover.
func (p httpProver) Prove(ctx context.Context, name, number, value string) error {
	return p.confirm(ctx, struct {
		Kind   Proof  `json:"kind"`
		Name   string `json:"name"`
		Number string `json:"number"`
		Value  string `json:"value"`
	}{p.kind, name, number, value})
}

// httpRegister implements LegalRegister by asking over HTTP.
type httpRegister struct{ *asked }

// Confirm implements LegalRegister.
func (r httpRegister) Confirm(ctx context.Context, code, name, representative string) error {
	return r.confirm(ctx, struct {
		Code           string `json:"code"`
		Name           string `json:"name"`
		Representative string `json:"representative"`
	}{code, name, representative})
}
