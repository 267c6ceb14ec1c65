package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/profiles"
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
	huma.Register(h, post("remove-profile", path+"/remove", "Forget a firmware profile of the hall's own that no device uses", http.StatusNoContent), a.removeProfile)
}

type profileInput struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"262144" doc:"The profile's YAML file"`
	}
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

func (a *api) checkProfile(ctx context.Context, in *profileInput) (*reportOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	if p := textFile(in.Body.Text); p != nil {
		return nil, inWordsOf(ctx, p)
	}
	return &reportOutput{a.Profiles.Check([]byte(in.Body.Text))}, nil
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

func (a *api) saveProfile(ctx context.Context, in *profileInput) (*reportOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	if p := textFile(in.Body.Text); p != nil {
		return nil, inWordsOf(ctx, p)
	}
	report, err := a.Profiles.Save([]byte(in.Body.Text))
	switch {
	case errors.Is(err, profiles.ErrFull):
		return nil, inWordsOf(ctx, newProblem(http.StatusConflict, "profile.full", "自编型号太多，请先删除不用的"))
	case err != nil:
		return nil, a.problem(err)
	case report.Model == nil:
		return nil, profileProblem(ctx, report)
	case !report.Changed:
		return &reportOutput{report}, nil
	}
	a.Log.Info("audit", slog.String("what", "firmware profile saved"), slog.String("profile", report.Model.ID),
		slog.String("revision", report.Model.Revision), slog.String("by", actor(ctx)))
	a.Saved(a.Hall.Hall()) // agents are told anew what they need
	return &reportOutput{report}, nil
}

func (a *api) removeProfile(ctx context.Context, in *struct {
	Body struct {
		ID string `json:"id" minLength:"1" maxLength:"80"`
	}
},
) (*struct{}, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	id := in.Body.ID
	if p := a.profileInUse(a.Hall.Hall(), id); p != nil {
		return nil, inWordsOf(ctx, p)
	}
	ok, err := a.Profiles.Remove(id)
	switch {
	case err != nil:
		return nil, a.problem(err)
	case !ok:
		return nil, inWordsOf(ctx, errNoProfile)
	}
	a.Log.Info("audit", slog.String("what", "firmware profile removed"), slog.String("profile", id), slog.String("by", actor(ctx)))
	a.Saved(a.Hall.Hall())
	return &struct{}{}, nil
}

// profileInUse says why a profile has to stay; nil if it may go. One that is
// shipped as well may: the shipped one takes its place.
func (a *api) profileInUse(h *hall.Hall, id string) *Problem {
	if a.Profiles.Shipped(id) {
		return nil
	}
	if users := h.Uses(id); len(users) > 0 {
		return newProblem(http.StatusConflict, "profile.used", fmt.Sprintf("不能删除：%s的设备在用这个型号", strings.Join(users, "、")))
	}
	if heirs := a.Profiles.Heirs(id); len(heirs) > 0 {
		return newProblem(http.StatusConflict, "profile.inherited", fmt.Sprintf("不能删除：型号 %s 由它而来", strings.Join(heirs, "、")))
	}
	return nil
}
