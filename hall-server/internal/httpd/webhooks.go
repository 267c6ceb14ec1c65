package httpd

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/webhook"
)

// WebhookView is a webhook as managers see it.
type WebhookView struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Events  []string  `json:"events" doc:"Types of events it is told of; empty means all"`
	State   string    `json:"state" enum:"active,retrying,suspended" doc:"retrying: the next delivery has failed and is tried again; suspended: given up until it is resumed"`
	Created time.Time `json:"created"`
	By      string    `json:"by" doc:"Who registered it"`
	Pending int       `json:"pending" doc:"How many events it still has to be told of"`
	// Secret is only there in the answer to its registration.
	Secret      string          `json:"secret,omitempty" doc:"Shown once, when the webhook is registered"`
	LastSuccess *time.Time      `json:"lastSuccess,omitempty"`
	LastError   *WebhookFailure `json:"lastError,omitempty" doc:"The latest failed attempt"`
	Attempts    int             `json:"attempts,omitempty" doc:"How often the next delivery has failed"`
	NextTry     *time.Time      `json:"nextTry,omitempty" doc:"When it is tried again"`
	Suspended   *time.Time      `json:"suspended,omitempty" doc:"Since when it is suspended; lastError says why"`
}

// WebhookFailure is why a delivery failed.
type WebhookFailure struct {
	At     time.Time `json:"at"`
	Code   string    `json:"code" doc:"Stable, for machines" example:"webhook.timeout"`
	Status int       `json:"status,omitempty" doc:"HTTP status, if there was an answer"`
	Detail string    `json:"detail" doc:"The same for people"`
}

// WebhookAttempt is what came of a test.
type WebhookAttempt struct {
	OK           bool   `json:"ok"`
	Status       int    `json:"status,omitempty" doc:"HTTP status, if there was an answer"`
	Code         string `json:"code,omitempty" doc:"Why it failed, for machines" example:"webhook.timeout"`
	Detail       string `json:"detail,omitempty" doc:"The same for people"`
	Milliseconds int    `json:"milliseconds" doc:"How long it took"`
}

// WebhookRef names a webhook in a path.
type WebhookRef struct {
	Keyed
	ID string `path:"id" maxLength:"40"`
}

type webhookOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true if the request had been done before"`
	Body     WebhookView
}

type webhooksOutput struct {
	Body struct {
		Webhooks []WebhookView `json:"webhooks"`
	}
}

// webhookOperations declares the webhooks' routes, and what they send.
func (a *api) webhookOperations(
	h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation,
) {
	huma.Register(h, post("register-webhook", "/webhooks", "Have events sent to a URL, from the next one on", http.StatusCreated), a.registerWebhook)
	huma.Register(h, get("list-webhooks", "/webhooks", "List the webhooks and how they fare"), a.listWebhooks)
	huma.Register(h, huma.Operation{
		OperationID: "remove-webhook", Method: http.MethodDelete, Path: prefix + "/webhooks/{id}",
		Summary: "Stop telling a URL", DefaultStatus: http.StatusNoContent, Errors: problemStatuses,
	}, a.removeWebhook)
	huma.Register(h, post("test-webhook", "/webhooks/{id}/test", "Send a webhook.test event now and tell what came of it", 0), a.testWebhook)
	huma.Register(h, post("resume-webhook", "/webhooks/{id}/resume", "Go on with a suspended webhook where it stopped, or try again now", 0), a.resumeWebhook)
	describeEvents(h.OpenAPI())
}

// describeEvents declares the requests that the hall sends to receivers.
func describeEvents(doc *huma.OpenAPI) {
	body := doc.Components.Schemas.Schema(reflect.TypeFor[webhook.Event](), true, "HallEvent")
	text := func(name, what string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: what, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	doc.Webhooks = map[string]*huma.PathItem{"event": {Post: &huma.Operation{
		OperationID: "event", Summary: "Something happened in the hall (Standard Webhooks)",
		Parameters: []*huma.Param{
			text(webhook.HeaderID, "Idempotency key of the delivery, the same in every attempt"),
			text(webhook.HeaderTimestamp, "Time of the attempt in Unix seconds"),
			text(webhook.HeaderSignature, "v1, and the HMAC-SHA256 of id.timestamp.body in base64"),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body}}},
		Responses: map[string]*huma.Response{
			"2XX": {Description: "Taken"}, "410": {Description: "No more, please: the webhook is removed"},
			"default": {Description: "Tried again later"},
		},
	}}}
}

func (a *api) registerWebhook(ctx context.Context, in *struct {
	Keyed
	Body struct {
		URL    string   `json:"url" minLength:"1" maxLength:"500" format:"uri" doc:"http or https; not followed if it redirects"`
		Events []string `json:"events,omitempty" required:"false" maxItems:"100" doc:"Types of events, such as ticket.called; empty means all"`
		Secret string   `json:"secret,omitempty" maxLength:"100" doc:"whsec_ and 24 to 64 bytes in base64; made by the hall if absent"`
	}
},
) (*webhookOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	status, secret, again, err := a.Webhooks.Register(ctx, webhook.Registration{
		URL: in.Body.URL, Events: in.Body.Events, Secret: in.Body.Secret, Creator: actor(ctx), Key: in.Key,
	})
	if err != nil {
		return nil, a.problem(err)
	}
	out := &webhookOutput{Body: a.webhookView(status)}
	out.Body.Secret = secret.Text()
	if again {
		out.Replayed = "true"
	}
	return out, nil
}

func (a *api) listWebhooks(ctx context.Context, _ *struct{}) (*webhooksOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	list, err := a.Webhooks.List(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &webhooksOutput{}
	out.Body.Webhooks = make([]WebhookView, 0, len(list))
	for _, status := range list {
		out.Body.Webhooks = append(out.Body.Webhooks, a.webhookView(status))
	}
	return out, nil
}

func (a *api) removeWebhook(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*struct{}, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	if err := a.Webhooks.Remove(ctx, in.ID); err != nil {
		return nil, a.problem(err)
	}
	return nil, nil
}

func (a *api) resumeWebhook(ctx context.Context, in *WebhookRef) (*webhookOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	status, err := a.Webhooks.Resume(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return &webhookOutput{Body: a.webhookView(status)}, nil
}

func (a *api) testWebhook(ctx context.Context, in *WebhookRef) (*struct{ Body WebhookAttempt }, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	attempt, err := a.Webhooks.Test(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &struct{ Body WebhookAttempt }{WebhookAttempt{
		OK: attempt.OK(), Status: attempt.Status, Code: string(attempt.Failure), Milliseconds: int(attempt.Took.Milliseconds()),
	}}
	if !attempt.OK() {
		out.Body.Detail = a.failureText(string(attempt.Failure), attempt.Status)
	}
	return out, nil
}

// failureText is a failed delivery in words.
func (a *api) failureText(code string, status int) string {
	return a.View.Problem(queue.Refuse(queue.Unavailable, code, "status", strconv.Itoa(status))).Detail
}

func (a *api) webhookView(s webhook.Status) WebhookView {
	out := WebhookView{
		ID: s.ID, URL: s.URL, Events: s.Events, State: string(s.State), Created: s.Created, By: s.Creator, Pending: s.Pending,
		Attempts: s.Attempts, LastSuccess: known(s.LastSuccess), NextTry: known(s.NextTry), Suspended: known(s.Suspended),
	}
	if !s.LastFailure.IsZero() {
		out.LastError = &WebhookFailure{At: s.LastFailure, Code: s.Failure, Status: s.Status, Detail: a.failureText(s.Failure, s.Status)}
	}
	return out
}

// known is t, or nil if it is zero.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
