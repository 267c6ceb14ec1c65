package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// Failure is why an attempt failed; empty if it didn't. Each has a sentence in
// package view under this code.
type Failure string

// The failures.
const (
	FailedStatus      Failure = "webhook.status"      // an answer that isn't 2xx
	FailedRedirect    Failure = "webhook.redirect"    // told to go elsewhere
	FailedGone        Failure = "webhook.gone"        // 410: the receiver wants no more
	FailedTimeout     Failure = "webhook.timeout"     // no answer in time
	FailedAddress     Failure = "webhook.address"     // an address the hall never talks to
	FailedTLS         Failure = "webhook.tls"         // the certificate isn't good
	FailedUnreachable Failure = "webhook.unreachable" // no connection, or one that broke
)

// Attempt is one request to a receiver and what came of it.
type Attempt struct {
	// Failure is empty if the receiver took it.
	Failure Failure
	// Status is the receiver's answer; 0 if there was none.
	Status int
	Took   time.Duration

	// after is how long the receiver asks to be left alone.
	after time.Duration
}

// OK tells whether the receiver took the delivery.
func (a Attempt) OK() bool { return a.Failure == "" }

// maxAnswer is how much of a receiver's answer is read, in bytes: enough to
// use the connection again after an ordinary one.
const maxAnswer = 4 << 10

// userAgent names the hall to receivers.
const userAgent = "SmartHall-Webhook/1"

// send posts body to h, one at a time for each webhook. The error is that of
// ctx; everything the receiver does wrong is in the Attempt.
func (s *Service) send(ctx context.Context, h *hook, id string, body []byte) (Attempt, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return Attempt{}, fmt.Errorf("wait for the webhook's turn: %w", ctx.Err())
	}
	begun := time.Now()
	out, err := s.post(ctx, h, id, body)
	out.Took = time.Since(begun)
	if err != nil {
		if ctx.Err() != nil {
			return out, fmt.Errorf("deliver to the webhook: %w", ctx.Err())
		}
		out.Failure = classify(err)
	}
	return out, nil
}

func (s *Service) post(ctx context.Context, h *hook, id string, body []byte) (Attempt, error) {
	ctx, cancel := context.WithTimeout(ctx, s.pace.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return Attempt{}, fmt.Errorf("make the request: %w", err)
	}
	now := time.Now() // not the hall's clock, which may rehearse another day
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(HeaderID, id)
	req.Header.Set(HeaderTimestamp, timestamp(now))
	req.Header.Set(HeaderSignature, h.secret.Sign(id, now, body))
	resp, err := s.client.Do(req)
	if err != nil {
		return Attempt{}, fmt.Errorf("post: %w", err)
	}
	defer resp.Body.Close()
	// The status is the answer; a body that breaks off changes nothing.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return judge(resp), nil
}

// judge reads a receiver's answer.
func judge(resp *http.Response) Attempt {
	out := Attempt{Status: resp.StatusCode}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
	case resp.StatusCode == http.StatusGone:
		out.Failure = FailedGone
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		out.Failure = FailedRedirect
	default:
		out.Failure = FailedStatus
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
			out.after = time.Duration(min(seconds, maxAfter)) * time.Second
		}
	}
	return out
}

// maxAfter bounds what a receiver may ask for by Retry-After, in seconds.
const maxAfter = 3600

// classify names what went wrong before there was an answer.
func classify(err error) Failure {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var network net.Error
	switch {
	case errors.Is(err, errAddress):
		return FailedAddress
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return FailedTLS
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return FailedTimeout
	default:
		return FailedUnreachable
	}
}
