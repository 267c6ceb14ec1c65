package httpd

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/time/rate"

	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/queue"
)

//go:embed upload.html
var uploadHTML string

var uploadTemplate = phoneTemplate("upload", uploadHTML)

// Limits of uploads by phone.
const (
	// maxPictureBody is the largest request: some pictures of a form at once.
	maxPictureBody = 64 << 20
	// pictureTime is how long a request may take.
	pictureTime = 3 * time.Minute
	// maxPictureRequests are read at a time: each has a picture in memory.
	maxPictureRequests = 8
	// phoneCookie is the secret of the phone that uses a code.
	phoneCookie = "smarthall_phone"
)

// upload is the page that a clerk's QR code opens on the citizen's phone. Its
// form works without scripts; a small script shrinks pictures and shows how far
// each is.
type upload struct {
	*api
	script template.HTML // the tag of the built script, or nothing
	slots  chan struct{}
	// guesses bounds how often somebody may ask for codes that don't hold.
	guesses *rate.Limiter
}

// uploadView is what the page shows.
type uploadView struct {
	phone
	// Path is the page's address, without its query.
	Path     string
	Hall     string
	Code     string
	Number   string
	Pictures int
	Minutes  int
	Notice   notice
	// Over is why the code doesn't hold; nil if it does.
	Over   *Problem
	Script template.HTML
}

// errCode refuses a code that doesn't hold.
var errCode = newProblem(http.StatusNotFound, "upload.code", "二维码已失效，请窗口工作人员重新出示")

// uploadRoutes declares the routes of uploads by phone.
func (a *api) uploadRoutes(mux *http.ServeMux) {
	u := &upload{
		api: a, script: scriptOf(a.Pages, "upload.html"), slots: make(chan struct{}, maxPictureRequests),
		guesses: rate.NewLimiter(rate.Every(200*time.Millisecond), 50),
	}
	mux.HandleFunc("GET /u/{code}", u.page)
	mux.HandleFunc("POST /u/{code}", u.take)
}

func (u *upload) page(w http.ResponseWriter, r *http.Request) {
	view, status := u.view(r), http.StatusOK
	switch {
	case view.Over != nil:
		view.Notice, status = notice{view.problem(view.Over), true}, view.Over.Status
	case r.URL.Query().Get("done") != "":
		view.Notice = notice{Text: view.T("upload.more", "n", view.Pictures)}
	}
	u.show(w, status, view)
}

// view is what there is to show of r's code.
func (u *upload) view(r *http.Request) uploadView {
	code := r.PathValue("code")
	h := u.Hall.Hall()
	view := uploadView{phone: phoneOf(r, h, u.Languages), Path: "/u/" + url.PathEscape(code), Hall: h.Name}
	open, err := u.Documents.Phones.Look(code)
	switch {
	case err != nil && !u.guesses.Allow():
		view.Over = errTooOften
		return view
	case err != nil:
		view.Over = errCode
		return view
	}
	view.Code, view.Number, view.Pictures, view.Script = open.Code, open.Number, open.Pictures, u.script
	view.Minutes = int(open.Until.Sub(u.now()).Minutes()) + 1
	return view
}

func (u *upload) show(w http.ResponseWriter, status int, view uploadView) {
	var page bytes.Buffer
	if err := uploadTemplate.ExecuteTemplate(&page, "page", view); err != nil {
		u.Log.Error("render the page of uploads", slog.Any("error", err))
		http.Error(w, "系统出错，请稍候重试", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", view.Tag)
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "+
		"img-src data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // browsers need it to say where a form comes from
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write(page.Bytes()); err != nil {
		u.Log.Debug("write the page of uploads", slog.Any("error", err))
	}
}

// take takes the pictures of a form. The script gets JSON, a form the page.
func (u *upload) take(w http.ResponseWriter, r *http.Request) {
	view := u.view(r)
	if view.Over != nil {
		u.refuse(w, r, view, view.Over)
		return
	}
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	default:
		u.refuse(w, r, view, newProblem(http.StatusServiceUnavailable, "upload.wait", "现在上传的人较多，请稍候重试"))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(pictureTime)) // not every writer can
	r.Body = http.MaxBytesReader(w, r.Body, maxPictureBody)
	err := u.pictures(w, r, view.Code)
	view = u.view(r)
	if err != nil {
		var problem *Problem
		if !errors.As(u.documentProblem(err), &problem) {
			problem = newProblem(http.StatusInternalServerError, "internal", "系统出错，请稍候重试")
		}
		u.refuse(w, r, view, problem)
		return
	}
	if r.Header.Get(partHeader) == "" {
		http.Redirect(w, r, view.Path+view.With("done=1"), http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"pictures": view.Pictures})
}

// refuse words a problem for the script, or for the page.
func (u *upload) refuse(w http.ResponseWriter, r *http.Request, view uploadView, p *Problem) {
	if r.Header.Get(partHeader) != "" {
		worded := *p
		worded.Detail = view.problem(p)
		u.write(w, &worded)
		return
	}
	view.Notice = notice{view.problem(p), true}
	u.show(w, p.Status, view)
}

// errForm is a request that isn't a form with pictures.
var errForm = newProblem(http.StatusUnprocessableEntity, "upload.form", "没有收到照片，请重新选择")

// pictures stores the pictures of a request one by one.
func (u *upload) pictures(w http.ResponseWriter, r *http.Request, code string) error {
	form, err := r.MultipartReader()
	if err != nil {
		return errForm
	}
	device := ""
	if c, err := r.Cookie(phoneCookie); err == nil {
		device = c.Value
	}
	id, came := "", 0
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && came > 0:
			return nil
		case err != nil:
			return tooLarge(err)
		}
		if part.FormName() == "id" {
			if id, err = shortText(part); err != nil {
				return tooLarge(err)
			}
			continue
		}
		if part.FormName() != "picture" || part.FileName() == "" {
			continue
		}
		if device, err = u.picture(r.Context(), part, code, device, id); device != "" {
			http.SetCookie(w, &http.Cookie{
				Name: phoneCookie, Value: device, Path: "/u/" + code, MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode,
			})
		}
		if err != nil {
			return err
		}
		id, came = "", came+1
	}
}

// picture stores one picture under the phone's id, or a new one. It returns the
// phone's secret.
func (u *upload) picture(ctx context.Context, part *multipart.Part, code, device, id string) (string, error) {
	data, err := io.ReadAll(io.LimitReader(part, documents.MaxSize+1))
	switch {
	case err != nil:
		return "", tooLarge(err)
	case len(data) == 0 || len(data) > documents.MaxSize:
		return "", documents.ErrSize
	}
	if id == "" {
		id = ulid.Make().String()
	}
	return u.Documents.Picture(ctx, code, device, id, data)
}

func shortText(part *multipart.Part) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, 64))
	return string(text), err
}

// tooLarge tells a request that is too large from one that broke off.
func tooLarge(err error) error {
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return documents.ErrSize
	}
	return errForm
}

// now is the hall's clock.
func (u *upload) now() queue.Time { return queue.TimeOf(u.Core.Now()) }
