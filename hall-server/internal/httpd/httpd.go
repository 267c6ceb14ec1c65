// Package httpd is the hall's REST API, described by OpenAPI 3.1 from this
// code, and the pages of people who sign in. Requests flow in, one command of
// the core each, and views or problem documents (RFC 9457) flow out.
package httpd

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/alarm"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/layout"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/profiles"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/relay"
	"smarthall/hall-server/internal/replay"
	"smarthall/hall-server/internal/samples"
	"smarthall/hall-server/internal/statistics/follow"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
	"smarthall/hall-server/internal/webhook"
	"smarthall/internal/jsontext"
	"smarthall/internal/languages"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
	"smarthall/internal/webpages"
)

// Config is what the API needs.
type Config struct {
	Core  *core.Core
	View  *view.Viewer
	Hall  *hall.Live
	Store *store.Store
	Keys  *access.Keys
	Door  *access.Door
	Vault privacy.Vault
	Log   *slog.Logger
	// Messages tell citizens on their phones.
	Messages *message.Service
	// Webhooks tell other systems.
	Webhooks *webhook.Service
	// Documents are the materials of visits.
	Documents *documents.Service
	// Layouts are what the hall's screens show.
	Layouts *layout.Service
	// Feeds fetches what they show of other systems.
	Feeds Feeds
	// Intakes are applications that are received while the platform is away; nil
	// without a platform.
	Intakes *intake.Service
	// Samples are the sample forms that items name by address.
	Samples *samples.Service
	// Relay is what people at kiosks ask of the platform.
	Relay *relay.Service
	// Pages are the embedded pages, Languages what they may be read in besides
	// the languages that they bring.
	Pages     fs.FS
	Languages *languages.Folder
	// Agents and Board serve the link's WebSockets, Metrics the counters.
	Agents, Board, Metrics http.Handler
	// Helped lets somebody at a machine who asked for staff know that they come,
	// and who; false if nobody there has asked.
	Helped func(agent, by string) bool
	// TestPrint has a kiosk print a trial ticket and returns what became of it;
	// link.ErrAway if the kiosk isn't connected.
	TestPrint func(ctx context.Context, agent string, job link.PrintJob) (link.PrintDone, error)
	// ResetRoll has an agent count a printer's paper anew and returns what became
	// of it; link.ErrAway if the agent isn't connected.
	ResetRoll func(ctx context.Context, agent string, reset link.RollReset) (link.RollCounted, error)
	// TryDevice has an agent try one of its devices out and returns what became of
	// it; link.ErrAway if the agent isn't connected.
	TryDevice func(ctx context.Context, agent string, try link.DeviceTry) (link.DeviceTried, error)
	// Alarms watches the hall, Replay shows its past.
	Alarms *alarm.Service
	Replay *replay.Service
	// Saved is told of a hall file that came into force.
	Saved func(*hall.Hall)
	// Statistics keeps the table of visits in step with the log.
	Statistics *follow.Follower
	// City is the platform.
	City City
	// Profiles are the device models that the hall knows.
	Profiles *profiles.Service
	// Version is the program's.
	Version string
}

// api carries the dependencies of the operations.
type api struct {
	Config
}

// prefix is where the API lives.
const prefix = "/api/v1"

// New returns the hall's whole HTTP surface.
func New(conf Config) http.Handler {
	a := &api{conf}
	rest, pages := a.rest(), a.pages()
	both := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			rest.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	// A page of another site may not use a signed-in person's cookie.
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		a.write(w, newProblem(http.StatusForbidden, "request.cross-origin", "不能从其他网站发起操作"))
	}))
	return guard.Handler(both)
}

// rest is the API: all below prefix.
func (a *api) rest() http.Handler {
	mux := http.NewServeMux()
	a.operations(newAPI(mux, a.Version))
	a.configRoutes(mux)
	a.layoutFileRoutes(mux)
	a.terminalRoutes(mux)
	a.sampleRoutes(mux)
	a.intakeRoutes(mux)
	mux.HandleFunc("POST "+prefix+"/messages/receipts", a.receipts)
	mux.Handle("GET "+prefix+"/board/live", a.authenticate(a.staffOnly(a.Board)))
	mux.Handle("GET "+prefix+"/board/replay", a.authenticate(a.staffOnly(http.HandlerFunc(a.serveReplay))))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { a.unknownRoute(mux, w, r) })
	return a.quickTake(mux)
}

// pages is all else: the pages, the link and what watches the server.
func (a *api) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /link", a.authenticate(a.Agents))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", a.Metrics)
	a.Languages.Routes(mux)
	a.mobileRoutes(mux)
	a.uploadRoutes(mux)
	a.planRoutes(mux)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/board", http.StatusFound) })
	mux.Handle("GET /", webpages.Handler(a.Pages))
	return mux
}

// unknownRoute answers what no operation of the API takes: a path that isn't
// there, or one that has other methods.
func (a *api) unknownRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		a.write(w, newProblem(http.StatusNotFound, "request.unknown-path", "没有这个接口"))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	a.write(w, newProblem(http.StatusMethodNotAllowed, "request.method", "不支持这种请求方法"))
}

// newAPI returns the huma API whose description is at openapi.json.
func newAPI(mux *http.ServeMux, version string) huma.API {
	config := huma.DefaultConfig("Smart Hall: hall-server", version)
	config.OpenAPIPath = prefix + "/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // no $schema member in answers
	config.Formats = map[string]huma.Format{"application/json": jsontext.Format(), "json": jsontext.Format()}
	config.Info.Description = "Tickets, windows and the live board of one government service hall (政务服务大厅)."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "A token made by `hall-server token`."},
	}
	config.Security = []map[string][]string{{"bearer": {}}}
	return humago.New(mux, config)
}

// operations declares every route of the API, in one place.
func (a *api) operations(h huma.API) {
	h.UseMiddleware(a.humaAuth, humaReader)
	post := func(id, path, summary string, status int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodPost, Path: prefix + path, Summary: summary,
			DefaultStatus: status, MaxBodyBytes: maxBody, Errors: problemStatuses,
		}
	}
	get := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: prefix + path, Summary: summary, Errors: problemStatuses}
	}
	huma.Register(h, post("take-ticket", "/tickets", "Take a ticket", http.StatusCreated), a.takeTicket)
	huma.Register(h, get("list-tickets", "/tickets", "List the day's tickets"), a.listTickets)
	huma.Register(h, get("get-ticket", "/tickets/{id}", "Get a ticket of any day"), a.getTicket)
	for _, verb := range []queue.Verb{queue.VerbRecall, queue.VerbArrive, queue.VerbNoShow, queue.VerbPutBack} {
		huma.Register(h, post(string(verb)+"-ticket", "/tickets/{id}/"+string(verb), summaries[verb], 0), a.ticketVerb(verb))
	}
	huma.Register(h, post("finish-ticket", "/tickets/{id}/finish", summaries[queue.VerbFinish], 0), a.finishTicket)
	huma.Register(h, post("cancel-ticket", "/tickets/{id}/cancel", summaries[queue.VerbCancel], 0), a.cancelTicket)
	huma.Register(h, post("rate-ticket", "/tickets/{id}/rate", summaries[queue.VerbRate], 0), a.rateTicket)

	a.visitOperations(h, post)
	a.appointmentOperations(h, post)
	a.strategyOperations(h)
	a.settingOperations(h, get)
	a.configOperations(h, post, get)
	a.profileOperations(h, post, get)
	a.ticketOperations(h, post, get)

	huma.Register(h, get("list-windows", "/windows", "List the windows with their states"), a.listWindows)
	huma.Register(h, post("sign-in", "/windows/{id}/sign-in", "Open a window", 0), a.signIn)
	huma.Register(h, post("sign-out", "/windows/{id}/sign-out", "Close a window", 0), a.signOut)
	huma.Register(h, post("pause-window", "/windows/{id}/pause", "Suspend service with a text for the screen", 0), a.pause)
	huma.Register(h, post("continue-window", "/windows/{id}/continue", "End the pause", 0), a.unpause)
	next := post("call-next", "/windows/{id}/call-next", "Call whoever is next; 204 if nobody waits", 0)
	next.Responses = map[string]*huma.Response{"204": {Description: "Nobody waits"}}
	huma.Register(h, next, a.callNext)
	huma.Register(h, post("call-ticket", "/windows/{id}/call", "Call one ticket by hand", 0), a.callTicket)

	huma.Register(h, get("list-services", "/services", "List the services with their queues"), a.listServices)
	huma.Register(h, get("list-items", "/items", "List the items that the platform published for this hall"), a.listItems)
	huma.Register(h, get("list-articles", "/articles", "List the notices and laws that the platform published, the newest first"), a.listArticles)
	a.sampleOperations(h, get)
	a.statisticsOperations(h)
	a.estimateOperations(h)
	a.boardOperations(h, post, get)
	huma.Register(h, post("answer-help", "/agents/{id}/help/answer", "Say that staff go to a kiosk where somebody asked for help", http.StatusNoContent), a.answerHelp)
	huma.Register(h, post("reset-roll", "/agents/{id}/devices/{device}/new-roll", "Say that a full paper roll was put into a printer: its count begins anew", 0), a.resetRoll)
	huma.Register(h, post("try-device", "/agents/{id}/devices/{device}/try", "Have a device give something out that nobody takes for the real thing, and tell how that went", 0), a.tryDevice)
	huma.Register(h, post("end-day", "/day/end", "Close every visit and sign every window out", 0), a.endDay)
	huma.Register(h, post("accept-clock", "/clock/accept", "Confirm a clock that was set back to an earlier day: open visits end, its numbers go on", 0), a.acceptClock)

	a.webhookOperations(h, post, get)
	a.messageOperations(h, post, get)
	a.documentOperations(h, post, get)
	a.cityOperations(h, post)
	a.licenceOperations(h, post)
	a.cardOperations(h, post)
	a.layoutOperations(h, post, get)

	huma.Register(h, post("sign-in-person", "/sessions", "Sign in on a page", 0), a.openSession)
	huma.Register(h, get("get-session", "/sessions/current", "Who is signed in"), a.getSession)
	huma.Register(h, huma.Operation{
		OperationID: "sign-out-person", Method: http.MethodDelete,
		Path: prefix + "/sessions/current", Summary: "Sign out on a page", DefaultStatus: http.StatusNoContent,
	}, a.closeSession)
}

var summaries = map[queue.Verb]string{
	queue.VerbRecall: "Call a called ticket again", queue.VerbArrive: "The citizen is at the window: service starts",
	queue.VerbNoShow: "The citizen did not come", queue.VerbPutBack: "Put a called ticket back in its old place",
	queue.VerbFinish: "Finish the service", queue.VerbCancel: "Give a ticket up", queue.VerbRate: "Store the citizen's rating",
}

// maxBody is the largest request body, in bytes.
const maxBody = 64 << 10

var problemStatuses = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
	http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
}

// ready tells whether the hall can take tickets.
func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := a.Store.Ping(ctx); err != nil {
		a.Log.Error("not ready", slog.Any("error", err))
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	if err := a.Core.Ready(); err != nil {
		http.Error(w, a.View.Problem(err).Detail, http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}
