package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// carryWait is how long a member may take to answer.
const carryWait = 15 * time.Second

// HTTP carries envelopes by POST to ADDRESS/exchange/messages. What counts is the
// signature of the answer: a status without a signed receipt is no answer.
type HTTP struct {
	client *http.Client
	wait   time.Duration
}

// NewHTTP returns a carrier that waits so long for an answer.
func NewHTTP(wait time.Duration) *HTTP {
	// A redirect would carry people's data to somebody else.
	return &HTTP{&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, wait}
}

// errAnswer says that an answer isn't one.
var errAnswer = errors.New("the answer can't be believed")

// Carry implements Carrier.
func (h *HTTP) Carry(ctx context.Context, address string, envelope []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/exchange/messages", bytes.NewReader(envelope))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // nothing more is read
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxEnvelope+1))
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("it answers with status %d", res.StatusCode)
	case len(answer) > maxEnvelope:
		return nil, fmt.Errorf("%w: it is too large", errAnswer)
	}
	return answer, nil
}
