package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"go.yaml.in/yaml/v3"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

// maxEditBody is the largest set of edits, in bytes.
const maxEditBody = 256 << 10

// configOperations declares how forms change the hall's file, and its versions.
func (a *api) configOperations(h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation) {
	huma.Register(h, get("get-hall-values", "/hall/config/values", "The hall's file as values, without secrets"), a.hallValues)
	edit := post("edit-hall", "/hall/config/edits", "Change single settings of the hall's file, or see what that would do", 0)
	edit.MaxBodyBytes = maxEditBody
	huma.Register(h, edit, a.editHall)
	huma.Register(h, get("list-hall-versions", "/hall/config/versions", "The versions of the hall's file, the newest first"), a.listVersions)
	huma.Register(h, get("get-hall-version", "/hall/config/versions/{id}", "A version, with its text for administrators"), a.getVersion)
	huma.Register(h, get("compare-hall-versions", "/hall/config/versions/{id}/changes", "What a version says otherwise than another"), a.compareVersions)
	huma.Register(h, post("restore-hall-version", "/hall/config/versions/{id}/restore", "Bring an earlier version back, as a new one", 0), a.restoreVersion)
	huma.Register(h, get("list-staff", "/staff", "The members of staff and when they last signed in"), a.listStaff)
	huma.Register(h, post("make-agent-token", "/agents/{id}/token", "Make what a terminal connects with", 0), a.agentToken)
}

// staffOnlyError refuses all but managers and administrators.
func staffOnlyError(ctx context.Context) error {
	if access.From(ctx).Staff() {
		return nil
	}
	return denied()
}

func adminOnly(ctx context.Context) error {
	if access.From(ctx).Role == access.Admin {
		return nil
	}
	return denied()
}

type hallValues struct {
	Version string         `json:"version" doc:"Names the file that these are the values of"`
	Values  map[string]any `json:"values" doc:"The file's settings by their names; what it doesn't say is absent"`
	// Templates are the texts of messages that the file doesn't replace.
	Templates map[string]string `json:"templates" doc:"The texts of messages to citizens where the file has no others, by event"`
}

func (a *api) hallValues(ctx context.Context, _ *struct{}) (*struct{ Body hallValues }, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	text, tag := a.Hall.Text()
	out := &struct{ Body hallValues }{hallValues{Version: tag, Templates: message.Texts()}}
	if err := yaml.Unmarshal(text, &out.Body.Values); err != nil {
		return nil, a.problem(fmt.Errorf("read the hall file: %w", err))
	}
	hideSecrets(out.Body.Values)
	return out, nil
}

// hideSecrets takes out what only the file itself has: hashes of passwords and
// how the message gateways are spoken to.
func hideSecrets(values map[string]any) {
	staff, _ := values["staff"].([]any)
	for _, one := range staff {
		if person, ok := one.(map[string]any); ok {
			delete(person, "password")
		}
	}
	messages, _ := values["messages"].(map[string]any)
	for _, one := range messages {
		if channel, ok := one.(map[string]any); ok {
			delete(channel, "gateway")
		}
	}
}

// savedHall is what a change of the hall's file does or did.
type savedHall struct {
	Version string   `json:"version" doc:"Names the file as it is now"`
	Changes []string `json:"changes" doc:"What was changed, or would be, in words"`
	Effects []effect `json:"effects" doc:"What that means for those who are in the hall"`
	Saved   bool     `json:"saved"`
}

type savedOutput struct{ Body savedHall }

type editInput struct {
	Body struct {
		Base   string      `json:"base" minLength:"1" maxLength:"40" doc:"The version that the edits are made in"`
		Edits  []hall.Edit `json:"edits" minItems:"1" maxItems:"100"`
		Note   string      `json:"note,omitempty" maxLength:"200" doc:"Why, for those who look back"`
		DryRun bool        `json:"dryRun,omitempty" doc:"Only tell what would change"`
	}
}

func (a *api) editHall(ctx context.Context, in *editInput) (*savedOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	text, tag := a.Hall.Text()
	if in.Body.Base != tag {
		return nil, a.changedProblem(ctx)
	}
	edits, err := hashPasswords(in.Body.Edits)
	if err != nil {
		return nil, err
	}
	edited, _, err := hall.Apply(text, edits)
	if err != nil {
		return nil, a.editProblem(ctx, err)
	}
	return a.change(ctx, hall.Change{Text: edited, Tag: tag, Note: in.Body.Note, Cause: hall.CauseForm}, in.Body.DryRun)
}

// change saves a new text of the hall's file, or tells what saving would do.
func (a *api) change(ctx context.Context, c hall.Change, dryRun bool) (*savedOutput, error) {
	old, tag := a.Hall.Text()
	h, err := a.Hall.Check(c.Text)
	if err != nil {
		return nil, a.editProblem(ctx, err)
	}
	out := &savedOutput{Body: savedHall{Version: tag, Changes: hall.Changes(old, c.Text), Effects: effectsFor(ctx, a.effects(h))}}
	if out.Body.Changes == nil {
		out.Body.Changes = []string{}
	}
	if dryRun {
		return out, nil
	}
	if err := a.saveHall(ctx, c); err != nil {
		return nil, a.editProblem(ctx, err)
	}
	_, out.Body.Version = a.Hall.Text()
	out.Body.Saved = true
	return out, nil
}

// saveHall brings a new text of the hall's file into force, in the name of who
// asks.
func (a *api) saveHall(ctx context.Context, c hall.Change) error {
	who := access.From(ctx)
	person, _ := a.Hall.Hall().Person(who.Subject)
	c.By, c.Name = actor(ctx), person.Name
	if c.Name == "" {
		c.Name = who.Subject
	}
	err := a.Hall.Edit(ctx, c, func(ctx context.Context, h *hall.Hall) error {
		_, err := a.Core.Do(ctx, core.Request{Actor: actor(ctx), Command: queue.Configure{Config: h.Queue()}})
		return err
	})
	if err != nil {
		return err
	}
	a.Log.Info("hall file saved", slog.String("by", c.By), slog.String("cause", string(c.Cause)))
	a.Saved(a.Hall.Hall())
	return nil
}

// changedProblem says who was faster.
func (a *api) changedProblem(ctx context.Context) *Problem { return inWordsOf(ctx, a.whoChanged(ctx)) }

func (a *api) whoChanged(ctx context.Context) *Problem {
	detail := "配置已被其他人修改，请重新载入后再改"
	if last, _, ok, err := a.Store.LastHallVersion(ctx); err == nil && ok {
		at := last.At.In(a.Hall.Hall().Location()).Format("15:04")
		detail = fmt.Sprintf("配置已由%s在 %s 修改，请重新载入后再改", last.Name, at)
	}
	return newProblem(http.StatusConflict, "hall.changed", detail)
}

// editProblem is the answer to a change that can't be made.
func (a *api) editProblem(ctx context.Context, err error) *Problem {
	return inWordsOf(ctx, a.whyNotEdited(ctx, err))
}

func (a *api) whyNotEdited(ctx context.Context, err error) *Problem {
	var refused *hall.Refused
	var mistakes hall.Mistakes
	switch {
	case errors.Is(err, hall.ErrChanged):
		return a.whoChanged(ctx)
	case errors.Is(err, store.ErrNoVersion):
		return newProblem(http.StatusNotFound, "hall.version", "没有这个版本")
	case errors.As(err, &refused):
		return newProblem(http.StatusUnprocessableEntity, "hall.edit", "没有保存："+refused.Message)
	case errors.As(err, &mistakes):
		p := a.configProblem(err)
		if len(mistakes) > 0 {
			p.Detail = "没有保存：" + mistakes[0].Message
		}
		return p
	}
	return a.configProblem(err)
}

type versionView struct {
	ID       int64    `json:"id"`
	At       string   `json:"at" format:"date-time"`
	By       string   `json:"by"`
	Name     string   `json:"name"`
	Note     string   `json:"note,omitempty"`
	Cause    string   `json:"cause" enum:"first,form,text,restore,disk"`
	Restored int64    `json:"restored,omitempty" doc:"The version that this one brought back"`
	Changes  []string `json:"changes" doc:"What it changed, in words"`
	Current  bool     `json:"current,omitempty"`
	Text     string   `json:"text,omitempty" doc:"For administrators who ask for one version"`
}

func (a *api) versionView(v hall.Version, text []byte) versionView {
	return versionView{
		ID: v.ID, At: v.At.Format(timeLayout), By: v.By, Name: v.Name, Note: v.Note, Cause: string(v.Cause),
		Restored: v.Restored, Changes: append([]string{}, v.Changes...), Text: string(text),
	}
}

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

type versionsOutput struct {
	Body struct {
		Versions []versionView `json:"versions"`
	}
}

func (a *api) listVersions(ctx context.Context, in *struct {
	Before int64 `query:"before" minimum:"0" doc:"Only those before this one"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
},
) (*versionsOutput, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	list, err := a.Store.HallVersions(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &versionsOutput{}
	out.Body.Versions = []versionView{}
	for i, v := range list {
		view := a.versionView(v, nil)
		view.Current = in.Before == 0 && i == 0
		out.Body.Versions = append(out.Body.Versions, view)
	}
	return out, nil
}

// VersionRef names a version in a path.
type VersionRef struct {
	ID int64 `path:"id" minimum:"1"`
}

func (a *api) getVersion(ctx context.Context, in *VersionRef) (*struct{ Body versionView }, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	v, text, err := a.Store.HallVersion(ctx, in.ID)
	if err != nil {
		return nil, a.editProblem(ctx, err)
	}
	if access.From(ctx).Role != access.Admin {
		text = nil // it has the hashes of passwords
	}
	return &struct{ Body versionView }{a.versionView(v, text)}, nil
}

func (a *api) compareVersions(ctx context.Context, in *struct {
	VersionRef
	To int64 `query:"to" minimum:"0" doc:"The other version; by default the one in force"`
},
) (*struct {
	Body struct {
		Changes []string `json:"changes"`
	}
}, error,
) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	_, text, err := a.Store.HallVersion(ctx, in.ID)
	other, _ := a.Hall.Text()
	if err == nil && in.To != 0 {
		_, other, err = a.Store.HallVersion(ctx, in.To)
	}
	if err != nil {
		return nil, a.editProblem(ctx, err)
	}
	out := &struct {
		Body struct {
			Changes []string `json:"changes"`
		}
	}{}
	out.Body.Changes = append([]string{}, hall.Changes(text, other)...)
	return out, nil
}

func (a *api) restoreVersion(ctx context.Context, in *struct {
	VersionRef
	Body struct {
		Base   string `json:"base" minLength:"1" maxLength:"40" doc:"The version that it takes the place of"`
		Note   string `json:"note,omitempty" maxLength:"200"`
		DryRun bool   `json:"dryRun,omitempty"`
	}
},
) (*savedOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	if _, tag := a.Hall.Text(); in.Body.Base != tag {
		return nil, a.changedProblem(ctx)
	}
	_, text, err := a.Store.HallVersion(ctx, in.ID)
	if err != nil {
		return nil, a.editProblem(ctx, err)
	}
	return a.change(ctx, hall.Change{
		Text: text, Tag: in.Body.Base, Note: in.Body.Note, Cause: hall.CauseRestore, Restored: in.ID,
	}, in.Body.DryRun)
}
