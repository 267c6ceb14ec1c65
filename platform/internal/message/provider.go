package message

import (
	"context"
	"log/slog"

	"smarthall/internal/privacy"
)

// Address is a phone number or an e-mail address in full. It shows itself
// masked wherever it is printed; only a provider asks for the whole.
type Address string

// Whole is the address itself.
func (a Address) Whole() string { return string(a) }

// String implements fmt.Stringer, GoString fmt.GoStringer, LogValue
// slog.LogValuer: all of them masked.
func (a Address) String() string { return mask(string(a)) }

// GoString implements fmt.GoStringer.
func (a Address) GoString() string { return a.String() }

// LogValue implements slog.LogValuer.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Order is what a provider is asked to send.
type Order struct {
	// ID names the notice; a retry has the same.
	ID      string
	Channel Channel
	To      Address
	Text
	// Code is the template's name at the gateway, Vars what fills it.
	Template, Code string
	Vars           map[string]string
	// Secret orders hold a code.
	Secret bool
}

// Provider takes messages to people.
type Provider interface {
	// Name tells providers apart.
	Name() string
	// Channel is what it sends by; empty means any.
	Channel() Channel
	// Receipts tells whether it says later what became of a message. One that
	// doesn't is believed when it takes it.
	Receipts() bool
	// Send hands o over and returns the provider's own name of it once it has
	// it. The error is a *Refusal if trying again there is of no use; after any
	// other the same order comes again. It ends with ctx.
	Send(ctx context.Context, o Order) (receipt string, err error)
}

// Refusal is a provider's last word: the message can't be sent.
type Refusal struct {
	// Reason is shown to staff, in Chinese or in the provider's own words.
	Reason string
}

// Error implements error.
func (r *Refusal) Error() string { return "the message was refused: " + r.Reason }

// mask hides most of a phone number or an e-mail address.
func mask(address string) string {
	for i, r := range address {
		if r == '@' {
			return address[:min(1, i)] + "***" + address[i:]
		}
	}
	return privacy.MaskPhone(address)
}
