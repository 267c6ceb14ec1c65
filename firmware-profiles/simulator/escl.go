package simulator

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/escl"
)

// esclPath is where the simulated scanner has eSCL unless its port says else.
const esclPath = "/eSCL"

// maxFeeder is how many sheets the feeder holds.
const maxFeeder = 50

// netScanner is a network scanner with a glass, a feeder or both. The device's
// mutex guards it; pages are drawn without it.
type netScanner struct {
	d    *Device
	caps escl.Capabilities
	base string // path of its eSCL

	glass    *sheet
	feeder   []sheet
	jam      bool
	hatch    bool // open
	jamAfter int  // pages until a jam; 0 is never

	job   *scanJob // nil while it has nothing to do
	count int      // jobs so far
}

// scanJob is one job of a scanner.
type scanJob struct {
	id       string
	settings scanSettings
	pages    int       // given so far
	back     bool      // the last sheet's back comes next
	due      time.Time // when the next page is ready
}

// scanSettings are a host's ScanSettings.
type scanSettings struct {
	XMLName xml.Name `xml:"ScanSettings"`
	XOffset int      `xml:"ScanRegions>ScanRegion>XOffset"`
	YOffset int      `xml:"ScanRegions>ScanRegion>YOffset"`
	Width   int      `xml:"ScanRegions>ScanRegion>Width"`
	Height  int      `xml:"ScanRegions>ScanRegion>Height"`
	Source  string   `xml:"InputSource"`
	Mode    string   `xml:"ColorMode"`
	DPI     int      `xml:"XResolution"`
	Duplex  bool     `xml:"Duplex"`
}

func newNetScanner(d *Device) *netScanner {
	s := &netScanner{d: d, caps: escl.Described(d.profile), base: esclPath}
	s.setPaper(paperIn)
	return s
}

func (s *netScanner) receive([]byte) {} // it is asked over HTTP

func (s *netScanner) listen(address string) (plug, string, error) {
	scheme, host, found := strings.Cut(address, "://")
	host, path, _ := strings.Cut(host, "/")
	if found && path != "" {
		s.base = "/" + strings.TrimSuffix(path, "/")
	}
	return s.d.listenWeb(s, scheme+"://"+host+s.base)
}

// powerOn is a scanner that was switched on: its job is gone.
func (s *netScanner) powerOn() { s.job = nil }

func (s *netScanner) lay(sh *sheet) { s.glass = sh }

// setPaper fills the feeder with three sheets, or one, or none.
func (s *netScanner) setPaper(to paper) {
	s.feeder = nil
	if s.caps.Feeder == nil || to == paperOut {
		return
	}
	for _, id := range map[paper][]string{paperIn: {"form-a4", "letter-a4", "card-copy-a4"}, paperNearEnd: {"letter-a4"}}[to] {
		if sh, ok := specimen(id); ok {
			s.feeder = append(s.feeder, sh)
		}
	}
}

func (s *netScanner) setCover(open bool) { s.hatch = open }

func (s *netScanner) setJam(jam bool) { s.jam = jam }

func (s *netScanner) show(v *View) {
	v.Sheets = Specimens()
	if s.glass != nil {
		v.Sheet = &s.glass.SheetView
	}
	for _, sh := range s.feeder {
		v.Feeder = append(v.Feeder, sh.SheetView)
	}
	for _, c := range []struct {
		name string
		on   bool
	}{{"cover-open", s.hatch}, {"jam", s.jam}} {
		if c.on {
			v.Conditions = append(v.Conditions, c.name)
		}
	}
}

// FeedSheets puts specimens into a scanner's feeder, in place of what is there.
func (d *Device) FeedSheets(ids []string) error {
	sheets := make([]sheet, 0, len(ids))
	for _, id := range ids {
		sh, ok := specimen(id)
		if !ok {
			return fmt.Errorf("sheet %q: %w", id, ErrArgument)
		}
		sheets = append(sheets, sh)
	}
	return on(d, func(s *netScanner) error {
		if s.caps.Feeder == nil {
			return ErrUnsupported
		}
		if len(sheets) > maxFeeder {
			return fmt.Errorf("%d sheets: %w", len(sheets), ErrArgument)
		}
		s.feeder = sheets
		return nil
	})
}

// JamAfterPages lets a scanner's feeder jam after so many more pages.
func (d *Device) JamAfterPages(pages int) error {
	return on(d, func(s *netScanner) error {
		if pages < 1 {
			return fmt.Errorf("%d pages: %w", pages, ErrArgument)
		}
		s.jamAfter = pages
		return nil
	})
}

// serve answers a request.
func (s *netScanner) serve(w http.ResponseWriter, r *http.Request) {
	where, ours := strings.CutPrefix(r.URL.Path, s.base+"/")
	id, rest, isJob := strings.Cut(strings.TrimPrefix(where, "ScanJobs/"), "/")
	isJob = isJob || strings.HasPrefix(where, "ScanJobs/")
	switch {
	case !ours:
		http.NotFound(w, r)
	case where == "ScannerCapabilities" && r.Method == http.MethodGet:
		s.answer(w, s.capabilities())
	case where == "ScannerStatus" && r.Method == http.MethodGet:
		s.answer(w, s.status())
	case where == "ScanJobs" && r.Method == http.MethodPost:
		s.create(w, r)
	case isJob && rest == "NextDocument" && r.Method == http.MethodGet:
		s.next(w, r, id)
	case isJob && rest == "" && r.Method == http.MethodDelete:
		s.remove(w, r, id)
	default:
		http.NotFound(w, r)
	}
}

func (s *netScanner) answer(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, xml.Header+text) // a host that is gone hears nothing
}

// create begins a job.
func (s *netScanner) create(w http.ResponseWriter, r *http.Request) {
	var set scanSettings
	if err := xml.NewDecoder(r.Body).Decode(&set); err != nil {
		http.Error(w, "no ScanSettings", http.StatusBadRequest)
		return
	}
	d := s.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if code := s.refusal(&set); code != 0 {
		http.Error(w, "refused", code)
		return
	}
	s.count++
	s.job = &scanJob{id: strconv.Itoa(s.count), settings: set, due: time.Now().Add(d.cfg.PageTime)}
	d.changed()
	w.Header().Set("Location", "http://"+r.Host+s.base+"/ScanJobs/"+s.job.id)
	w.WriteHeader(http.StatusCreated)
}

// refusal is the status code that refuses a job, or 0. What is missing in the
// settings is filled in.
func (s *netScanner) refusal(set *scanSettings) int {
	in := s.caps.Platen
	if set.Source == "Feeder" {
		in = s.caps.Feeder
	}
	if set.DPI == 0 && in != nil {
		set.DPI = in.DPI[0]
	}
	switch {
	case s.job != nil:
		return http.StatusServiceUnavailable
	case in == nil || !slices.Contains(in.DPI, set.DPI) || set.Width <= 0 || set.Height <= 0 ||
		set.XOffset < 0 || set.YOffset < 0 || set.XOffset+set.Width > in.MaxWidth || set.YOffset+set.Height > in.MaxHeight,
		set.Mode != "" && !slices.Contains(in.ColorModes, set.Mode), set.Duplex && s.caps.Duplex == nil:
		return http.StatusConflict
	case set.Source == "Feeder" && (s.jam || s.hatch || len(s.feeder) == 0):
		return http.StatusConflict
	default:
		return 0
	}
}

// next gives the job's next page.
func (s *netScanner) next(w http.ResponseWriter, r *http.Request, id string) {
	d := s.d
	d.mu.Lock()
	set, sh, code := s.take(id)
	d.mu.Unlock()
	if code != http.StatusOK {
		if code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "0")
		}
		http.Error(w, http.StatusText(code), code)
		return
	}
	scale := func(length int) int { return length * set.DPI / 300 }
	dots := float64(set.DPI) / 25.4
	page := encodeJPEG(flat(sh, scale(set.Width), scale(set.Height), dots, set.Mode == "Grayscale8"), set.DPI)
	if d.takeGarbage() {
		page = page[:len(page)/2]
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Location", r.URL.Path)
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	_, _ = w.Write(page) // a host that is gone sees nothing
}

// take moves the next sheet through the scanner. The mutex is held.
func (s *netScanner) take(id string) (scanSettings, *sheet, int) {
	job := s.job
	switch {
	case job == nil || job.id != id:
		return scanSettings{}, nil, http.StatusNotFound
	case time.Now().Before(job.due):
		return scanSettings{}, nil, http.StatusServiceUnavailable
	case job.settings.Source != "Feeder" && job.pages > 0:
		s.job = nil
		return scanSettings{}, nil, http.StatusNotFound
	}
	job.due = time.Now().Add(s.d.cfg.PageTime)
	sh := s.glass
	if job.settings.Source == "Feeder" {
		switch {
		case s.jam || s.hatch:
			s.job = nil
			return scanSettings{}, nil, http.StatusConflict
		case job.back: // nobody printed on the backs
			blank, _ := specimen("blank-a4")
			sh, job.back = &blank, false
		case len(s.feeder) == 0:
			s.job = nil
			return scanSettings{}, nil, http.StatusNotFound
		default:
			first := s.feeder[0]
			sh, s.feeder, job.back = &first, slices.Clone(s.feeder[1:]), job.settings.Duplex
		}
		if s.jamAfter--; s.jamAfter == 0 {
			s.jam = true
		}
	}
	job.pages++
	s.d.changed()
	return job.settings, sh, http.StatusOK
}

// remove ends a job.
func (s *netScanner) remove(w http.ResponseWriter, r *http.Request, id string) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.job == nil || s.job.id != id {
		http.NotFound(w, r)
		return
	}
	s.job = nil
	s.d.changed()
}
