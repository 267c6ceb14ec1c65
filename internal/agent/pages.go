package agent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
)

// Bounds of what pages may ask for.
const (
	maxPages    = 64
	maxInFlight = 8 // commands of one page
	// commandTimeout bounds a page's command, whatever it waits for.
	commandTimeout = 40 * time.Second
	// goodID is the length from which a page's id is taken as unique in the
	// world; a shorter one names the command to its own page only.
	goodID = 16
)

// Page is one page's connection to its agent.
type Page struct {
	conn *conn
	busy chan struct{} // a slot per command in flight
	now  func() time.Time
}

// Send sends a message of the agent to the page. A page that doesn't read is
// dropped; it comes back for a new snapshot.
func (p *Page) Send(t link.Type, body any) { p.reply("", t, body) }

// reply sends a message that answers the command re.
func (p *Page) reply(re string, t link.Type, body any) {
	m, err := link.New(t, p.now(), body)
	if err != nil {
		m = link.Message{Type: link.TypeError, At: p.now()}
	}
	m.Re = re
	p.conn.send(m)
}

// servePage upgrades one request to a page's connection and serves it until
// the page goes or ctx ends.
func (a *Agent) servePage(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{
		ReadBufferSize:  4 << 10,
		WriteBufferSize: 4 << 10,
		Subprotocols:    []string{link.Subprotocol},
		// The server has compared Host and Origin for every address already.
		CheckOrigin: func(*http.Request) bool { return true },
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	ws.SetReadLimit(link.MaxUp)
	p := &Page{conn: newConn(ws, pageOutbox), busy: make(chan struct{}, maxInFlight), now: a.Client.Now}
	if !a.join(p) {
		p.conn.close()
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { p.conn.write(ctx) })
	defer func() {
		a.part(p)
		cancel()
		wg.Wait()
	}()
	for {
		data, err := p.conn.read()
		if err != nil {
			return
		}
		a.fromPage(ctx, &wg, p, data)
	}
}

// join gives a new page its snapshot, and from then on every delta.
func (a *Agent) join(p *Page) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.pages) >= maxPages {
		return false
	}
	p.Send(link.TypePageSnapshot, a.describe())
	a.pages[p] = struct{}{}
	return true
}

func (a *Agent) part(p *Page) {
	p.conn.close()
	a.mu.Lock()
	delete(a.pages, p)
	a.mu.Unlock()
	if a.opt.Hooks.Gone != nil {
		a.opt.Hooks.Gone(p)
	}
}

// fromPage handles one message of a page. Whatever it is, the connection stays.
func (a *Agent) fromPage(ctx context.Context, wg *sync.WaitGroup, p *Page, data []byte) {
	m, err := link.Decode(data)
	if err != nil {
		p.reply("", link.TypeError, link.Problem{Status: 400, Code: "message.malformed", Detail: "页面发来的内容无法识别，请刷新页面"})
		return
	}
	if a.opt.Hooks.Notice != nil {
		handled, err := a.opt.Hooks.Notice(p, m)
		if err != nil {
			p.reply(m.ID, link.TypeError, a.problem(m.Type, err))
			return
		}
		if handled {
			if m.ID != "" {
				p.reply(m.ID, link.TypeAnswer, link.Answer{})
			}
			return
		}
	}
	if m.ID == "" || a.opt.Hooks.Command == nil && m.Type != link.TypeRollNew {
		p.reply(m.ID, link.TypeError, a.problem(m.Type, ErrUnsupported))
		return
	}
	select {
	case p.busy <- struct{}{}:
	default:
		p.reply(m.ID, link.TypeError, link.Problem{Status: 429, Code: "page.busy", Detail: "操作太快，请等上一步完成"})
		return
	}
	wg.Go(func() {
		defer func() { <-p.busy }()
		t, body := a.command(ctx, m)
		p.reply(m.ID, t, body)
	})
}

// command does a page's command and returns the answer. A command outlives its
// page: one that is sent again by the reloaded page finds the same answer.
func (a *Agent) command(ctx context.Context, m link.Message) (link.Type, any) {
	body, err := a.answers.once(ctx, m.ID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandTimeout)
		defer cancel()
		if len(m.ID) < goodID {
			m.ID = ulid.Make().String()
		}
		if m.Type == link.TypeRollNew {
			return a.rollPut(m)
		}
		return a.opt.Hooks.Command(ctx, m)
	})
	if err != nil {
		return link.TypeError, a.problem(m.Type, err)
	}
	return link.TypeAnswer, body
}

// ErrUnsupported is what a door answers to a type it has no meaning for.
var ErrUnsupported = errors.New("message type has no meaning here")

// Refuse returns an error that a page is shown as a Problem.
func Refuse(status int, code, detail string) error {
	return &RefusedError{Problem: link.Problem{Status: status, Code: code, Detail: detail}}
}

// DetailAway is what people read when the hall can't be reached.
const DetailAway = "与大厅服务器的连接中断，请稍候重试，办理内容不会丢失"

// problem words an error for a page. Errors without a wording of their own are
// logged whole and shown as a fault of this machine.
func (a *Agent) problem(t link.Type, err error) link.Problem {
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		return refused.Problem
	case errors.Is(err, ErrAway):
		return link.Problem{Status: 503, Code: "link.away", Detail: DetailAway}
	case errors.Is(err, context.DeadlineExceeded):
		return link.Problem{Status: 504, Code: "link.slow", Detail: "大厅服务器没有及时回应，请稍候重试"}
	case errors.Is(err, ErrUnsupported):
		return link.Problem{Status: 400, Code: "message.unsupported", Detail: "本机不支持这项操作"}
	case errors.Is(err, link.ErrMalformed):
		return link.Problem{Status: 400, Code: "message.malformed", Detail: "页面发来的内容无法识别，请刷新页面"}
	}
	a.log.Error("page's command failed", slog.String("type", string(t)), slog.Any("err", err))
	return link.Problem{Status: 500, Code: "agent.internal", Detail: "本机程序出错，请重试；仍不正常请联系管理员"}
}

// keepAnswers is how many answers are kept for pages that ask again.
const keepAnswers = 128

// answers remembers what commands led to. The zero value is ready for use.
type answers struct {
	mu    sync.Mutex
	byID  map[string]*answered // guarded by mu
	order []string             // of byID, oldest first; guarded by mu
}

// answered is one command's outcome.
type answered struct {
	done chan struct{} // closed once body and err are set
	body json.RawMessage
	err  error
}

// once returns what do returned for id, calling it unless it has succeeded or
// is under way already. Failures aren't kept. Ids that aren't unique enough
// are never remembered.
func (s *answers) once(ctx context.Context, id string, do func() (any, error)) (any, error) {
	if len(id) < goodID {
		return do()
	}
	s.mu.Lock()
	if known, ok := s.byID[id]; ok {
		s.mu.Unlock()
		select {
		case <-known.done:
			return known.body, known.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	entry := &answered{done: make(chan struct{})}
	s.add(id, entry)
	s.mu.Unlock()

	body, err := do()
	if err == nil {
		entry.body, err = json.Marshal(body)
	}
	entry.err = err
	close(entry.done)
	if err != nil {
		s.mu.Lock()
		delete(s.byID, id)
		s.mu.Unlock()
	}
	return entry.body, err
}

// add enters an outcome and drops the oldest. The caller holds mu.
func (s *answers) add(id string, entry *answered) {
	if s.byID == nil {
		s.byID = map[string]*answered{}
	}
	s.byID[id] = entry
	s.order = append(s.order, id)
	for len(s.order) > keepAnswers {
		delete(s.byID, s.order[0])
		s.order = s.order[1:]
	}
}
