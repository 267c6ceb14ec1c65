package httpd

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/time/rate"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
)

// The pages for phones share their head, and the choice of a language.
var (
	//go:embed mobile_common.html
	commonHTML string
	//go:embed mobile.html
	mobileHTML string

	mobileTemplate = phoneTemplate("mobile", mobileHTML)
)

func phoneTemplate(name, page string) *template.Template {
	return template.Must(template.Must(template.New(name).Parse(commonHTML)).Parse(page))
}

// mobile is what the QR code on the paper opens: the ticket without a
// name, written here, so that it can be read without scripts. A small script
// fetches the same again and again, and rings. Whoever knows the address holds
// the ticket: it can't be guessed.
type mobile struct {
	*api
	script template.HTML // the tag of the built script, or nothing
	limits limits
}

// mobileRoutes declares the routes of the ticket's page.
func (a *api) mobileRoutes(mux *http.ServeMux) {
	m := &mobile{api: a, script: scriptOf(a.Pages, "mobile.html")}
	mux.HandleFunc("GET /t/{id}", m.page)
	mux.HandleFunc("GET /t/{id}/live", m.live)
	mux.HandleFunc("POST /t/{id}/{verb}", m.command)
}

var scriptSource = regexp.MustCompile(`<script [^>]*src="\./(assets/[\w.-]+\.js)"`)

// scriptOf finds a page's script in what Vite built of its HTML file. Without
// it the page works by forms.
func scriptOf(pages fs.FS, page string) template.HTML {
	if pages == nil {
		return ""
	}
	built, err := fs.ReadFile(pages, "dist/"+page)
	if err != nil {
		return ""
	}
	src := scriptSource.FindSubmatch(built)
	if src == nil {
		return ""
	}
	return template.HTML(`<script type="module" src="/` + string(src[1]) + `"></script>`)
}

// notice is the outcome of a button, for people.
type notice struct {
	Text string
	Bad  bool
}

// page writes the whole page.
func (m *mobile) page(w http.ResponseWriter, r *http.Request) {
	view, err := m.view(r)
	if err != nil {
		m.fail(w, err)
		return
	}
	status := http.StatusOK
	if !view.Found {
		status = http.StatusNotFound
	}
	m.write(w, "page", status, view)
}

// live writes what changes of the page, or 304 if nothing did.
func (m *mobile) live(w http.ResponseWriter, r *http.Request) {
	view, err := m.view(r)
	if err != nil {
		m.fail(w, err)
		return
	}
	if !view.Found {
		m.write(w, "ticket", http.StatusNotFound, view)
		return
	}
	tag := view.tag()
	h := w.Header()
	view.head(h, tag)
	if r.Header.Get("If-None-Match") == tag {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	m.write(w, "ticket", http.StatusOK, view)
}

func (m *mobile) fail(w http.ResponseWriter, err error) {
	p := newProblem(http.StatusInternalServerError, "internal", "系统出错，请稍候重试")
	var problem *Problem
	if errors.As(err, &problem) {
		p = problem
	}
	m.api.write(w, p)
}

// write renders a part of the template.
func (m *mobile) write(w http.ResponseWriter, part string, status int, view *mobileView) {
	var page bytes.Buffer
	view.Script = m.script
	if err := mobileTemplate.ExecuteTemplate(&page, part, view); err != nil {
		m.Log.Error("render the ticket's page", slog.Any("error", err))
		http.Error(w, "系统出错，请稍候重试", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", view.Tag)
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "+
		"img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // browsers need it to say where a form comes from
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write(page.Bytes()); err != nil {
		m.Log.Debug("write the ticket's page", slog.Any("error", err))
	}
}

// Limits of what a holder may ask.
const (
	maxForm   = 1 << 10 // bytes
	delayTime = 10 * time.Minute
)

// errTooOften refuses a phone that asks all the time.
var errTooOften = newProblem(http.StatusTooManyRequests, "request.too-many", "操作太频繁了，请稍等一会儿再试")

// partHeader marks the script's requests: they are answered with the part that
// changes instead of a page.
const partHeader = "Smarthall-Part"

// command does what a button of the page asks for. A form without a script
// comes back to the page.
func (m *mobile) command(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	view, err := m.view(r)
	if err != nil {
		m.fail(w, err)
		return
	}
	if !view.Found {
		m.answer(w, r, http.StatusNotFound, view)
		return
	}
	if !m.limits.allow(view.ID, time.Now()) {
		view.Notice = notice{view.problem(errTooOften), true}
		w.Header().Set("Retry-After", "10")
		m.answer(w, r, http.StatusTooManyRequests, view)
		return
	}
	done, err := m.act(r, view)
	status := http.StatusOK
	if err != nil {
		var problem *Problem
		if !errors.As(m.problem(err), &problem) {
			m.fail(w, err)
			return
		}
		status, done = problem.Status, notice{view.problem(problem), true}
	}
	if view, err = m.view(r); err != nil {
		m.fail(w, err)
		return
	}
	view.Notice = done
	m.answer(w, r, status, view)
}

// answer shows what a command led to.
func (m *mobile) answer(w http.ResponseWriter, r *http.Request, status int, view *mobileView) {
	switch {
	case r.Header.Get(partHeader) != "":
		view.head(w.Header(), view.tag())
		m.write(w, "ticket", status, view)
	case status == http.StatusOK:
		http.Redirect(w, r, view.Path+view.Query, http.StatusSeeOther)
	default:
		m.write(w, "page", status, view)
	}
}

// act runs the command of a button and says what it did.
func (m *mobile) act(r *http.Request, view *mobileView) (notice, error) {
	id := queue.TicketID(view.ID)
	var cmd queue.Command
	verb := r.PathValue("verb")
	switch verb {
	case "cancel":
		cmd = queue.Cancel{Ticket: id}
	case "delay":
		cmd = queue.Delay{Ticket: id, By: delayTime}
	case "rejoin":
		cmd = queue.Rejoin{Ticket: id, By: "mobile"}
	case "rate":
		score, err := strconv.Atoi(r.FormValue("score"))
		if err != nil {
			return notice{}, queue.Refuse(queue.Invalid, "score.invalid")
		}
		cmd = queue.Rate{Ticket: id, Score: score, Via: "mobile"}
	case "notice":
		return m.choose(r, view)
	default:
		return notice{}, queue.Refuse(queue.NotFound, "link.unsupported")
	}
	_, err := m.Core.Do(r.Context(), core.Request{Actor: "mobile:" + string(id), Command: cmd})
	return notice{Text: view.T("done."+verb, "n", view.DelayMinutes())}, err
}

// choose switches messages about a ticket on or off.
func (m *mobile) choose(r *http.Request, view *mobileView) (notice, error) {
	id := queue.TicketID(view.ID)
	channel, wanted := message.Channel(r.FormValue("channel")), r.FormValue("wanted") == "1"
	possible := false
	m.Core.Read(func(s *queue.State, _ queue.Time) {
		if t := s.Tickets[id]; t != nil && slices.Contains(message.Channels(), channel) {
			svc, _ := m.Hall.Hall().Service(t.Service)
			possible, _ = m.Messages.Offer(t, svc.Zone, channel)
		}
	})
	if !possible {
		return notice{}, queue.Refuse(queue.Conflict, "message.no-phone")
	}
	choice := message.Choice{Ticket: id, Day: queue.Day(view.Day), Channel: channel, Wanted: wanted}
	if err := m.Messages.Choose(r.Context(), choice); err != nil {
		return notice{}, err
	}
	if wanted {
		return notice{Text: view.T("done.notice.on")}, nil
	}
	return notice{Text: view.T("done.notice.off")}, nil
}

// limits bound how often the holder of each ticket may ask.
type limits struct {
	mu      sync.Mutex
	tickets map[string]*rate.Limiter // guarded by mu
}

// A holder may ask burst times at once, and then once in every pause.
const (
	burst      = 6
	pause      = 5 * time.Second
	maxLimited = 20000 // tickets; more than a day has
)

func (l *limits) allow(id string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.tickets[id]
	if limiter == nil {
		if l.tickets == nil || len(l.tickets) >= maxLimited {
			l.tickets = make(map[string]*rate.Limiter)
		}
		limiter = rate.NewLimiter(rate.Every(pause), burst)
		l.tickets[id] = limiter
	}
	return limiter.AllowN(now, 1)
}

// head tells the script which version it has, when that was true, and when to
// ask again.
func (v *mobileView) head(h http.Header, tag string) {
	h.Set("ETag", tag)
	h.Set("Smarthall-Next", strconv.Itoa(v.Next))
	h.Set("Smarthall-Now", v.Now)
}

// tag names what a view shows.
func (v *mobileView) tag() string {
	h := fnv.New128a()
	shown := *v
	shown.Now, shown.Notice, shown.Script = "", notice{}, ""
	shown.phone = phone{Query: v.Query}
	_, _ = fmt.Fprintf(h, "%s %+v", v.Tag, shown)
	return `"` + hex.EncodeToString(h.Sum(nil)) + `"`
}

// isTicketID tells whether id may be one, without looking.
func isTicketID(id string) bool {
	_, err := ulid.ParseStrict(id)
	return err == nil
}
