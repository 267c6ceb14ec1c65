package item

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"smarthall/internal/pdf"
	"smarthall/platform/internal/fault"
)

// Measures of the printed guide, in millimetres.
const (
	printMargin = 16.0
	printWidth  = 210 - 2*printMargin
	printBottom = 297 - 14.0
	printLine   = 5.6
	printQR     = 30.0
)

// The colours of the printed guide.
var (
	printBlue  = pdf.Colour{11, 92, 173}
	printShade = pdf.Colour{238, 243, 249}
	printRule  = pdf.Colour{201, 211, 224}
)

// printer lays a guide out, page after page.
type printer struct {
	doc *pdf.Document
	y   float64
}

// Print writes the guide of an item as a PDF for a case: with answers it has the
// materials of that case alone. url is what its QR code leads to.
func Print(w io.Writer, it *Item, out Outcome, url string, printed time.Time) error {
	footer := fmt.Sprintf("%s  第%d版  %s打印  以网上公布的最新版本为准", it.DisplayName(), it.Version, printed.Format("2006年1月2日"))
	p := &printer{doc: pdf.New(pdf.Options{Title: it.DisplayName() + " 办事指南", Made: it.PublishedAt, Footer: func(page, pages int) string {
		return fmt.Sprintf("%s  %d/%d", clip(footer, 100), page, pages)
	}})}
	p.page()
	p.head(it, url)
	p.facts(it, out)
	p.list("受理条件", it.Conditions)
	p.materials(it, out)
	p.fees(out.Fees)
	p.steps(it)
	p.list("审查标准", it.Review)
	p.bases(it)
	p.places(it)
	p.ways("咨询方式", it.Consultations)
	p.ways("监督投诉", it.Supervision)
	p.list("常见错误", it.Mistakes)
	p.list("权利和救济", it.Rights)
	p.faq(it)
	return p.doc.Output(w)
}

func (p *printer) page() {
	p.doc.AddPage(pdf.A4)
	p.y = printMargin
}

// room begins a new page unless there is room for height.
func (p *printer) room(height float64) {
	if p.y+height > printBottom {
		p.page()
	}
}

func (p *printer) head(it *Item, url string) {
	width := printWidth - printQR - 4
	p.doc.Font(10, pdf.Grey)
	p.doc.Text(printMargin, p.y+4, "办事指南")
	p.doc.Font(19, printBlue)
	y := p.doc.Wrap(printMargin, p.y+7, width, 9, it.DisplayName())
	p.doc.Font(10, pdf.Grey)
	y = p.doc.Wrap(printMargin, y+1, width, printLine, strings.TrimSpace(it.OrganisationName+"  "+it.Code))
	if it.State == Suspended {
		p.doc.Font(11, pdf.Colour{178, 34, 34})
		y = p.doc.Wrap(printMargin, y, width, 6, "本事项暂停办理："+it.Reason)
	}
	p.doc.Font(10.5, pdf.Black)
	y = p.doc.Wrap(printMargin, y+1, width, printLine, it.Summary)
	p.doc.QR(printMargin+printWidth-printQR, p.y, printQR, url)
	p.doc.Font(8, pdf.Grey)
	p.doc.Cell(printMargin+printWidth-printQR, p.y+printQR, printQR, 4, "扫码看最新指南", pdf.Centre)
	p.y = max(y, p.y+printQR+5) + 3
}

// facts are the short elements, in two columns.
func (p *printer) facts(it *Item, out Outcome) {
	objects := make([]string, 0, len(it.Objects))
	for _, o := range it.Objects {
		objects = append(objects, o.Word())
	}
	yes := func(b bool, text string) string {
		if b {
			return text
		}
		return "不支持"
	}
	delivery := []string{}
	if it.Delivery.Papers {
		delivery = append(delivery, "材料可寄送")
	}
	if it.Delivery.Result {
		delivery = append(delivery, "结果可邮寄")
	}
	rows := [][2]string{
		{"事项名称", it.Name},
		{"事项类型", it.Type.Word()},
		{"服务对象", strings.Join(objects, "、")},
		{"办件类型", it.Class.Word()},
		{"法定时限", it.Statutory.Text()},
		{"承诺时限", out.Promised.Text()},
		{"办理形式", it.Form.Word()},
		{"网办程度", it.Online.Word()},
		{"通办范围", it.Scope.Word()},
		{"到场次数", it.Depth()},
		{"预约办理", yes(it.Bookable, "支持")},
		{"网上支付", yes(it.OnlinePayment, "支持")},
		{"物流快递", yes(len(delivery) > 0, strings.Join(delivery, "、"))},
		{"办理结果", it.Result.Name},
	}
	const height, label = 7.5, 20.0
	column := printWidth / 2
	p.doc.Font(10, pdf.Black)
	for i, r := range rows {
		x := printMargin + float64(i%2)*column
		if i%2 == 0 {
			p.room(height)
		}
		p.doc.Fill(x, p.y, label, height-0.6, printShade)
		p.doc.Font(9.5, pdf.Grey)
		p.doc.Cell(x+2, p.y, label-3, height-0.6, r[0], pdf.Left)
		p.doc.Font(10, pdf.Black)
		p.doc.Cell(x+label+2, p.y, column-label-4, height-0.6, r[1], pdf.Left)
		if i%2 == 1 || i == len(rows)-1 {
			p.y += height
		}
	}
	p.y += 2
}

// title begins a section, with room for a line of it.
func (p *printer) title(text string) {
	p.room(18)
	p.y += 2
	p.doc.Fill(printMargin, p.y+0.8, 1.2, 5, printBlue)
	p.doc.Font(12.5, printBlue)
	p.doc.Cell(printMargin+3.5, p.y, printWidth, 6.6, text, pdf.Left)
	p.y += 8.4
}

// text writes a paragraph from x on, over pages if need be.
func (p *printer) text(x, points float64, colour pdf.Colour, text string) {
	p.doc.Font(points, colour)
	for _, line := range p.doc.Lines(text, printMargin+printWidth-x) {
		p.room(printLine)
		p.doc.Font(points, colour)
		p.doc.Cell(x, p.y, printMargin+printWidth-x+1, printLine, line, pdf.Left)
		p.y += printLine
	}
}

// numbered writes a paragraph with its number before it.
func (p *printer) numbered(n int, text string) {
	p.room(printLine)
	p.doc.Font(10, pdf.Grey)
	p.doc.Cell(printMargin, p.y, 7, printLine, strconv.Itoa(n)+".", pdf.Right)
	p.text(printMargin+9, 10, pdf.Black, text)
	p.y += 0.8
}

func (p *printer) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.title(title)
	for i, l := range lines {
		p.numbered(i+1, l)
	}
}

func (p *printer) materials(it *Item, out Outcome) {
	materials := out.Materials
	title := "申请材料"
	switch {
	case len(out.Asked) > 0 && out.Done:
		title = "您的申请材料"
	case len(out.Asked) == 0:
		materials = it.Materials
	}
	p.title(title)
	for _, a := range out.Asked {
		p.text(printMargin, 9.5, pdf.Grey, a.Question.Text+" "+a.Option.Text)
	}
	if len(materials) == 0 {
		p.text(printMargin, 10, pdf.Black, "无需提交材料。")
		return
	}
	for i, m := range materials {
		p.room(3 * printLine)
		p.numbered(i+1, m.Name)
		p.y -= 0.8
		source := m.Source.Kind.Word()
		switch {
		case m.Source.Kind == FromSharing: // the note says so
			source = m.Source.Name
		case m.Source.Name != "":
			source += "（" + m.Source.Name + "）"
		}
		p.text(printMargin+9, 9, pdf.Grey, strings.Join(filled(m.Note(), source), "；"))
		if m.Instructions != "" {
			p.text(printMargin+9, 9, pdf.Grey, "填写须知："+m.Instructions)
		}
		if m.Standard != "" {
			p.text(printMargin+9, 9, pdf.Grey, "受理标准："+m.Standard)
		}
		p.y += 1
		p.doc.Line(printMargin+9, p.y, printMargin+printWidth, p.y, 0.1, printRule)
		p.y++
	}
}

// filled are the texts that aren't empty.
func filled(texts ...string) []string {
	var list []string
	for _, t := range texts {
		if t != "" {
			list = append(list, t)
		}
	}
	return list
}

func (p *printer) fees(fees []Fee) {
	p.title("收费标准和依据")
	if len(fees) == 0 {
		p.text(printMargin, 10, pdf.Black, "不收费。")
		return
	}
	for i, f := range fees {
		text := f.Name + "：" + f.Standard + "。依据：" + f.Basis
		if f.Reduction != "" {
			text += "。减免：" + f.Reduction
		}
		p.numbered(i+1, text)
	}
}

func (p *printer) steps(it *Item) {
	p.title("办理流程")
	for i, st := range it.Steps {
		line := st.Name
		notes := filled(st.Post)
		if st.Limit.Unit != NoLimit {
			notes = append(notes, st.Limit.Text())
		}
		if st.Special {
			notes = append(notes, "不计入办理时限")
		}
		if len(notes) > 0 {
			line += "（" + strings.Join(notes, "，") + "）"
		}
		line += "：" + st.Text
		if st.Output != "" {
			line += " 出具：" + st.Output + "。"
		}
		p.numbered(i+1, line)
	}
}

func (p *printer) bases(it *Item) {
	var lines []string
	for _, b := range it.Bases {
		line := b.Law + b.Article
		if b.Text != "" {
			line += "：" + b.Text
		}
		lines = append(lines, line)
	}
	p.list("设定依据", lines)
}

func (p *printer) places(it *Item) {
	if len(it.Places) == 0 {
		return
	}
	p.title("办理地点和时间")
	for i, pl := range it.Places {
		p.numbered(i+1, strings.Join(filled(strings.TrimSpace(pl.Name+" "+pl.Window), pl.Address, pl.Hours, pl.Phone, pl.Traffic), "；"))
	}
}

func (p *printer) ways(title string, list []Consultation) {
	var lines []string
	for _, c := range list {
		line := strings.TrimSuffix(c.Way.Word(), "咨询") + "：" + c.Where
		if rest := filled(c.Hours, c.Reply); len(rest) > 0 {
			line += "（" + strings.Join(rest, "，") + "）"
		}
		lines = append(lines, line)
	}
	p.list(title, lines)
}

func (p *printer) faq(it *Item) {
	if len(it.FAQ) == 0 {
		return
	}
	p.title("常见问题")
	for i, q := range it.FAQ {
		p.room(3 * printLine)
		p.numbered(i+1, q.Question)
		p.text(printMargin+9, 10, pdf.Grey, q.Answer)
		p.y++
	}
}

// printing bounds how many guides are printed at a time: each takes some tens
// of megabytes while it lasts.
var printing = make(chan struct{}, 2)

// errPrinting says that too many guides are printed.
var errPrinting = fault.New(fault.Unavailable, "item.printing", "打印指南的人较多，请稍后再试")

// printWait is how long a request waits for its turn.
const printWait = 10 * time.Second

// PrintGuide writes the printed guide of a published item. base is the portal's
// address where the configuration names none.
func (s *Service) PrintGuide(ctx context.Context, w io.Writer, id string, answers Answers, base string) error {
	it, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	out, err := it.Outcome(answers)
	if err != nil {
		return err
	}
	now := s.Store.Now().In(s.Zone)
	url := s.guideURL(it.ID)
	if s.BaseURL == "" {
		url = base + url
	}
	key := fmt.Sprint(url, " ", it.Version, " ", now.Format(time.DateOnly), " ", answers)
	if made := s.prints.get(key); made != nil {
		_, err := w.Write(made)
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, printWait)
	defer cancel()
	select {
	case printing <- struct{}{}:
		defer func() { <-printing }()
	case <-ctx.Done():
		return errPrinting.Because(context.Cause(ctx))
	}
	var buf bytes.Buffer
	if err := Print(&buf, &it, out, url, now); err != nil {
		return fmt.Errorf("print the guide of item %s: %w", id, err)
	}
	s.prints.put(key, buf.Bytes())
	_, err = w.Write(buf.Bytes())
	return err
}

// prints keeps guides that were printed a while ago, which are asked for again
// and again. The zero value is empty.
type prints struct {
	mu   sync.Mutex
	made map[string][]byte // guarded by mu
}

// keptPrints bounds them; each has some 100 KB.
const keptPrints = 64

func (p *prints) get(key string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made[key]
}

func (p *prints) put(key string, file []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == nil || len(p.made) >= keptPrints {
		p.made = map[string][]byte{}
	}
	p.made[key] = file
}

// baseOf is the address by which a request came.
func baseOf(r *http.Request) string {
	host := r.Host
	if len(host) > 255 || strings.ContainsFunc(host, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(".-:[]", c)
	}) {
		return ""
	}
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + host
	}
	return "http://" + host
}

func (s *Service) pageGuide(w http.ResponseWriter, r *http.Request) error {
	var list []string
	if a := r.URL.Query().Get("answers"); a != "" {
		list = strings.Split(a, ",")
	}
	answers, err := ReadAnswers(list)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := s.PrintGuide(r.Context(), &buf, r.PathValue("id"), answers, baseOf(r)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="guide.pdf"`)
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err = w.Write(buf.Bytes())
	return err
}
