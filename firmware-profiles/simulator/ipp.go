package simulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/ipp"
	"smarthall/internal/device"
)

// PageView is a document in a page printer's tray.
type PageView struct {
	// N names it in the console's API: pages/N.pdf.
	N     int       `json:"n"`
	Title string    `json:"title"`
	At    time.Time `json:"at"`
	Bytes int       `json:"bytes"`
	// Pages are the pages of one copy, as far as the document tells.
	Pages  int          `json:"pages"`
	Copies int          `json:"copies"`
	Paper  device.Paper `json:"paper"`
	// TwoSided is set if it was printed on both sides.
	TwoSided bool `json:"twoSided"`
}

// Bounds of what a page printer keeps.
const (
	maxPrintJob = 64 << 20
	keepPages   = 20 // documents in the tray; older ones are thrown away
	keepJobs    = 100
)

// mediaNames are the papers by their names in IPP.
var mediaNames = map[string]device.Paper{"iso_a4_210x297mm": device.PaperA4, "iso_a3_297x420mm": device.PaperA3}

// pagePrinter is a printer with a network interface that speaks IPP. The
// device's mutex guards it.
type pagePrinter struct {
	d      *Device
	paper  paper
	cover  bool
	jam    bool
	busy   bool // a page is on its way
	format string

	jobs []*pageJob // oldest first
	tray []pageDocument
	last int // number of the newest job
}

// pageJob is a job with its state in IPP.
type pageJob struct {
	id    int
	state int
	doc   pageDocument
}

// pageDocument is a document and what it was printed with.
type pageDocument struct {
	view PageView
	pdf  []byte
}

func newPagePrinter(d *Device) *pagePrinter {
	return &pagePrinter{d: d, paper: paperIn, format: "application/pdf"}
}

// receive is never called: requests come one by one.
func (p *pagePrinter) receive([]byte) {}

// powerOn is a printer that was switched on: unfinished jobs are gone.
func (p *pagePrinter) powerOn() {
	p.jobs = slices.DeleteFunc(p.jobs, func(j *pageJob) bool { return j.state < ipp.JobCanceled })
	p.busy = false
}

func (p *pagePrinter) show(v *View) {
	for _, doc := range p.tray {
		v.Pages = append(v.Pages, doc.view)
	}
	for _, c := range []struct {
		name string
		on   bool
	}{{"paper-out", p.paper == paperOut}, {"paper-near-end", p.paper == paperNearEnd}, {"cover-open", p.cover}, {"jam", p.jam}} {
		if c.on {
			v.Conditions = append(v.Conditions, c.name)
		}
	}
}

func (p *pagePrinter) setPaper(to paper) { p.paper = to; p.work() }

func (p *pagePrinter) setCover(open bool) { p.cover = open; p.work() }

func (p *pagePrinter) setJam(jam bool) { p.jam = jam; p.work() }

func (p *pagePrinter) ready() bool { return p.paper != paperOut && !p.cover && !p.jam }

// work prints the jobs that wait, one after another.
func (p *pagePrinter) work() {
	for _, j := range p.jobs {
		switch {
		case j.state != ipp.JobPending && j.state != ipp.JobStopped:
		case !p.ready():
			j.state = ipp.JobStopped
		case p.d.cfg.LineTime > 0:
			if !p.busy {
				p.busy, j.state = true, ipp.JobProcessing
				p.later(j)
			}
		default:
			p.finish(j)
		}
	}
}

// later finishes a job after the time that its pages take.
func (p *pagePrinter) later(j *pageJob) {
	pause := p.d.cfg.LineTime * time.Duration(max(1, j.doc.view.Pages*j.doc.view.Copies))
	time.AfterFunc(pause, func() {
		p.d.mu.Lock()
		defer p.d.mu.Unlock()
		if !slices.Contains(p.jobs, j) || p.d.closed {
			return // switched off meanwhile
		}
		p.busy = false
		if j.state == ipp.JobProcessing {
			j.state = ipp.JobPending
			if p.ready() {
				p.finish(j)
			}
		}
		p.work()
	})
}

func (p *pagePrinter) finish(j *pageJob) {
	j.state = ipp.JobCompleted
	j.doc.view.At = now()
	p.tray = append(p.tray, j.doc)
	if len(p.tray) > keepPages {
		p.tray = p.tray[1:]
	}
	j.doc.pdf = nil
	p.d.changed()
}

// OnlyRaster makes a page printer take PWG raster and no PDF, as many cheap
// ones do.
func (d *Device) OnlyRaster() error {
	return on(d, func(p *pagePrinter) error {
		p.format = "image/pwg-raster"
		return nil
	})
}

// WritePDF writes document n of a page printer's tray.
func (d *Device) WritePDF(w io.Writer, n int) error {
	var pdf []byte
	err := look(d, func(p *pagePrinter) error {
		i := slices.IndexFunc(p.tray, func(doc pageDocument) bool { return doc.view.N == n })
		if i < 0 {
			return fmt.Errorf("document %d isn't in the tray: %w", n, ErrArgument)
		}
		pdf = p.tray[i].pdf
		return nil
	})
	if err != nil {
		return err
	}
	_, err = w.Write(pdf)
	return err
}

// listen opens the printer's network interface at tcp://host:port or
// ipp://host:port/path.
func (p *pagePrinter) listen(address string) (plug, string, error) {
	scheme, host, _ := strings.Cut(address, "://")
	host, _, _ = strings.Cut(host, "/")
	if scheme != "tcp" && scheme != "ipp" || host == "" {
		return nil, "", fmt.Errorf("a page printer has a network port such as ipp://127.0.0.1:0, not %q", address)
	}
	return listenHTTP(host, http.HandlerFunc(p.serve), "ipp://%s/ipp/print")
}

// serve answers one request.
func (p *pagePrinter) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPrintJob))
	if err != nil {
		http.Error(w, "request is too large", http.StatusRequestEntityTooLarge)
		return
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/ipp" {
		http.Error(w, "only IPP is spoken here", http.StatusBadRequest)
		return
	}
	answer, ok := p.handle(body)
	if !ok {
		<-r.Context().Done() // stalled: it takes everything and says nothing
		return
	}
	w.Header().Set("Content-Type", "application/ipp")
	_, _ = w.Write(answer) // a host that is gone hears nothing
}

// handle obeys a request; false if the printer hangs.
func (p *pagePrinter) handle(body []byte) ([]byte, bool) {
	d := p.d
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard.add(body)
	if d.plug == nil || d.stalled {
		return nil, false
	}
	m, document, err := ipp.Parse(body)
	out := p.answer(m, ipp.StatusBadRequest)
	if err == nil {
		out = p.obey(m, document)
	}
	b, err := out.Append(nil)
	if err != nil {
		return nil, false // what it says of itself always fits
	}
	if d.noise {
		d.noise = false
		d.changed()
		b = append(d.garbage(24), b...)
	}
	return b, true
}

// answer begins an answer.
func (p *pagePrinter) answer(to ipp.Message, code uint16) ipp.Message {
	version := min(to.Version, ipp.Version2) // the host's own, as RFC 8011, section 4.1.8, wants it
	if to.Version == 0 {
		version = ipp.Version2
	}
	return ipp.Message{Version: version, Code: code, ID: to.ID, Groups: []ipp.Group{{Tag: ipp.TagOperation, Attributes: []ipp.Attribute{
		ipp.Text(ipp.TagCharset, "attributes-charset", "utf-8"),
		ipp.Text(ipp.TagLanguage, "attributes-natural-language", "en"),
	}}}}
}

// obey runs an operation.
func (p *pagePrinter) obey(m ipp.Message, document []byte) ipp.Message {
	if m.Version>>8 < 1 || m.Version>>8 > 2 {
		return p.answer(m, ipp.StatusVersion)
	}
	if m.ID == 0 || m.Text(ipp.TagOperation, "attributes-charset") != "utf-8" ||
		m.Text(ipp.TagOperation, "attributes-natural-language") == "" || m.Text(ipp.TagOperation, "printer-uri") == "" {
		return p.answer(m, ipp.StatusBadRequest)
	}
	switch m.Code {
	case ipp.OpGetPrinterAttributes:
		return p.describe(m)
	case ipp.OpValidateJob:
		return p.answer(m, p.check(m))
	case ipp.OpPrintJob, ipp.OpCreateJob:
		if code := p.check(m); code != ipp.StatusOK {
			return p.answer(m, code)
		}
		j := p.create(m)
		if m.Code == ipp.OpPrintJob {
			return p.load(m, j, document)
		}
		return p.tell(m, j)
	}
	j := p.job(m)
	if j == nil {
		known := m.Code == ipp.OpSendDocument || m.Code == ipp.OpGetJobAttributes || m.Code == ipp.OpCancelJob
		return p.answer(m, map[bool]uint16{true: ipp.StatusNotFound, false: ipp.StatusUnknownOperation}[known])
	}
	switch m.Code {
	case ipp.OpSendDocument:
		if j.state != ipp.JobHeld {
			return p.answer(m, ipp.StatusNotPossible)
		}
		return p.load(m, j, document)
	case ipp.OpGetJobAttributes:
		return p.tell(m, j)
	case ipp.OpCancelJob:
		if j.state >= ipp.JobCanceled {
			return p.answer(m, ipp.StatusNotPossible)
		}
		j.state = ipp.JobCanceled
		j.doc.pdf = nil
		p.work()
		return p.answer(m, ipp.StatusOK)
	default:
		return p.answer(m, ipp.StatusUnknownOperation)
	}
}

// check tells whether a job can be printed as ordered.
func (p *pagePrinter) check(m ipp.Message) uint16 {
	format := m.Text(ipp.TagOperation, "document-format")
	if format != "" && format != "application/octet-stream" && format != p.format {
		return ipp.StatusFormat
	}
	return ipp.StatusOK
}

// create enters a job that has no document yet.
func (p *pagePrinter) create(m ipp.Message) *pageJob {
	p.last++
	j := &pageJob{id: p.last, state: ipp.JobHeld}
	v := &j.doc.view
	v.N, v.Title, v.Copies, v.Paper = p.last, m.Text(ipp.TagOperation, "job-name"), 1, device.PaperA4
	if n, ok := m.Number(ipp.TagJob, "copies"); ok && n > 0 {
		v.Copies = n
	}
	if paper, ok := mediaNames[m.Text(ipp.TagJob, "media")]; ok {
		v.Paper = paper
	}
	v.TwoSided = strings.HasPrefix(m.Text(ipp.TagJob, "sides"), "two-sided") && p.d.profile.Caps.Duplex
	p.jobs = append(p.jobs, j)
	if len(p.jobs) > keepJobs {
		p.jobs = p.jobs[1:]
	}
	return j
}

// pages finds the pages of a PDF that isn't compressed beyond that.
var pages = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// load gives a job its document.
func (p *pagePrinter) load(m ipp.Message, j *pageJob, document []byte) ipp.Message {
	if !bytes.HasPrefix(document, []byte("%PDF-")) {
		j.state = ipp.JobAborted
		return p.answer(m, ipp.StatusFormat)
	}
	j.doc.pdf = document
	j.doc.view.Bytes, j.doc.view.Pages = len(document), len(pages.FindAll(document, -1))
	j.state = ipp.JobPending
	p.work()
	return p.tell(m, j)
}

// job is the job that a request names, or nil.
func (p *pagePrinter) job(m ipp.Message) *pageJob {
	id, _ := m.Number(ipp.TagOperation, "job-id")
	i := slices.IndexFunc(p.jobs, func(j *pageJob) bool { return j.id == id })
	if i < 0 {
		return nil
	}
	return p.jobs[i]
}

// tell answers with a job's state.
func (p *pagePrinter) tell(m ipp.Message, j *pageJob) ipp.Message {
	out := p.answer(m, ipp.StatusOK)
	reason := "none"
	if j.state == ipp.JobStopped {
		reason = "printer-stopped"
	}
	out.Groups = append(out.Groups, ipp.Group{Tag: ipp.TagJob, Attributes: []ipp.Attribute{
		ipp.Number(ipp.TagInteger, "job-id", j.id),
		ipp.Text(ipp.TagURI, "job-uri", fmt.Sprintf("%s/jobs/%d", m.Text(ipp.TagOperation, "printer-uri"), j.id)),
		ipp.Number(ipp.TagEnum, "job-state", j.state),
		ipp.Text(ipp.TagKeyword, "job-state-reasons", reason),
	}})
	return out
}

// mediaColA4 is the collection of A4: its size in hundredths of a millimetre.
var mediaColA4 = []ipp.Value{
	{Tag: 0x34},
	{Tag: 0x4A, Data: []byte("media-size")},
	{Tag: 0x34},
	{Tag: 0x4A, Data: []byte("x-dimension")},
	{Tag: ipp.TagInteger, Data: []byte{0, 0, 0x52, 0x08}},
	{Tag: 0x4A, Data: []byte("y-dimension")},
	{Tag: ipp.TagInteger, Data: []byte{0, 0, 0x74, 0x04}},
	{Tag: 0x37},
	{Tag: 0x37},
}

// reasons are the printer's troubles in IPP's words.
func (p *pagePrinter) reasons() []string {
	var out []string
	for _, r := range []struct {
		on   bool
		text string
	}{
		{p.paper == paperOut, "media-empty-error"},
		{p.paper == paperNearEnd, "media-low-warning"},
		{p.cover, "cover-open-error"},
		{p.jam, "media-jam-error"},
	} {
		if r.on {
			out = append(out, r.text)
		}
	}
	if out == nil {
		out = []string{"none"}
	}
	return out
}

// describe answers with the printer's attributes, all of them or those asked for.
func (p *pagePrinter) describe(m ipp.Message) ipp.Message {
	state := ipp.PrinterIdle
	switch {
	case !p.ready():
		state = ipp.PrinterStopped
	case p.busy:
		state = ipp.PrinterProcessing
	}
	caps := p.d.profile.Caps
	var names []string
	for name, paper := range mediaNames {
		if slices.Contains(caps.Media, paper) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	sides := []string{"one-sided"}
	if caps.Duplex {
		sides = append(sides, "two-sided-long-edge")
	}
	all := []ipp.Attribute{
		ipp.Text(ipp.TagURI, "printer-uri-supported", m.Text(ipp.TagOperation, "printer-uri")),
		ipp.Text(ipp.TagKeyword, "uri-security-supported", "none"),
		ipp.Text(ipp.TagKeyword, "uri-authentication-supported", "none"),
		ipp.Text(ipp.TagName, "printer-name", p.d.cfg.ID),
		ipp.Text(ipp.TagText, "printer-make-and-model", p.d.profile.Names.EN),
		ipp.Text(ipp.TagText, "printer-info", p.d.profile.Names.ZH),
		ipp.Text(ipp.TagText, "printer-location", p.d.cfg.Agent),
		ipp.Text(ipp.TagURI, "printer-more-info", m.Text(ipp.TagOperation, "printer-uri")),
		ipp.Number(ipp.TagEnum, "printer-state", state),
		ipp.Text(ipp.TagKeyword, "printer-state-reasons", p.reasons()...),
		ipp.Bool("printer-is-accepting-jobs", true),
		ipp.Text(ipp.TagKeyword, "ipp-versions-supported", "1.1", "2.0"),
		ipp.Number(ipp.TagEnum, "operations-supported", ipp.OpPrintJob, ipp.OpValidateJob, ipp.OpCreateJob, ipp.OpSendDocument,
			ipp.OpCancelJob, ipp.OpGetJobAttributes, ipp.OpGetPrinterAttributes),
		ipp.Text(ipp.TagCharset, "charset-configured", "utf-8"),
		ipp.Text(ipp.TagCharset, "charset-supported", "utf-8"),
		ipp.Text(ipp.TagLanguage, "natural-language-configured", "en"),
		ipp.Text(ipp.TagLanguage, "generated-natural-language-supported", "en"),
		ipp.Text(ipp.TagMimeType, "document-format-default", p.format),
		ipp.Text(ipp.TagMimeType, "document-format-supported", p.format),
		ipp.Text(ipp.TagKeyword, "compression-supported", "none"),
		ipp.Text(ipp.TagKeyword, "pdl-override-supported", "attempted"),
		ipp.Text(ipp.TagKeyword, "media-supported", names...),
		ipp.Text(ipp.TagKeyword, "media-default", "iso_a4_210x297mm"),
		{Name: "media-col-default", Values: mediaColA4},
		ipp.Text(ipp.TagKeyword, "sides-supported", sides...),
		ipp.Range("copies-supported", 1, 99),
		ipp.Number(ipp.TagInteger, "queued-job-count", 0),
		ipp.Number(ipp.TagInteger, "printer-up-time", max(1, int(time.Now().Unix()%1e9))),
	}
	asked := m.Texts(ipp.TagOperation, "requested-attributes")
	if len(asked) > 0 && !slices.Contains(asked, "all") && !slices.Contains(asked, "printer-description") {
		all = slices.DeleteFunc(all, func(a ipp.Attribute) bool { return !slices.Contains(asked, a.Name) })
	}
	out := p.answer(m, ipp.StatusOK)
	out.Groups = append(out.Groups, ipp.Group{Tag: ipp.TagPrinter, Attributes: all})
	return out
}

// page serves a document of a page printer's tray: pages/N.pdf.
func (c *Console) page(w http.ResponseWriter, r *http.Request) {
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	c.file(w, r, "application/pdf", ".pdf", d.WritePDF)
}
