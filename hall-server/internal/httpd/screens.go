package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/skip2/go-qrcode"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/layout"
	"smarthall/internal/link"
)

// ScreensView is what every screen shows when.
type ScreensView struct {
	Rev      int               `json:"rev"`
	Screens  []link.ScreenPlan `json:"screens"`
	Voice    []link.VoiceRule  `json:"voice"`
	Versions []LayoutVersion   `json:"versions"`
}

type screensOutput struct{ Body ScreensView }

func (a *api) screensView(ctx context.Context) (*screensOutput, error) {
	plan, rev := a.Layouts.Plan()
	versions, err := a.Layouts.PlanVersions(ctx)
	if err != nil {
		return nil, a.layoutProblem(err)
	}
	out := &screensOutput{ScreensView{Rev: rev, Screens: plan.Screens, Voice: plan.Voice, Versions: layoutVersions(versions)}}
	if out.Body.Screens == nil {
		out.Body.Screens = []link.ScreenPlan{}
	}
	if out.Body.Voice == nil {
		out.Body.Voice = []link.VoiceRule{}
	}
	return out, nil
}

func (a *api) getScreens(ctx context.Context, _ *struct{}) (*screensOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	return a.screensView(ctx)
}

func (a *api) setScreens(ctx context.Context, in *struct {
	Body struct {
		Rev     int               `json:"rev"`
		Screens []link.ScreenPlan `json:"screens"`
		Voice   []link.VoiceRule  `json:"voice"`
	}
},
) (*screensOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	plan := layout.Plan{Screens: in.Body.Screens, Voice: in.Body.Voice}
	if _, err := a.Layouts.SetPlan(ctx, in.Body.Rev, plan, actor(ctx)); err != nil {
		return nil, a.layoutProblem(err)
	}
	return a.screensView(ctx)
}

func (a *api) restoreScreens(ctx context.Context, in *struct {
	Body struct {
		Version int `json:"version"`
	}
},
) (*screensOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	if _, err := a.Layouts.RestorePlan(ctx, in.Body.Version, actor(ctx)); err != nil {
		return nil, a.layoutProblem(err)
	}
	return a.screensView(ctx)
}

type feedsOutput struct{ Body link.FeedsView }

func (a *api) listFeeds(ctx context.Context, _ *struct{}) (*feedsOutput, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	return &feedsOutput{link.FeedsView{Feeds: a.Layouts.Feeds()}}, nil
}

// FeedRef names a feed in a path.
type FeedRef struct {
	Name string `path:"name" maxLength:"40"`
}

func (a *api) tellFeed(ctx context.Context, in *struct {
	FeedRef
	Body struct {
		Title   string         `json:"title,omitempty" required:"false" maxLength:"60"`
		Text    string         `json:"text,omitempty" required:"false" maxLength:"200"`
		Rows    []link.FeedRow `json:"rows,omitempty" required:"false"`
		Minutes int            `json:"minutes,omitempty" required:"false" doc:"For how long it is fit to be shown; 60 if absent"`
	}
},
) (*struct{ Body link.FeedView }, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	told, err := a.Layouts.Tell(ctx, link.FeedView{
		Name: in.Name, Title: in.Body.Title, Text: in.Body.Text, Rows: in.Body.Rows,
	}, time.Duration(in.Body.Minutes)*time.Minute, actor(ctx))
	if err != nil {
		return nil, a.layoutProblem(err)
	}
	return &struct{ Body link.FeedView }{told}, nil
}

func (a *api) deleteFeed(ctx context.Context, in *FeedRef) (*struct{}, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	if err := a.Layouts.Forget(ctx, in.Name, actor(ctx)); err != nil {
		return nil, a.layoutProblem(err)
	}
	return nil, nil
}

func fileView(f layout.File) LayoutFileView {
	return LayoutFileView{LayoutFile: f.LayoutFile, By: f.By, At: f.At.Std()}
}

func (a *api) listLayoutFiles(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Files []LayoutFileView `json:"files"`
	}
}, error,
) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Files []LayoutFileView `json:"files"`
		}
	}{}
	out.Body.Files = []LayoutFileView{}
	for _, f := range a.Layouts.Files() {
		out.Body.Files = append(out.Body.Files, fileView(f))
	}
	return out, nil
}

func (a *api) deleteLayoutFile(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
},
) (*struct{}, error) {
	if err := designs(ctx); err != nil {
		return nil, err
	}
	if err := a.Layouts.Delete(ctx, in.ID, actor(ctx)); err != nil {
		return nil, a.layoutProblem(err)
	}
	return nil, nil
}

// uploadTime is how long the sending of a file may take.
const uploadTime = 10 * time.Minute

// layoutFileRoutes take and serve pictures and videos.
func (a *api) layoutFileRoutes(mux *http.ServeMux) {
	mux.Handle("POST "+prefix+"/layouts/files", a.authenticate(a.staffOnly(http.HandlerFunc(a.uploadLayoutFile))))
	mux.Handle("GET "+prefix+"/layouts/files/{id}/content", a.authenticate(http.HandlerFunc(a.layoutFile)))
	mux.Handle("GET "+prefix+"/layouts/qr.png", a.authenticate(a.staffOnly(http.HandlerFunc(a.layoutCode))))
}

// The size of a QR code's picture in pixels, and its longest text in bytes.
const (
	codePixels  = 512
	longestCode = 512
)

// layoutCode draws the QR code of a block for the editor's preview.
func (a *api) layoutCode(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("text")
	if text == "" || len(text) > longestCode {
		a.write(w, newProblem(http.StatusUnprocessableEntity, "code.text", "二维码内容应为 1 到 512 个字节"))
		return
	}
	png, err := qrcode.Encode(text, qrcode.Medium, codePixels)
	if err != nil {
		a.write(w, newProblem(http.StatusUnprocessableEntity, "code.text", "这些内容画不成二维码"))
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(png)
}

// uploadLayoutFile takes a file, the body of the request; name is in the query.
func (a *api) uploadLayoutFile(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > layout.MaxFile {
		a.write(w, newProblem(http.StatusRequestEntityTooLarge, "file.size", "文件太大，视频不超过 64 MB"))
		return
	}
	control := http.NewResponseController(w)
	// What a writer doesn't support, it has no deadline for.
	_ = control.SetReadDeadline(time.Now().Add(uploadTime))
	f, err := a.Layouts.Upload(r.Context(), r.URL.Query().Get("name"), http.MaxBytesReader(w, r.Body, layout.MaxFile+1), actor(r.Context()))
	if err != nil {
		var p *Problem
		if !errors.As(a.layoutProblem(err), &p) {
			p = newProblem(http.StatusInternalServerError, "internal", "系统出错，没有保存，请联系技术人员")
		}
		a.write(w, p)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	if err := json.NewEncoder(w).Encode(fileView(f)); err != nil {
		a.Log.Debug("write answer", slog.Any("error", err))
	}
}

// layoutFile serves a file to the editor and to displays.
func (a *api) layoutFile(w http.ResponseWriter, r *http.Request) {
	if c := access.From(r.Context()); !c.Staff() && c.Role != access.Display {
		a.write(w, denied())
		return
	}
	f, content, err := a.Layouts.File(r.PathValue("id"))
	if err != nil {
		var p *Problem
		if !errors.As(a.layoutProblem(err), &p) {
			p = newProblem(http.StatusInternalServerError, "internal", "系统出错，请联系技术人员")
		}
		a.write(w, p)
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", strconv.Quote(f.ID))
	http.ServeContent(w, r, "", time.Time{}, content)
}
