package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

const (
	// maxUntold is how many outcomes wait for a hall that is away. More than that
	// are left out: the platform calls those sheets sent, and counts them.
	maxUntold = 64
	// tellAgain is how long one waits before telling an outcome again, tellTries
	// how often it is told: a quarter of an hour.
	tellAgain = 10 * time.Second
	tellTries = 90
	// maxPrintBody is the longest request of the page, in bytes.
	maxPrintBody = 4 << 10
)

// licences lets whoever stands at the machine print her own (自助打证). The page
// names the card's session and sees what the platform lists, masked. The file goes
// from the hall to the page printer through memory: nothing of it is kept here.
type licences struct {
	kiosk *Kiosk
	face  bool // the machine compares faces
	log   *slog.Logger
	// outcomes are told to the hall, one after another.
	outcomes chan link.LicenceOutcome
	// printing is held while a sheet comes out.
	printing sync.Mutex

	mu      sync.Mutex
	session string          // whose list it is; guarded by mu
	listed  map[string]bool // the licences that were listed; guarded by mu
	vouched string          // the session whose face somebody of the staff compared; guarded by mu
}

func newLicences(k *Kiosk, conf *agent.Config) *licences {
	return &licences{kiosk: k, face: conf.Face.On, log: k.log, outcomes: make(chan link.LicenceOutcome, maxUntold)}
}

// The refusals of this program itself.
var (
	errNoLicence = problem.New(http.StatusNotFound, "licence.unknown", "没有找到这份证照，请重新刷身份证")
	errNoFace    = problem.New(http.StatusForbidden, "licence.face", "打印证照要先核对是不是本人，请重新开始")
	errPrinting  = problem.New(http.StatusTooManyRequests, "paper.busy", "正在打印，请稍候")
)

// routes declares what the page asks for, below the card's session.
func (l *licences) routes(mux *http.ServeMux) {
	const at = " /terminal/{session}/licences"
	guarded := l.kiosk.terminal.guarded
	mux.HandleFunc("GET"+at, guarded(l.list))
	mux.HandleFunc("POST"+at+"/voucher", guarded(l.vouch))
	mux.HandleFunc("POST"+at+"/{licence}/prints", guarded(l.print))
}

// forget drops what is known of a session's person.
func (l *licences) forget(session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == session {
		l.session, l.listed = "", nil
	}
	if l.vouched == session {
		l.vouched = ""
	}
}

// list answers with what the card's holder can print.
func (l *licences) list(w http.ResponseWriter, r *http.Request, session string, who device.Identity) {
	var found link.LicencesView
	if err := l.kiosk.askCity(r.Context(), "/licence-query", link.LicenceProof{IDNumber: who.Number}, &found); err != nil {
		l.refuse(w, err)
		return
	}
	if found.Licences == nil {
		found.Licences = []link.LicenceView{}
	}
	listed := map[string]bool{}
	for _, one := range found.Licences {
		listed[one.ID] = true
	}
	l.mu.Lock()
	l.session, l.listed = session, listed
	l.mu.Unlock()
	if _, still := l.kiosk.terminal.holder(session); !still {
		l.forget(session)
		errGone.Write(w)
		return
	}
	give(w, http.StatusOK, found)
}

// vouch passes on that somebody of the staff compared the card with its holder.
func (l *licences) vouch(w http.ResponseWriter, r *http.Request, session string, _ device.Identity) {
	var by struct {
		Staff    string `json:"staff"`
		Password string `json:"password"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPrintBody)).Decode(&by) != nil {
		errNoFace.Write(w)
		return
	}
	var staff struct {
		Staff string `json:"staff"`
	}
	if err := l.kiosk.askCity(r.Context(), "/terminal/voucher", by, &staff); err != nil {
		l.refuse(w, err)
		return
	}
	l.mu.Lock()
	l.vouched = session
	l.mu.Unlock()
	if _, still := l.kiosk.terminal.holder(session); !still {
		l.forget(session)
		errGone.Write(w)
		return
	}
	give(w, http.StatusOK, staff)
}

// may tells whether a session's person may print a licence: one that was listed,
// after the comparison of faces where the machine makes one.
func (l *licences) may(session, licence, face string) *problem.Problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.session != session || !l.listed[licence]:
		return errNoLicence
	case l.face && face != "same" && (face != "vouched" || l.vouched != session):
		return errNoFace
	}
	return nil
}

// print prints a licence, and answers once it has come out or can't.
func (l *licences) print(w http.ResponseWriter, r *http.Request, session string, who device.Identity) {
	var ask struct {
		// Face is how the comparison of faces ended: same or vouched.
		Face string `json:"face"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPrintBody)).Decode(&ask); err != nil {
		errNoLicence.Write(w)
		return
	}
	licence := r.PathValue("licence")
	if p := l.may(session, licence, ask.Face); p != nil {
		p.Write(w)
		return
	}
	if !l.printing.TryLock() {
		errPrinting.Write(w)
		return
	}
	defer l.printing.Unlock()
	// What is on its way to the paper comes out whole, also after the page has gone.
	if err := l.bring(context.WithoutCancel(r.Context()), session, licence, who.Number); err != nil {
		l.refuse(w, err)
		return
	}
	give(w, http.StatusOK, struct{}{})
}

// bring fetches a licence and prints it. A printer that doesn't work is found out
// before the platform gives anything away.
func (l *licences) bring(ctx context.Context, session, licence, number string) error {
	if err := l.kiosk.agent.PagesReady(); err != nil {
		return forVisitor(err)
	}
	var sheet link.LicenceSheet
	order := link.LicenceOrder{LicenceProof: link.LicenceProof{IDNumber: number}, Licence: licence}
	if err := l.kiosk.askCity(ctx, "/licence-prints", order, &sheet); err != nil {
		return err
	}
	defer clear(sheet.PDF)
	if _, still := l.kiosk.terminal.holder(session); !still {
		l.tell(sheet.Print, link.PrintFailed)
		return &agent.RefusedError{Problem: link.Problem{Status: errGone.Status, Code: errGone.Code, Detail: errGone.Detail}}
	}
	err := l.kiosk.agent.PrintPDF(ctx, "", device.PageJob{Job: "licence/" + sheet.Print, Title: "licence", PDF: sheet.PDF})
	l.tell(sheet.Print, outcomeOf(err))
	return forVisitor(err)
}

// troubles are what a printer may lack, for somebody who stands before it.
var troubles = map[device.State]string{
	device.PaperEnd: "打印机没有纸了", device.CoverOpen: "打印机的盖子没有关好", device.Jam: "打印机卡纸了",
	device.Offline: "打印机没有连上", device.Fault: "打印机出了故障",
}

// forVisitor words for a citizen why a sheet didn't come out: she mends no printer.
func forVisitor(err error) error {
	var page *agent.PageError
	var refused *agent.RefusedError
	if !errors.As(err, &page) || !errors.As(err, &refused) || refused.Problem.Code == "page.unknown" {
		return err
	}
	trouble, ok := troubles[page.State]
	if !ok {
		trouble = "打印机现在不能打印"
	}
	return agent.Refuse(refused.Problem.Status, refused.Problem.Code, "没有打印出来："+trouble+"。请找工作人员处理，再打印一次，这次不算次数")
}

// outcomeOf is what became of a sheet. Half a page is of no use: it failed.
func outcomeOf(err error) link.PrintOutcome {
	var refused *agent.RefusedError
	switch {
	case err == nil:
		return link.PrintPrinted
	case errors.As(err, &refused) && refused.Problem.Code != "page.unknown":
		return link.PrintFailed
	default:
		return link.PrintUnknown
	}
}

// refuse answers with why something wasn't done.
func (l *licences) refuse(w http.ResponseWriter, err error) {
	var refused *agent.RefusedError
	if errors.As(err, &refused) {
		problem.New(refused.Problem.Status, refused.Problem.Code, refused.Problem.Detail).Write(w)
		return
	}
	l.log.Error("licence not printed", slog.Any("err", err))
	problem.New(http.StatusInternalServerError, "internal", "本机出错，请到咨询台").Write(w)
}

// tell has the hall told what became of a sheet.
func (l *licences) tell(print string, outcome link.PrintOutcome) {
	select {
	case l.outcomes <- link.LicenceOutcome{Print: print, Outcome: outcome}:
	default:
		l.log.Error("outcome of a licence's sheet not told", slog.String("outcome", string(outcome)))
	}
}

// run tells the hall of outcomes until ctx ends; what waits then is told once
// more.
func (l *licences) run(ctx context.Context) {
	for {
		select {
		case o := <-l.outcomes:
			l.tellSurely(ctx, o)
		case <-ctx.Done():
			for {
				select {
				case o := <-l.outcomes:
					_ = l.kiosk.askCity(context.WithoutCancel(ctx), "/licence-outcomes", o, nil) // the platform counts it as sent
				default:
					return
				}
			}
		}
	}
}

// tellSurely tells an outcome, some times if need be.
func (l *licences) tellSurely(ctx context.Context, o link.LicenceOutcome) {
	for range tellTries {
		err := l.kiosk.askCity(context.WithoutCancel(ctx), "/licence-outcomes", o, nil)
		var refused *agent.RefusedError
		if err == nil || errors.As(err, &refused) && !refused.Temporary() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tellAgain):
		}
	}
	l.log.Error("outcome of a licence's sheet not told", slog.String("outcome", string(o.Outcome)))
}
