// Package message tells people things: one service for all contexts, with
// versioned templates, channels (SMS, e-mail, the portal's own inbox, WeChat),
// quotas and receipts. A notice flows in within the transaction of what it
// tells of, and out by the first of its channels that takes it.
package message

import (
	"context"

	"smarthall/platform/internal/store"
)

// Channel is a way to reach somebody.
type Channel string

// The channels.
const (
	SMS    Channel = "sms"
	Email  Channel = "email"
	Inbox  Channel = "inbox" // the person's space on the portal (站内消息)
	WeChat Channel = "wechat"
)

// Notice is one thing to tell one person.
type Notice struct {
	// Template is the key of its text, such as identity.code.
	Template string
	// Key makes a notice that is sent again the same one; empty: each is new.
	Key string
	To  To
	// Vars fill the template's gaps.
	Vars map[string]string
	// Secret notices hold a code: their text is forgotten once it is delivered
	// and stands in no log.
	Secret bool
}

// To is whom a notice is for. What is empty isn't known; a person's id is
// enough for the inbox.
type To struct {
	Person string // id
	Phone  string
	Email  string
}

// Sender sends notices. Send stores the notice in the transaction; it is on its
// way once that is committed. An unknown template or a missing variable is an
// error of the caller.
type Sender interface {
	Send(ctx context.Context, tx *store.Tx, n Notice) error
}
