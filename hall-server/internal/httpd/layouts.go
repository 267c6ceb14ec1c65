package httpd

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/layout"
	"smarthall/internal/calendar"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// LayoutDoc is a layout with its draft, as the editor works on it.
type LayoutDoc struct {
	ID    string          `json:"id"`
	Draft link.LayoutView `json:"draft"`
	Rev   int             `json:"rev" doc:"To be named when it is saved, published or restored"`
	// Version is the published one.
	Version int       `json:"version" doc:"The published version, 0 before the first"`
	Changed bool      `json:"changed" doc:"The draft differs from what is published"`
	By      string    `json:"by" doc:"Who changed it last"`
	At      time.Time `json:"at"`
}

// LayoutVersion is one publication.
type LayoutVersion struct {
	Number int       `json:"number"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// LayoutChange is a line of the audit.
type LayoutChange struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	What   string    `json:"what" doc:"create, publish, restore, remove, screens, upload, delete-file, delete-feed or sources"`
	Target string    `json:"target"`
	Detail string    `json:"detail"`
}

// LayoutFileView is a picture or video with who sent it.
type LayoutFileView struct {
	link.LayoutFile
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// LayoutRef names a layout in a path.
type LayoutRef struct {
	ID string `path:"id" maxLength:"40"`
}

// LayoutAt names a layout and the rev that was read.
type LayoutAt struct {
	LayoutRef
	Body struct {
		Rev int `json:"rev"`
		// Version is an earlier one; 0 is the draft.
		Version int `json:"version,omitempty" required:"false" minimum:"0" doc:"An earlier version to put into force again; without it the draft"`
	}
}

type layoutOutput struct{ Body LayoutDoc }

// layoutOperations declares the routes of layouts, screens and feeds; files
// have their own, for they are no JSON.
func (a *api) layoutOperations(
	h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation,
) {
	with := func(method string, op huma.Operation, status int) huma.Operation {
		op.Method, op.DefaultStatus = method, status
		return op
	}
	huma.Register(h, get("list-layouts", "/layouts", "List the layouts of screens and strips"), a.listLayouts)
	huma.Register(h, post("create-layout", "/layouts", "Begin a layout", http.StatusCreated), a.createLayout)
	huma.Register(h, get("get-layout", "/layouts/{id}", "A layout with its versions"), a.getLayout)
	huma.Register(h, with(http.MethodPut, post("save-layout", "/layouts/{id}", "Save a draft", 0), http.StatusOK), a.saveLayout)
	huma.Register(h, with(http.MethodPut, post("publish-layout", "/layouts/{id}/published", "Put the draft into force, or an earlier version again", 0), http.StatusOK), a.publishLayout)
	huma.Register(h, with(http.MethodDelete, get("remove-layout", "/layouts/{id}", "Delete a layout that no screen shows"), http.StatusNoContent), a.removeLayout)
	huma.Register(h, get("list-layout-changes", "/layouts/changes", "Who changed what, newest first"), a.layoutChanges)
	huma.Register(h, get("get-screens", "/layouts/screens", "What every screen shows when, and how calls are spoken"), a.getScreens)
	huma.Register(h, with(http.MethodPut, post("set-screens", "/layouts/screens", "Put a plan of the screens into force", 0), http.StatusOK), a.setScreens)
	huma.Register(h, post("restore-screens", "/layouts/screens/restore", "Put an earlier plan into force again", 0), a.restoreScreens)
	huma.Register(h, get("get-screens-at", "/layouts/screens/at", "Which layout each screen shows at a time"), a.screensAt)
	huma.Register(h, get("list-layout-files", "/layouts/files", "List the pictures and videos"), a.listLayoutFiles)
	huma.Register(h, with(http.MethodDelete, get("delete-layout-file", "/layouts/files/{id}", "Delete a picture or video that no layout shows"), http.StatusNoContent), a.deleteLayoutFile)
	huma.Register(h, get("list-feeds", "/layouts/feeds", "List what other systems told"), a.listFeeds)
	huma.Register(h, post("tell-feed", "/layouts/feeds/{name}", "Tell a feed, such as the weather, from another system", 0), a.tellFeed)
	huma.Register(h, with(http.MethodDelete, get("delete-feed", "/layouts/feeds/{name}", "Delete a feed"), http.StatusNoContent), a.deleteFeed)
	a.feedSourceOperations(h, post, get)
	huma.Register(h, get("draw-strip", "/layouts/led-preview", "What an LED strip shows, in dots"), a.drawStrip)
}

// layoutStatus is the HTTP status of each kind of refusal.
var layoutStatus = map[layout.Kind]int{
	layout.Invalid: http.StatusUnprocessableEntity, layout.NotFound: http.StatusNotFound, layout.Conflict: http.StatusConflict,
	layout.Full: http.StatusConflict, layout.TooLarge: http.StatusRequestEntityTooLarge, layout.WrongType: http.StatusUnsupportedMediaType,
}

// layoutProblem is the answer to an error of layouts.
func (a *api) layoutProblem(err error) error {
	if r, ok := layout.IsRefusal(err); ok {
		return newProblem(layoutStatus[r.Kind], r.Code, r.Detail)
	}
	return a.problem(err)
}

// designs refuses whoever may not change screens.
func designs(ctx context.Context) error {
	if access.From(ctx).Staff() {
		return nil
	}
	return denied()
}

func layoutDoc(d layout.Doc) LayoutDoc {
	out := LayoutDoc{ID: d.ID, Draft: layout.View(d.Draft), Rev: d.Rev, Version: d.Version, By: d.By, At: d.At.Std()}
	out.Changed = d.Version == 0 || layout.Differs(d)
	return out
}

func (a *api) layoutAnswer(d layout.Doc, err error) (*layoutOutput, error) {
	if err != nil {
		return nil, a.layoutProblem(err)
	}
	return &layoutOutput{layoutDoc(d)}, nil
}

func (a *api) listLayouts(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Layouts []LayoutDoc `json:"layouts"`
	}
}, error,
) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Layouts []LayoutDoc `json:"layouts"`
		}
	}{}
	out.Body.Layouts = []LayoutDoc{}
	for _, d := range a.Layouts.List() {
		out.Body.Layouts = append(out.Body.Layouts, layoutDoc(d))
	}
	return out, nil
}

func (a *api) createLayout(ctx context.Context, in *struct {
	Body struct {
		Layout link.LayoutView `json:"layout"`
	}
},
) (*layoutOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	return a.layoutAnswer(a.Layouts.Create(ctx, in.Body.Layout, actor(ctx)))
}

func (a *api) getLayout(ctx context.Context, in *LayoutRef) (*struct {
	Body struct {
		LayoutDoc
		Versions []LayoutVersion `json:"versions"`
	}
}, error,
) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	d, versions, err := a.Layouts.Get(ctx, in.ID)
	if err != nil {
		return nil, a.layoutProblem(err)
	}
	out := &struct {
		Body struct {
			LayoutDoc
			Versions []LayoutVersion `json:"versions"`
		}
	}{}
	out.Body.LayoutDoc = layoutDoc(d)
	out.Body.Versions = layoutVersions(versions)
	return out, nil
}

func layoutVersions(list []layout.Version) []LayoutVersion {
	out := make([]LayoutVersion, 0, len(list))
	for _, v := range list {
		out = append(out, LayoutVersion{Number: v.Number, By: v.By, At: v.At.Std()})
	}
	return out
}

func (a *api) saveLayout(ctx context.Context, in *struct {
	LayoutRef
	Body struct {
		Rev    int             `json:"rev"`
		Layout link.LayoutView `json:"layout"`
	}
},
) (*layoutOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	return a.layoutAnswer(a.Layouts.Save(ctx, in.ID, in.Body.Rev, in.Body.Layout, actor(ctx)))
}

func (a *api) publishLayout(ctx context.Context, in *LayoutAt) (*layoutOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	if in.Body.Version > 0 {
		return a.layoutAnswer(a.Layouts.Restore(ctx, in.ID, in.Body.Rev, in.Body.Version, actor(ctx)))
	}
	return a.layoutAnswer(a.Layouts.Publish(ctx, in.ID, in.Body.Rev, actor(ctx)))
}

func (a *api) removeLayout(ctx context.Context, in *LayoutRef) (*struct{}, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	if err := a.Layouts.Remove(ctx, in.ID, actor(ctx)); err != nil {
		return nil, a.layoutProblem(err)
	}
	return nil, nil
}

func (a *api) layoutChanges(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Changes []LayoutChange `json:"changes"`
	}
}, error,
) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	list, err := a.Layouts.Log(ctx)
	if err != nil {
		return nil, a.layoutProblem(err)
	}
	out := &struct {
		Body struct {
			Changes []LayoutChange `json:"changes"`
		}
	}{}
	out.Body.Changes = make([]LayoutChange, 0, len(list))
	for _, c := range list {
		out.Body.Changes = append(out.Body.Changes, LayoutChange{At: c.At.Std(), By: c.By, What: c.What, Target: c.Target, Detail: c.Detail})
	}
	return out, nil
}

func (a *api) drawStrip(ctx context.Context, in *struct {
	Text   string `query:"text" maxLength:"200" doc:"With variables such as {number}, which are filled with an example"`
	Width  int    `query:"width" minimum:"8" maximum:"1024" required:"true"`
	Height int    `query:"height" minimum:"8" maximum:"64" required:"true"`
},
) (*struct{ Body screen.Dots }, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	words := screen.StripWords{
		Number: "A012", Window: "3", Unit: "人力资源和社会保障局", Name: "社会保险", Service: "社保", Words: "暂停办理", Now: a.Core.Now().In(a.location()),
	}
	dots, err := screen.Draw(words.Fill(in.Text), in.Width, in.Height)
	if err != nil {
		return nil, a.problem(err)
	}
	return &struct{ Body screen.Dots }{dots}, nil
}

// location is the hall's time zone.
func (a *api) location() *time.Location {
	place, err := time.LoadLocation(a.Hall.Hall().TimeZone)
	if err != nil {
		a.Log.Error("time zone not found", slog.Any("error", err)) // the hall file was checked
		return time.Local
	}
	return place
}

func (a *api) screensAt(ctx context.Context, in *struct {
	At time.Time `query:"at" doc:"By default now"`
},
) (*struct {
	Body struct {
		Layouts map[string]string `json:"layouts" doc:"Ids of layouts by screen; a screen that shows its built-in page is left out"`
		Workday bool              `json:"workday"`
	}
}, error,
) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	days, err := calendar.New(nil)
	if err != nil {
		return nil, a.problem(err)
	}
	at := in.At
	if at.IsZero() {
		at = a.Core.Now()
	}
	at = at.In(a.location())
	out := &struct {
		Body struct {
			Layouts map[string]string `json:"layouts" doc:"Ids of layouts by screen; a screen that shows its built-in page is left out"`
			Workday bool              `json:"workday"`
		}
	}{}
	out.Body.Layouts, out.Body.Workday = map[string]string{}, days.IsWorkday(calendar.On(at))
	set := a.Layouts.Set()
	for _, p := range set.Screens {
		if v := screen.At(set, p.Screen, at, days); v != nil {
			out.Body.Layouts[p.Screen] = v.ID
		}
	}
	return out, nil
}
