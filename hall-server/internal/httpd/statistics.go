package httpd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
	"smarthall/hall-server/internal/statistics/follow"
	"smarthall/hall-server/internal/statistics/report"
	"smarthall/internal/fonts"
)

// statisticsAPI answers questions about what happened in the hall.
type statisticsAPI struct {
	*api
	// papers has a place for each PDF in the making: one takes 28 MB.
	papers chan struct{}
}

// maxPapers is how many PDFs are made at once.
const maxPapers = 2

// syncWait is how long an answer waits for the latest visits to be counted.
const syncWait = 3 * time.Second

// statisticsOperations declares the routes of statistics.
func (a *api) statisticsOperations(h huma.API) {
	s := &statisticsAPI{api: a, papers: make(chan struct{}, maxPapers)}
	op := func(id, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: prefix + path, Summary: summary, Errors: problemStatuses,
			Description: "Visits are counted by their tickets; by service, window or clerk, and where one of these is chosen, " +
				"a visit counts once for each stay at a window. Clerks see their own figures.",
		}
	}
	file := func(id, path, summary, kind string) huma.Operation {
		o := op(id, path, summary)
		o.Responses = map[string]*huma.Response{"200": {
			Description: "The file",
			Content:     map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}}
		return o
	}
	huma.Register(h, op("get-statistics", "/statistics", "Counts, waits, service times and ratings of a range of days"), s.get)
	huma.Register(h, file("get-statistics-xlsx", "/statistics.xlsx", "The same as an Excel workbook", xlsxType), s.excel)
	huma.Register(h, file("get-statistics-pdf", "/statistics.pdf", "The same as a PDF", pdfType), s.pdf)
}

const (
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	pdfType  = "application/pdf"
)

// statisticsInput says which visits, and by what.
type statisticsInput struct {
	From     string `query:"from" format:"date" doc:"First business day; today if absent"`
	To       string `query:"to" format:"date" doc:"Last business day, at most a year after the first; today if absent"`
	By       string `query:"by" enum:"day,hour,weekday,service,window,clerk,zone,channel,priority" default:"service"`
	HourFrom int    `query:"hourFrom" minimum:"0" maximum:"23" doc:"Tickets taken from this hour on"`
	HourTo   int    `query:"hourTo" minimum:"0" maximum:"24" doc:"… and before this hour; 0 is the day's end"`
	Weekday  []int  `query:"weekday" maxItems:"7" doc:"1 is Monday … 7 Sunday; all if absent"`
	Service  string `query:"service" maxLength:"60"`
	Window   string `query:"window" maxLength:"40"`
	Clerk    string `query:"clerk" maxLength:"60"`
	Zone     string `query:"zone" maxLength:"60"`
	Channel  string `query:"channel" maxLength:"40"`
	Priority string `query:"priority" maxLength:"60"`
}

// Resolve refuses what the tags can't.
func (in *statisticsInput) Resolve(huma.Context) []error {
	for _, day := range in.Weekday {
		if day < 1 || day > 7 {
			return []error{&huma.ErrorDetail{Location: "query.weekday", Message: "expected 1 to 7", Value: day}}
		}
	}
	return nil
}

// filter is what the asker may see of what in asks for.
func (s *statisticsAPI) filter(ctx context.Context, in *statisticsInput) (statistics.Filter, error) {
	f := statistics.Filter{
		From: queue.Day(in.From), To: queue.Day(in.To), Weekdays: in.Weekday,
		Service: queue.ServiceID(in.Service), Window: queue.WindowID(in.Window), Clerk: queue.StaffID(in.Clerk),
		Zone: in.Zone, Channel: queue.Channel(in.Channel), Priority: in.Priority,
	}
	if in.HourFrom != 0 || in.HourTo != 0 {
		f.Hours = [2]int{in.HourFrom, in.HourTo}
		if in.HourTo == 0 {
			f.Hours[1] = 24
		}
	}
	today := s.today()
	if f.From == "" {
		f.From = today
	}
	if f.To == "" {
		f.To = max(today, f.From)
	}
	claims := access.From(ctx)
	if !claims.Staff() {
		own := queue.StaffID(claims.Subject)
		if claims.Role != access.Clerk || own == "" || in.By != string(statistics.ByClerk) || (f.Clerk != "" && f.Clerk != own) {
			return f, denied()
		}
		f.Clerk = own
	}
	if err := f.Check(); err != nil {
		return f, s.problem(fmt.Errorf("%w: %w", queue.Refuse(queue.Invalid, "statistics.range"), err))
	}
	return f, nil
}

// today is the business day of the hall's clock.
func (s *statisticsAPI) today() queue.Day {
	var day queue.Day
	s.Core.Read(func(state *queue.State, now queue.Time) {
		if state.Config != nil {
			day = state.Config.Day(now)
		}
	})
	return day
}

// tables makes a table by each dimension in one go through the visits. whole is
// false if the latest ones are still being counted.
func (s *statisticsAPI) tables(ctx context.Context, f statistics.Filter, by ...statistics.Dimension) (tables []statistics.Table, whole bool, err error) {
	whole = true
	syncing, cancel := context.WithTimeout(ctx, syncWait)
	defer cancel()
	if err := s.Statistics.Sync(syncing); err != nil {
		whole = false
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, follow.ErrClosed) && ctx.Err() == nil {
			s.Log.Error("statistics are behind", slog.Any("error", err))
		}
	}
	builders := make([]*statistics.Builder, len(by))
	for i, dimension := range by {
		builders[i] = statistics.NewBuilder(dimension, f)
	}
	err = s.Store.Visits(ctx, f.From, f.To, func(v *statistics.Visit) error {
		for _, b := range builders {
			b.Add(v)
		}
		return nil
	})
	if err != nil {
		return nil, false, s.problem(err)
	}
	for _, b := range builders {
		tables = append(tables, b.Table())
	}
	return tables, whole, nil
}

func (s *statisticsAPI) get(ctx context.Context, in *statisticsInput) (*struct{ Body statisticsView }, error) {
	f, err := s.filter(ctx, in)
	if err != nil {
		return nil, err
	}
	by := statistics.Dimension(in.By)
	tables, whole, err := s.tables(ctx, f, by)
	if err != nil {
		return nil, err
	}
	return &struct{ Body statisticsView }{s.view(f, &tables[0], whole)}, nil
}

// report is what in asks for, to be written on paper: its table and, unless
// that is it, one by hour.
func (s *statisticsAPI) report(ctx context.Context, in *statisticsInput) (*report.Report, error) {
	f, err := s.filter(ctx, in)
	if err != nil {
		return nil, err
	}
	by := []statistics.Dimension{statistics.Dimension(in.By)}
	if by[0] != statistics.ByHour {
		by = append(by, statistics.ByHour)
	}
	tables, _, err := s.tables(ctx, f, by...)
	if err != nil {
		return nil, err
	}
	h := s.Hall.Hall()
	words := labels{h}
	hours := &tables[len(tables)-1]
	r := &report.Report{
		Hall: h.Name, Range: rangeWords(f.From, f.To), Filters: words.filters(&f), Made: s.Core.Now().In(h.Location()),
		Sum: hours.Total, Staged: hours.Staged, Heat: hours.Heat,
	}
	for i := range tables {
		t := &tables[i]
		head := headings[t.By]
		out := report.Table{Title: "按" + head, Head: head, Staged: t.Staged, Total: t.Total}
		for _, row := range t.Rows {
			out.Lines = append(out.Lines, report.Line{Label: words.of(t.By, row.Key), Row: row})
		}
		r.Tables = append(r.Tables, out)
	}
	return r, nil
}

type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *statisticsAPI) excel(ctx context.Context, in *statisticsInput) (*fileOutput, error) {
	r, err := s.report(ctx, in)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := report.Excel(&out, r); err != nil {
		return nil, s.problem(err)
	}
	return fileOf(r, ".xlsx", xlsxType, out.Bytes()), nil
}

func (s *statisticsAPI) pdf(ctx context.Context, in *statisticsInput) (*fileOutput, error) {
	r, err := s.report(ctx, in)
	if err != nil {
		return nil, err
	}
	select {
	case s.papers <- struct{}{}:
		defer func() { <-s.papers }()
	case <-ctx.Done():
		return nil, s.problem(fmt.Errorf("wait to make a PDF: %w", ctx.Err()))
	}
	font, err := fonts.SansSC()
	if err != nil {
		s.Log.Error("no font for PDFs", slog.Any("error", err))
		return nil, newProblem(http.StatusServiceUnavailable, "statistics.font",
			"服务器缺少中文字体，暂时不能导出 PDF；可以先导出 Excel，并请联系技术人员")
	}
	var out bytes.Buffer
	if err := report.PDF(&out, r, font); err != nil {
		return nil, s.problem(err)
	}
	return fileOf(r, ".pdf", pdfType, out.Bytes()), nil
}

// fileOf is a file to be saved under a Chinese name.
func fileOf(r *report.Report, ext, kind string, data []byte) *fileOutput {
	name := url.PathEscape(r.Hall + "统计 " + r.Range + " " + r.Tables[0].Title + ext)
	return &fileOutput{
		ContentType: kind, Body: data,
		Disposition: `attachment; filename="statistics` + ext + `"; filename*=UTF-8''` + name,
	}
}
