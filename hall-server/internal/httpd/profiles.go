package httpd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/profiles"
	"smarthall/hall-server/internal/profiles/history"
)

// profileOperations declares how technicians choose device models, and bring
// their own.
func (a *api) profileOperations(h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation) {
	const path = "/hall/profiles"
	huma.Register(h, get("list-profiles", path, "The device models that this hall knows: the shipped ones and its own"), a.listProfiles)
	huma.Register(h, get("get-profile-text", path+"/text", "A firmware profile of the hall's own, as it was uploaded"), a.profileText)
	check := post("check-profile", path+"/check", "Check a firmware profile as smarthall-profile check does, and keep nothing", 0)
	save := post("save-profile", path, "Keep a firmware profile of the hall's own and send it to the agents that use it", 0)
	check.MaxBodyBytes, save.MaxBodyBytes = 2*profiles.MaxText, 2*profiles.MaxText // JSON makes a text longer
	huma.Register(h, check, a.checkProfile)
	huma.Register(h, save, a.saveProfile)
	huma.Register(h, post("remove-profile", path+"/remove", "Take a firmware profile of the hall's own away that no device uses, or see what that would do", 0), a.removeProfile)
	a.profileVersionOperations(h, post, get)
}

// ProfileChange is who changes a profile on the grounds of what.
type ProfileChange struct {
	Base int64  `json:"base" minimum:"0" doc:"The profile's newest version that the change is made on, as its check says; 0 if it has none"`
	Note string `json:"note,omitempty" maxLength:"200" doc:"Why, for those who look back"`
}

// ProfileFile is a profile's file.
type ProfileFile struct {
	Text string `json:"text" minLength:"1" maxLength:"262144" doc:"The profile's YAML file"`
}

type reportOutput struct{ Body profiles.Report }

func (a *api) listProfiles(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Profiles []profiles.Model `json:"profiles"`
	}
}, error,
) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Profiles []profiles.Model `json:"profiles"`
		}
	}{}
	out.Body.Profiles = a.Profiles.List()
	return out, nil
}

// errNoProfile is the answer about a profile that the hall doesn't keep.
var errNoProfile = newProblem(http.StatusNotFound, "profile.unknown", "大厅没有这个自编型号")

func (a *api) profileText(ctx context.Context, in *struct {
	ID string `query:"id" required:"true" maxLength:"80" doc:"Such as acme/pad-7"`
},
) (*struct {
	Body struct {
		Text string `json:"text"`
	}
}, error,
) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	text, ok := a.Profiles.Text(in.ID)
	if !ok {
		return nil, inWordsOf(ctx, errNoProfile)
	}
	out := &struct {
		Body struct {
			Text string `json:"text"`
		}
	}{}
	out.Body.Text = text
	return out, nil
}

func (a *api) checkProfile(ctx context.Context, in *struct{ Body ProfileFile }) (*reportOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	if p := textFile(in.Body.Text); p != nil {
		return nil, inWordsOf(ctx, p)
	}
	return reportFor(ctx, a.Profiles.Check([]byte(in.Body.Text), seatsOf(a.Hall.Hall()))), nil
}

// reportFor is a report whose reasons are in the words of who asks.
func reportFor(ctx context.Context, r profiles.Report) *reportOutput {
	r.Plan = planFor(ctx, r.Plan)
	return &reportOutput{r}
}

func planFor(ctx context.Context, p profiles.Plan) profiles.Plan {
	p.Refused = slices.Clone(p.Refused)
	for i, reason := range p.Refused {
		p.Refused[i].Text = inWordsOf(ctx, newProblem(http.StatusConflict, reason.Code, reason.Text)).Detail
	}
	return p
}

// seatsOf are the devices that the hall's file assigns.
func seatsOf(h *hall.Hall) []profiles.Seat {
	var out []profiles.Seat
	for _, agent := range h.Agents {
		for _, d := range agent.Devices {
			out = append(out, profiles.Seat{Agent: cmp.Or(agent.Name, agent.ID), Device: d})
		}
	}
	return out
}

// textFile refuses what can't be a text file.
func textFile(text string) *Problem {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		return newProblem(http.StatusUnprocessableEntity, "profile.binary", "这不是文本文件")
	}
	return nil
}

// profileProblem is the answer to a profile with mistakes, in the words of who
// asks.
func profileProblem(ctx context.Context, report profiles.Report) *Problem {
	p := inWordsOf(ctx, newProblem(http.StatusUnprocessableEntity, "profile.invalid", "型号文件有错，没有保存"))
	said := *p
	english := p.Detail != "型号文件有错，没有保存"
	for _, m := range report.Mistakes {
		text := m.Message
		if english {
			text = m.MessageEN
		}
		said.Errors = append(said.Errors, FieldError{Location: m.Path, Line: m.Line, Column: m.Column, Message: text})
	}
	return &said
}

func (a *api) saveProfile(ctx context.Context, in *struct {
	Body struct {
		ProfileFile
		ProfileChange
	}
},
) (*reportOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	if p := textFile(in.Body.Text); p != nil {
		return nil, inWordsOf(ctx, p)
	}
	var report profiles.Report
	err := a.changeProfile(ctx, in.Body.ProfileChange, func(c profiles.Change) (err error) {
		report, err = a.Profiles.Save(ctx, []byte(in.Body.Text), c)
		return err
	})
	return a.savedProfile(ctx, "firmware profile saved", report, err)
}

// savedProfile answers a change that brought a text, and has the agents told.
func (a *api) savedProfile(ctx context.Context, what string, report profiles.Report, err error) (*reportOutput, error) {
	switch {
	case err != nil:
		return nil, a.notChanged(ctx, err)
	case report.Model == nil:
		return nil, profileProblem(ctx, report)
	case !report.Changed:
		return reportFor(ctx, report), nil
	}
	a.Log.Info("audit", slog.String("what", what), slog.String("profile", report.Model.ID),
		slog.String("revision", report.Model.Revision), slog.String("by", actor(ctx)))
	a.Saved(a.Hall.Hall()) // agents are told anew what they need
	return reportFor(ctx, report), nil
}

// changeProfile runs a change in the name of who asks, while nobody changes
// which devices there are.
func (a *api) changeProfile(ctx context.Context, in ProfileChange, do func(profiles.Change) error) error {
	who := access.From(ctx)
	return a.Hall.Hold(func(h *hall.Hall) error {
		person, _ := h.Person(who.Subject)
		return do(profiles.Change{
			Base: in.Base, By: actor(ctx), Name: cmp.Or(person.Name, who.Subject), Note: in.Note, Seats: seatsOf(h),
		})
	})
}

// notChanged is the answer to a change of a profile that can't be made.
func (a *api) notChanged(ctx context.Context, err error) error {
	var changed *profiles.Changed
	var refused *profiles.Refused
	switch {
	case errors.As(err, &changed):
		return inWordsOf(ctx, a.whoChangedProfile(changed))
	case errors.As(err, &refused):
		return inWordsOf(ctx, newProblem(http.StatusConflict, refused.Reasons[0].Code, refused.Reasons[0].Text))
	case errors.Is(err, profiles.ErrFull):
		return inWordsOf(ctx, newProblem(http.StatusConflict, "profile.full", "自编型号太多，请先删除不用的"))
	case errors.Is(err, profiles.ErrUnknown):
		return inWordsOf(ctx, errNoProfile)
	case errors.Is(err, profiles.ErrGone):
		return inWordsOf(ctx, newProblem(http.StatusConflict, "profile.gone", "这个版本是删除型号，没有可以恢复的内容"))
	case errors.Is(err, history.ErrNone):
		return inWordsOf(ctx, newProblem(http.StatusNotFound, "profile.version", "没有这个版本"))
	}
	return a.problem(err)
}

// whoChangedProfile says who was faster.
func (a *api) whoChangedProfile(c *profiles.Changed) *Problem {
	v := c.Newest
	if v.ID == 0 {
		return newProblem(http.StatusConflict, "profile.changed", "型号已有变动，请重新载入后再改")
	}
	at := v.At.In(a.Hall.Hall().Location()).Format("15:04")
	return newProblem(http.StatusConflict, "profile.changed", fmt.Sprintf("型号 %s 已由%s在 %s 修改，请重新载入后再改", v.Profile, v.Name, at))
}

func (a *api) removeProfile(ctx context.Context, in *struct {
	Body struct {
		ID string `json:"id" minLength:"1" maxLength:"80"`
		ProfileChange
		DryRun bool `json:"dryRun,omitempty" doc:"Only tell what that would do"`
	}
},
) (*struct{ Body profiles.Plan }, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	id := in.Body.ID
	plan, known := a.Profiles.CheckRemove(id, seatsOf(a.Hall.Hall()))
	if !known {
		return nil, inWordsOf(ctx, errNoProfile)
	}
	if in.Body.DryRun {
		return &struct{ Body profiles.Plan }{planFor(ctx, plan)}, nil
	}
	err := a.changeProfile(ctx, in.Body.ProfileChange, func(c profiles.Change) error { return a.Profiles.Remove(ctx, id, c) })
	if err != nil {
		return nil, a.notChanged(ctx, err)
	}
	a.Log.Info("audit", slog.String("what", "firmware profile removed"), slog.String("profile", id), slog.String("by", actor(ctx)))
	a.Saved(a.Hall.Hall())
	return &struct{ Body profiles.Plan }{planFor(ctx, plan)}, nil
}
