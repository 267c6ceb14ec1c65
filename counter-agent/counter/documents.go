package counter

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/imaging"
	"smarthall/internal/link"
	"smarthall/internal/pdf"
)

const (
	// captureWithin and scanWithin bound what the devices may take.
	captureWithin = 25 * time.Second
	scanWithin    = 10 * time.Minute
	// hallWithin bounds a question to the hall about documents.
	hallWithin = 15 * time.Second
	// phoneEvery is how often the hall is asked for pictures while a phone may
	// send some.
	phoneEvery = 1500 * time.Millisecond
	// maxJobs is how many pages may wait to be made ready.
	maxJobs = 2 * maxPages
)

// camera and scanner are what takes pictures of paper: the agent's devices.
type (
	camera interface {
		Capture(ctx context.Context) (device.Image, error)
		Preview(ctx context.Context, show func(jpeg []byte) error) error
	}
	scanner interface {
		Scan(ctx context.Context, settings device.ScanSettings, page func(device.Image) error) (int, error)
	}
)

// uploads is what brings documents to the hall: agent.Documents.
type uploads interface {
	Add(ctx context.Context, doc agent.Document) (string, error)
	Drop(id string) error
	List(ctx context.Context, ticket string) ([]link.DocumentView, error)
	Content(ctx context.Context, id string) ([]byte, error)
	Remove(ctx context.Context, id string) error
	OpenPhone(ctx context.Context, ticket string) (link.PaperPhone, error)
	ClosePhone(ctx context.Context, ticket string) error
}

// papersConfig is what newPapers needs. Camera and Scanner return nil if the
// counter has none.
type papersConfig struct {
	Store   *paperStore
	Hall    uploads
	Camera  func() camera
	Scanner func() scanner
	// Process makes a clean page: imaging.Process.
	Process func(ctx context.Context, src []byte, e imaging.Edit) (imaging.Page, error)
	// Number is a visit's number if it is in front, else empty.
	Number func(ticket string) string
	// PageBytes is the most that a page of A4 takes, 0 where the hall doesn't say.
	PageBytes func() int
	Tell      func(link.Papers)
	Now       func() time.Time
	Log       *slog.Logger
}

// papers makes documents of what citizens bring. Pictures come from the camera,
// the scanner and phones; each is made a clean page, beside whatever the clerk
// does, and kept encrypted until the clerk makes one PDF of them, which goes to
// the hall by the agent's queue.
type papers struct {
	cfg  papersConfig
	jobs chan job
	// gate lets one at a time have the camera.
	gate cameraGate
	work sync.WaitGroup
	// ctx is Run's, for what outlives a command.
	begin chan struct{}
	ctx   context.Context

	// turn is held while a change is made and told. It is taken before mu.
	turn sync.Mutex
	mu   sync.Mutex
	live map[string]*visit // by ticket; guarded by mu
}

// visit is what isn't kept on the disk of a visit's papers.
type visit struct {
	documents     []link.DocumentView
	phone         *link.PaperPhone
	endPhone      context.CancelFunc
	working, fail string
}

// job is a page that is to be made ready.
type job struct{ ticket, page string }

func newPapers(cfg papersConfig) *papers {
	p := &papers{cfg: cfg, jobs: make(chan job, maxJobs), begin: make(chan struct{}), live: make(map[string]*visit)}
	p.gate.init()
	return p
}

// run makes pages ready until ctx ends.
func (p *papers) run(ctx context.Context) {
	p.ctx = ctx
	close(p.begin)
	defer p.work.Wait()
	for _, j := range p.cfg.Store.unready() {
		p.enqueue(j)
	}
	sweep := time.NewTicker(time.Hour)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			p.cfg.Store.sweep(p.cfg.Now())
		case j := <-p.jobs:
			p.make(ctx, j)
		}
	}
}

func (p *papers) enqueue(j job) {
	select {
	case p.jobs <- j:
	default:
		p.cfg.Log.Error("page waits for a restart: too many at once", slog.String("page", j.page))
	}
}

// beside runs f after the command that asked for it was answered.
func (p *papers) beside(f func(ctx context.Context)) error {
	select {
	case <-p.begin:
	default:
		return agent.Refuse(503, "agent.starting", "本机程序正在启动，请稍候")
	}
	if p.ctx.Err() != nil {
		return agent.Refuse(503, "agent.closing", "本机程序正在退出，请稍候")
	}
	p.work.Go(func() { f(p.ctx) })
	return nil
}

// command does what a page asks about papers; false if m is about something else.
func (p *papers) command(ctx context.Context, m link.Message) (known bool, err error) {
	switch m.Type {
	case link.TypePapersOpen:
		return true, into(m, func(r link.TicketRef) error { return p.open(r.Ticket) })
	case link.TypePapersCapture:
		return true, into(m, func(r link.TicketRef) error { return p.capture(ctx, r.Ticket) })
	case link.TypePapersScan:
		return true, into(m, p.scan)
	case link.TypePapersEdit:
		return true, into(m, p.edit)
	case link.TypePapersOrder:
		return true, into(m, func(o link.PapersOrder) error {
			return p.change(o.Ticket, func(d *draft) error { return d.order(o.Pages) })
		})
	case link.TypePapersDelete:
		return true, into(m, func(r link.PageRef) error { return p.remove(r.Ticket, r.Page) })
	case link.TypePapersFinish:
		return true, into(m, func(f link.PapersFinish) error { return p.finish(ctx, f) })
	case link.TypePapersPhone:
		return true, into(m, func(r link.PapersPhone) error { return p.phone(ctx, r) })
	case link.TypePapersRemove:
		return true, into(m, func(r link.DocumentRef) error { return p.delete(ctx, r) })
	case link.TypeUploadDrop:
		return true, into(m, func(r link.UploadRef) error { return p.cfg.Hall.Drop(r.ID) })
	}
	return false, nil
}

// into decodes m's body and calls f with it.
func into[T any](m link.Message, f func(T) error) error {
	var body T
	if err := m.Into(&body); err != nil {
		return err
	}
	return f(body)
}

// open tells the pages of a visit's papers, and asks the hall for its documents.
func (p *papers) open(ticket string) error {
	if !isID(ticket) {
		return errNoTicket
	}
	p.tell(ticket)
	return p.beside(func(ctx context.Context) { p.refresh(ctx, ticket) })
}

var errNoTicket = agent.Refuse(422, "ticket.missing", "没有指明号码")

func isID(id string) bool {
	_, err := ulid.ParseStrict(id)
	return err == nil
}

// visit returns the live part of a visit. The caller holds mu.
func (p *papers) visit(ticket string) *visit {
	v := p.live[ticket]
	if v == nil {
		if len(p.live) > 200 { // a clerk's day; what matters is on the disk
			clear(p.live)
		}
		v = &visit{}
		p.live[ticket] = v
	}
	return v
}

// note changes the live part of a visit and tells of it.
func (p *papers) note(ticket string, f func(*visit)) {
	p.mu.Lock()
	f(p.visit(ticket))
	p.mu.Unlock()
	p.tell(ticket)
}

// tell tells the pages of a visit's papers.
func (p *papers) tell(ticket string) {
	p.turn.Lock()
	defer p.turn.Unlock()
	view := link.Papers{
		Ticket: ticket, Pages: p.cfg.Store.pages(ticket), Left: p.cfg.Store.left(ticket),
		Camera: p.cfg.Camera() != nil, Scanner: p.cfg.Scanner() != nil,
	}
	p.mu.Lock()
	v := p.visit(ticket)
	view.Documents, view.Working, view.Problem = slices.Clone(v.documents), v.working, v.fail
	if v.phone != nil {
		phone := *v.phone
		view.Phone = &phone
	}
	p.mu.Unlock()
	p.cfg.Tell(view)
}

// change changes a visit's pages durably and tells of it.
func (p *papers) change(ticket string, f func(*draft) error) error {
	if !isID(ticket) {
		return errNoTicket
	}
	if err := p.cfg.Store.change(ticket, p.cfg.Number(ticket), f); err != nil {
		return err
	}
	p.tell(ticket)
	return nil
}

// busy marks that something is being done for a visit; done ends it with what
// went wrong. Only one thing is done at a time.
func (p *papers) busy(ticket, what string) error {
	if !isID(ticket) {
		return errNoTicket
	}
	var err error
	p.note(ticket, func(v *visit) {
		if v.working != "" {
			err = agent.Refuse(409, "papers.busy", v.working+"，请稍候")
			return
		}
		v.working, v.fail = what, ""
	})
	return err
}

func (p *papers) done(ticket string, err error) {
	p.note(ticket, func(v *visit) {
		if v.working = ""; err != nil {
			v.fail = wordsOf(err)
		}
	})
}

// capture takes a picture with the camera.
func (p *papers) capture(ctx context.Context, ticket string) error {
	cam := p.cfg.Camera()
	if cam == nil {
		return agent.Refuse(409, "papers.no-camera", "本窗口没有高拍仪")
	}
	if err := p.busy(ticket, "正在拍摄"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, captureWithin)
	defer cancel()
	leave := p.gate.capture()
	image, err := cam.Capture(ctx)
	leave()
	if err == nil {
		err = p.add(ticket, ulid.Make().String(), fromCamera, image)
	}
	p.done(ticket, err)
	return p.refusal("capture", err)
}

// scan scans what lies in the scanner; pages appear as they come.
func (p *papers) scan(s link.PapersScan) error {
	dev := p.cfg.Scanner()
	source, paper := device.Source(s.Source), device.Paper(s.Paper)
	switch {
	case dev == nil:
		return agent.Refuse(409, "papers.no-scanner", "本窗口没有扫描仪")
	case source != device.SourceFlatbed && source != device.SourceFeeder, paper != "" && paper != device.PaperA4 && paper != device.PaperA3:
		return agent.Refuse(422, "papers.scan", "不支持这样扫描")
	}
	if err := p.busy(s.Ticket, "正在扫描"); err != nil {
		return err
	}
	err := p.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, scanWithin)
		defer cancel()
		settings := device.ScanSettings{Source: source, Paper: paper, TwoSided: s.TwoSided}
		n, err := dev.Scan(ctx, settings, func(image device.Image) error {
			return p.addOn(s.Ticket, ulid.Make().String(), fromScanner, s.Paper, image)
		})
		if err != nil {
			p.cfg.Log.Warn("scan ended", slog.Int("pages", n), slog.Any("err", err))
		}
		p.done(s.Ticket, err)
	})
	if err != nil {
		p.done(s.Ticket, err)
	}
	return err
}

// add keeps a picture as a page and has it made ready. An id that is there
// changes nothing.
func (p *papers) add(ticket, id, from string, image device.Image) error {
	return p.addOn(ticket, id, from, "", image)
}

// addOn is add for a picture of known paper; empty is what it looks like, or
// what the page before it was said to be.
func (p *papers) addOn(ticket, id, from, paper string, image device.Image) error {
	fresh, err := p.cfg.Store.add(ticket, p.cfg.Number(ticket), page{PaperPage: link.PaperPage{
		ID: id, From: from, State: pageWorking, Look: link.LookColour, Paper: paper,
	}, DPI: image.DPI}, image.JPEG)
	if err != nil || !fresh {
		return err
	}
	p.enqueue(job{ticket, id})
	p.tell(ticket)
	return nil
}

// edit changes a page and has it made anew.
func (p *papers) edit(e link.PapersEdit) error {
	if err := p.change(e.Ticket, func(d *draft) error { return d.edit(e) }); err != nil {
		return err
	}
	p.enqueue(job{e.Ticket, e.Page})
	return nil
}

func (p *papers) remove(ticket, id string) error {
	if !isID(ticket) {
		return errNoTicket
	}
	if err := p.cfg.Store.remove(ticket, id); err != nil {
		return err
	}
	p.tell(ticket)
	return nil
}

// make makes one page ready. Changes that came meanwhile are made after it.
func (p *papers) make(ctx context.Context, j job) {
	pg, src, err := p.cfg.Store.source(j.ticket, j.page)
	if errors.Is(err, errNoPage) {
		return // thrown away meanwhile
	}
	var made imaging.Page
	if err == nil {
		made, err = p.cfg.Process(ctx, src, pg.imaging(p.cfg.PageBytes()))
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		p.cfg.Log.Warn("page not made", slog.String("page", j.page), slog.Any("err", err))
	}
	if err := p.cfg.Store.ready(j.ticket, j.page, pg.Rev, made, wordsOf(err)); err != nil && !errors.Is(err, errNoPage) {
		p.cfg.Log.Error("page not kept", slog.String("page", j.page), slog.Any("err", err))
	}
	p.tell(j.ticket)
}

// finish makes one PDF of a visit's pages and hands it to the agent's queue. A
// power cut in between changes nothing: the document keeps its id.
func (p *papers) finish(ctx context.Context, f link.PapersFinish) error {
	name := strings.TrimSpace(f.Name)
	if name == "" || len([]rune(name)) > 100 {
		return agent.Refuse(422, "papers.name", "请给材料起一个名称（不超过 100 字）")
	}
	if err := p.busy(f.Ticket, "正在合成 PDF"); err != nil {
		return err
	}
	err := p.assemble(ctx, f.Ticket, name)
	p.done(f.Ticket, err)
	return p.refusal("finish", err)
}

func (p *papers) assemble(ctx context.Context, ticket, name string) error {
	id, pages, err := p.cfg.Store.close(ticket, ulid.Make().String())
	if err != nil {
		return err
	}
	var out strings.Builder
	if err := pdf.Pages(ctx, &out, pages, pdf.Options{}); err != nil {
		return err
	}
	_, err = p.cfg.Hall.Add(ctx, agent.Document{
		ID: id, Kind: agent.KindMaterial, Ticket: ticket, Name: name, Type: "application/pdf", Data: []byte(out.String()),
	})
	if err != nil {
		return err
	}
	return p.cfg.Store.clear(ticket)
}

// refusal is err in words for the clerk, logged if it isn't one already.
func (p *papers) refusal(what string, err error) error {
	var refused *agent.RefusedError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	p.cfg.Log.Warn("papers", slog.String("what", what), slog.Any("err", err))
	return agent.Refuse(500, "papers."+what, wordsOf(err))
}

// wordsOf is err for the clerk; empty for nil.
func wordsOf(err error) string {
	var refused *agent.RefusedError
	if err == nil {
		return ""
	}
	if errors.As(err, &refused) {
		return refused.Problem.Detail
	}
	for _, w := range []struct {
		err  error
		text string
	}{
		{device.ErrNoPaper, "送纸器里没有纸，请放好材料再扫描"},
		{device.ErrJam, "扫描仪卡纸了，请取出后再扫描"},
		{device.ErrCoverOpen, "扫描仪的盖子开着，请合上再扫描"},
		{device.ErrTimeout, "设备没有及时响应，请检查后重试"},
		{context.DeadlineExceeded, "设备没有及时响应，请检查后重试"},
		{device.ErrOffline, "设备没有连接，请检查连线和电源"},
		{imaging.ErrFormat, "照片无法识别，可能不完整，请重新采集"},
		{imaging.ErrTooLarge, "照片太大，请缩小后再采集"},
		{imaging.ErrEdit, "四个角的位置不对，请重新调整"},
		{agent.ErrDocumentSize, "材料超过 20 MB，请分成几份上传"},
		{agent.ErrDocumentsFull, "本机待上传的材料太多，请等大厅服务器恢复后再试"},
		{agent.ErrAway, agent.DetailAway},
	} {
		if errors.Is(err, w.err) {
			return w.text
		}
	}
	return "没有成功，请重试；仍不正常请联系管理员"
}
