package payment

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"smarthall/internal/calendar"
)

// Provider is an outer system that people pay through: the province's unified
// payment platform, a bank, a wallet. Its calls end with their context.
type Provider interface {
	// Name is a stable word.
	Name() string
	// Demo tells that no money moves.
	Demo() bool
	// Create makes a payment for an order and returns the provider's reference
	// and the page where it is paid. Asked again for the same order it returns
	// the same.
	Create(ctx context.Context, i Intent) (reference, page string, err error)
	// Query tells what became of a payment.
	Query(ctx context.Context, reference string) (Status, error)
	// Refund gives all of a payment back. Asked again it does nothing.
	Refund(ctx context.Context, reference, reason string) error
	// Statement lists what was paid and refunded on a day.
	Statement(ctx context.Context, day calendar.Day) ([]Entry, error)
	// Callback reads what the provider says by itself; ErrForged if it isn't
	// the provider who says it.
	Callback(r *http.Request, body []byte) (reference string, err error)
}

// Intent is what shall be paid.
type Intent struct {
	Order  string `json:"order"`
	Title  string `json:"title"`
	Amount int64  `json:"amount" doc:"fen"`
	// Return is the page that the payer comes back to, Notify where the
	// provider tells that something happened.
	Return string `json:"return"`
	Notify string `json:"notify"`
}

// Status is what became of a payment.
type Status struct {
	Paid     bool      `json:"paid"`
	Refunded bool      `json:"refunded"`
	Amount   int64     `json:"amount"`
	At       time.Time `json:"at"`
}

// Entry is one line of a statement.
type Entry struct {
	Reference string `json:"reference"`
	// Amount is in fen and positive, also of what was given back.
	Amount int64 `json:"amount"`
	Refund bool  `json:"refund,omitempty"`
}

// What providers say.
var (
	// ErrForged says that a callback isn't the provider's.
	ErrForged = errors.New("the callback isn't the provider's")
	// ErrNoPayment says that the provider doesn't know the reference.
	ErrNoPayment = errors.New("the provider doesn't know the payment")
)

// Sign is the signature of what is sent between the platform and a provider:
// HMAC-SHA256 over the time in seconds, a line break and the body, in hex.
func Sign(key []byte, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "\n"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// The headers of a signed message, and by how much clocks may differ.
const (
	HeaderTime      = "X-Payment-Time"
	HeaderSignature = "X-Payment-Signature"
	clockSkew       = 5 * time.Minute
)

// verify tells whether a message is signed with key, and now.
func verify(key []byte, header http.Header, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(header.Get(HeaderTime), 10, 64)
	if err != nil {
		return ErrForged
	}
	at := time.Unix(seconds, 0)
	if skew := now.Sub(at); skew > clockSkew || skew < -clockSkew {
		return ErrForged
	}
	if !hmac.Equal([]byte(Sign(key, at, body)), []byte(header.Get(HeaderSignature))) {
		return ErrForged
	}
	return nil
}

// Nowhere is the provider of a platform that has none: fees are paid at the
// window.
type Nowhere struct{}

var errNowhere = errors.New("no payment provider is configured")

// Name implements Provider; all others likewise.
func (Nowhere) Name() string { return "window" }

func (Nowhere) Demo() bool { return false }

func (Nowhere) Create(context.Context, Intent) (reference, page string, err error) {
	return "", "", errNowhere
}

func (Nowhere) Query(context.Context, string) (Status, error) { return Status{}, errNowhere }

func (Nowhere) Refund(context.Context, string, string) error { return errNowhere }

func (Nowhere) Statement(context.Context, calendar.Day) ([]Entry, error) { return nil, nil }

func (Nowhere) Callback(*http.Request, []byte) (string, error) { return "", ErrForged }
