package audit

import (
	"context"
	"errors"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

// Routes declares the operations of the log. Nobody but the auditor reads it,
// and nobody changes it. nameOf tells what a member of staff is called; empty
// if it isn't known.
func (l *Log) Routes(r *httpd.Router, nameOf func(ctx context.Context, staff string) string) {
	auditor := access.StaffWith(access.RoleAuditor)
	op := func(id, method, path, summary string) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: auditor, Tag: "audit"}
	}
	httpd.Register(r, op("list-audit", http.MethodGet, "/audit", "Read the audit log, the newest entry first"), l.getEntries(nameOf))
	httpd.Register(r, op("verify-audit", http.MethodPost, "/audit/verification", "Check that nothing in the log was changed, added or taken out"), l.postVerification)
}

type entriesInput struct {
	Actor  string    `query:"actor" maxLength:"40" doc:"Whose doings: an id"`
	Action string    `query:"action" maxLength:"60" doc:"context.verb; context alone means all of it"`
	Object string    `query:"object" maxLength:"120" doc:"Done to what: an id"`
	Since  time.Time `query:"since"`
	Until  time.Time `query:"until"`
	Before int64     `query:"before" minimum:"0" doc:"Number of the last entry of the page before"`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// EntryView is an entry as the auditor reads it.
type EntryView struct {
	Seq       int64       `json:"seq"`
	At        time.Time   `json:"at"`
	ActorKind access.Kind `json:"actorKind" doc:"person, staff, hall, system; empty: nobody was signed in"`
	Actor     string      `json:"actor"`
	// ActorName is that of a member of staff; people's names stay out of it.
	ActorName string  `json:"actorName,omitempty"`
	Action    string  `json:"action"`
	Object    string  `json:"object"`
	Outcome   Outcome `json:"outcome"`
	Detail    string  `json:"detail,omitempty"`
}

type entriesOutput struct {
	Body struct {
		Entries []EntryView `json:"entries"`
	}
}

func (l *Log) getEntries(nameOf func(ctx context.Context, staff string) string) func(context.Context, *entriesInput) (*entriesOutput, error) {
	return func(ctx context.Context, in *entriesInput) (*entriesOutput, error) {
		list, err := l.Find(ctx, Filter{
			Actor: in.Actor, Action: in.Action, Object: in.Object, Since: in.Since, Until: in.Until, Before: in.Before, Limit: in.Limit,
		})
		if err != nil {
			return nil, err
		}
		names := map[string]string{}
		out := &entriesOutput{}
		out.Body.Entries = make([]EntryView, len(list))
		for i, e := range list {
			if _, known := names[e.Actor.ID]; !known && e.Actor.Kind == access.Staff {
				names[e.Actor.ID] = nameOf(ctx, e.Actor.ID)
			}
			out.Body.Entries[i] = EntryView{
				Seq: e.Seq, At: e.At, ActorKind: e.Actor.Kind, Actor: e.Actor.ID, ActorName: names[e.Actor.ID], Action: e.Action, Object: e.Object,
				Outcome: e.Outcome, Detail: e.Detail,
			}
		}
		return out, nil
	}
}

type none struct{}

type verificationOutput struct {
	Body struct {
		Whole   bool   `json:"whole" doc:"Every entry is as it was written"`
		Entries int64  `json:"entries" doc:"How many are, up to the first that isn't"`
		Problem string `json:"problem,omitempty"`
	}
}

// verifyWait bounds how long a check may read.
const verifyWait = 2 * time.Minute

// ErrSlow says that the log is too long to be checked at once.
var ErrSlow = fault.New(fault.Unavailable, "audit.slow", "日志较多，校验未能及时完成，请稍后重试")

// postVerification checks the log, and writes into it that somebody did.
func (l *Log) postVerification(ctx context.Context, _ *none) (*verificationOutput, error) {
	reading, cancel := context.WithTimeout(ctx, verifyWait)
	defer cancel()
	n, err := l.Verify(reading)
	out := &verificationOutput{}
	out.Body.Entries, out.Body.Whole = n, err == nil
	outcome := Done
	switch {
	case errors.Is(err, ErrBroken):
		out.Body.Problem, outcome = err.Error(), Refused
	case err != nil && reading.Err() != nil && ctx.Err() == nil:
		return nil, ErrSlow.Because(err)
	case err != nil:
		return nil, err
	}
	return out, l.Write(ctx, Entry{Action: "audit.verify", Object: "log", Outcome: outcome, Detail: out.Body.Problem})
}
