// Package link is the language that agents and the hall-server speak, and that
// an agent's own pages speak with their agent: one JSON envelope over a
// WebSocket, with the bodies declared in this package.
//
// Going down, the hall sends a snapshot and then deltas, each with the next
// sequence number of the hall's stream. Going up, an agent sends commands,
// each with an id that is also its idempotency key and that the answer names
// in re, and facts (a device's state, a print confirmation) that need no rule.
//
// The package imports neither end. docs/link.md and the TypeScript types in
// internal/ui are generated from it.
package link

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version is the link's wire version, bumped whenever an old peer could
// misread a new one. Fields are added without a new version, never re-meant.
//
//   - version 1 (2026-11): hello, snapshot, deltas, commands, facts
const Version = 1

// Subprotocol is the WebSocket sub-protocol that both ends must agree on.
const Subprotocol = "smarthall.v1"

// Limits of one message, in bytes. A longer message closes the connection.
const (
	// MaxUp bounds what an agent may send.
	MaxUp = 64 << 10
	// MaxDown bounds what the hall may send; a snapshot of a full day fits.
	MaxDown = 4 << 20
)

// Heartbeat timing, the same at both ends. A peer that is silent for
// HeartbeatTimeout is taken as gone, so that the board shows it within 15 s.
const (
	HeartbeatEvery   = 4 * time.Second
	HeartbeatTimeout = 12 * time.Second
)

// Message is the envelope of everything that crosses the link.
type Message struct {
	// Type is noun.verb: the imperative for a command, the past tense for a fact.
	Type Type `json:"type"`
	// ID names a command; it is its idempotency key. Empty on facts and deltas.
	ID string `json:"id,omitempty"`
	// Re is the ID of the command that this message answers.
	Re string `json:"re,omitempty"`
	// Seq is the place in the hall's stream; 0 on what isn't part of the stream.
	Seq uint64 `json:"seq,omitempty"`
	// At is the sender's clock when it sent the message.
	At time.Time `json:"at"`
	// Body is the JSON object that Type names in this package.
	Body json.RawMessage `json:"body,omitempty"`
}

// Type names a kind of message.
type Type string

// New returns a message of type t around body, which must marshal to JSON.
func New(t Type, at time.Time, body any) (Message, error) {
	m := Message{Type: t, At: at}
	if body == nil {
		return m, nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return m, fmt.Errorf("encode %s: %w", t, err)
	}
	m.Body = raw
	return m, nil
}

// ErrMalformed says that bytes from a peer aren't a message.
var ErrMalformed = errors.New("malformed link message")

// Decode reads one message. Unknown fields are ignored, so that an older peer
// understands a newer one; a missing type or an oversized id is an error.
func Decode(data []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(data, &m); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if m.Type == "" {
		return Message{}, fmt.Errorf("%w: no type", ErrMalformed)
	}
	if len(m.ID) > MaxKey || len(m.Re) > MaxKey {
		return Message{}, fmt.Errorf("%w: id longer than %d bytes", ErrMalformed, MaxKey)
	}
	return m, nil
}

// MaxKey is the longest idempotency key, in bytes.
const MaxKey = 128

// Into decodes m's body into body.
func (m Message) Into(body any) error {
	if len(m.Body) == 0 {
		return nil
	}
	if err := json.Unmarshal(m.Body, body); err != nil {
		return fmt.Errorf("%w: body of %s: %w", ErrMalformed, m.Type, err)
	}
	return nil
}

// Role is what an agent is, and so what it is told and may ask.
type Role string

// The roles of agents.
const (
	RoleKiosk   Role = "kiosk"
	RoleCounter Role = "counter"
	RoleDisplay Role = "display"
)
