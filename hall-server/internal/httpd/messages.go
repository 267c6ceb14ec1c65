package httpd

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
)

// receiptPurpose names the secret that gateways send their receipts with.
const receiptPurpose = "message receipts"

// messageOperations declares the routes of messages to citizens.
func (a *api) messageOperations(
	h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation,
) {
	huma.Register(h, get("list-messages", "/messages", "List messages to citizens, the newest first"), a.listMessages)
	huma.Register(h, post("retry-message", "/messages/{id}/retry", "Send a message again that failed or was dropped", 0), a.retryMessage)
}

// MessageView is a message to a citizen's phone.
type MessageView struct {
	ID      string `json:"id"`
	Ticket  string `json:"ticket"`
	Number  string `json:"number"`
	Event   string `json:"event" enum:"soon,called,recalled,returned,missed"`
	Channel string `json:"channel" enum:"sms,wechat"`
	// Template is the version of the text.
	Template int    `json:"template" doc:"Version of the template"`
	Text     string `json:"text"`
	To       string `json:"to" doc:"The phone number, masked"`
	State    string `json:"state" enum:"pending,accepted,delivered,failed,dropped"`
	Reason   string `json:"reason,omitempty" doc:"Why it failed, was dropped or waits for another try"`
	Provider string `json:"provider,omitempty" doc:"Who took it last: outbox or http"`
	// Demo messages can be seen by staff and went to nobody.
	Demo      bool      `json:"demo,omitempty" doc:"Not really sent: the hall has no gateway"`
	Attempts  int       `json:"attempts"`
	CreatedAt time.Time `json:"createdAt"`
	ChangedAt time.Time `json:"changedAt"`
}

func messageView(m *message.Message) MessageView {
	return MessageView{
		ID: m.ID, Ticket: string(m.Ticket), Number: m.Number, Event: string(m.Event), Channel: string(m.Channel),
		Template: m.Version, Text: m.Text, To: m.Masked, State: string(m.State), Reason: m.Reason,
		Provider: m.Provider, Demo: m.Provider == message.ProviderOutbox, Attempts: m.Attempts,
		CreatedAt: m.Created.Std(), ChangedAt: m.Changed.Std(),
	}
}

// maxMessages is how many messages a list has at most.
const maxMessages = 500

type messagesInput struct {
	Ticket string `query:"ticket" maxLength:"40" doc:"Id or number of a ticket"`
	State  string `query:"state" enum:"pending,accepted,delivered,failed,dropped"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type messagesOutput struct {
	Body struct {
		Messages []MessageView `json:"messages"`
		TimeZone string        `json:"timeZone" doc:"The hall's, an IANA name"`
		// ReceiptURL is where a gateway posts receipts; administrators see it.
		ReceiptURL string `json:"receiptUrl,omitempty" doc:"Where the gateway posts delivery receipts; for administrators"`
	}
}

func (a *api) listMessages(ctx context.Context, in *messagesInput) (*messagesOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	list, err := a.Messages.List(ctx, message.Filter{
		Ticket: queue.TicketID(in.Ticket), State: message.State(in.State), Limit: cmp.Or(min(in.Limit, maxMessages), maxMessages),
	})
	if err != nil {
		return nil, a.problem(err)
	}
	out := &messagesOutput{}
	out.Body.TimeZone = a.Hall.Hall().TimeZone
	out.Body.Messages = make([]MessageView, 0, len(list))
	for i := range list {
		out.Body.Messages = append(out.Body.Messages, messageView(&list[i]))
	}
	if access.From(ctx).Role == access.Admin {
		base := strings.TrimRight(cmp.Or(a.Hall.Hall().URL, a.View.URL), "/")
		out.Body.ReceiptURL = base + prefix + "/messages/receipts?secret=" + a.Keys.Secret(receiptPurpose)
	}
	return out, nil
}

func (a *api) retryMessage(ctx context.Context, in *struct {
	Keyed
	ID string `path:"id" maxLength:"40"`
},
) (*struct{ Body MessageView }, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	m, err := a.Messages.Again(ctx, in.ID)
	switch {
	case errors.Is(err, message.ErrUnknown):
		return nil, a.problem(queue.Refuse(queue.NotFound, "message.unknown"))
	case errors.Is(err, message.ErrState):
		return nil, a.problem(queue.Refuse(queue.Conflict, "message.wrong-state"))
	case err != nil:
		return nil, a.problem(err)
	}
	a.Log.Info("message sent again", slog.String("message", m.ID), slog.String("by", actor(ctx)))
	return &struct{ Body MessageView }{messageView(&m)}, nil
}

// receipts takes what a gateway reports of messages, in its own words, so it
// stands outside of the described API. The secret comes as a header or, for
// gateways that can't set one, in the address.
func (a *api) receipts(w http.ResponseWriter, r *http.Request) {
	if !a.Keys.Shares(receiptPurpose, cmp.Or(r.Header.Get("Smarthall-Secret"), r.URL.Query().Get("secret"))) {
		a.write(w, unauthenticated())
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		a.write(w, newProblem(http.StatusRequestEntityTooLarge, "request.too-large", "请求内容过大"))
		return
	}
	settings := a.Messages.Settings()
	conf := settings.Channel(message.Channel(r.URL.Query().Get("channel")))
	list, err := conf.Gateway.Receipt.ParseReceipts(data)
	if err != nil {
		p := newProblem(http.StatusUnprocessableEntity, "request.invalid", "请求内容有误")
		p.Errors = []FieldError{{Message: err.Error()}}
		a.write(w, p)
		return
	}
	unknown := false
	for _, receipt := range list {
		err := a.Messages.Receive(r.Context(), receipt)
		if unknown = unknown || errors.Is(err, message.ErrUnknown); err != nil && !errors.Is(err, message.ErrUnknown) {
			a.Log.Error("store a receipt", slog.Any("error", err))
			a.write(w, newProblem(http.StatusInternalServerError, "internal", "系统出错，请联系技术人员"))
			return
		}
	}
	if unknown {
		p := a.View.Problem(queue.Refuse(queue.NotFound, "message.unknown"))
		a.write(w, newProblem(p.Status, p.Code, p.Detail))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
