package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// A slip is what a person takes along of what the page shows: her case's
// progress, or what to bring. The page names it, the agent writes it.

const (
	// slipLines bounds a slip: half a metre of paper.
	slipLines = 90
	// slipEvery is the shortest time between two slips of a machine.
	slipEvery = 4 * time.Second
	// slipText is the longest text on one line, in characters; the printer breaks
	// it.
	slipText = 300
)

// slips lets one slip come out at a time.
type slips struct {
	mu   sync.Mutex
	at   time.Time // when the last one ended; guarded by mu
	last string    // what names it, where its press may come again; guarded by mu
}

// printSlip prints what a page names, once: a command that comes again at once,
// whoever repeats it, is refused.
func (k *Kiosk) printSlip(ctx context.Context, m link.Message) (any, error) {
	var ask link.PaperPrint
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	if ask.Form != "" {
		return k.printForm(ctx, m.ID, ask)
	}
	job, err := k.slip(ctx, ask)
	if err != nil {
		return nil, err
	}
	if !k.slips.mu.TryLock() {
		return nil, agent.Refuse(http.StatusTooManyRequests, "paper.busy", "正在打印，请稍候")
	}
	defer k.slips.mu.Unlock()
	if since := k.agent.Client.Now().Sub(k.slips.at); since >= 0 && since < slipEvery {
		return nil, agent.Refuse(http.StatusTooManyRequests, "paper.busy", "刚刚打印过，请稍候再试")
	}
	done := k.attempt(ctx, link.PrintJob{Job: "slip/" + m.ID, Lines: job})
	if done.Outcome != link.PrintFailed { // something may have come out
		k.slips.at = k.agent.Client.Now()
	}
	if done.Outcome == link.PrintPrinted {
		return link.Answer{}, nil
	}
	k.log.Warn("slip not printed", slog.String("outcome", string(done.Outcome)), slog.String("device", done.Device))
	if done.Outcome == link.PrintFailed {
		return nil, agent.Refuse(http.StatusConflict, "paper.failed", "没有打印出来："+agent.Advice(device.ClassPrinter, device.State(done.Device))+"。也可以扫码在手机上看")
	}
	return nil, agent.Refuse(http.StatusConflict, "paper.half", "可能没有打完整，请看出纸口；也可以扫码在手机上看")
}

// slip is what stands on the paper that a page names.
func (k *Kiosk) slip(ctx context.Context, ask link.PaperPrint) ([]link.PrintLine, error) {
	hall, _ := k.agent.Hall()
	p := &slipPaper{at: k.agent.LocalNow()}
	switch {
	case ask.Case != "":
		c, _, err := k.foundCase(ask.Case)
		if err != nil {
			return nil, err
		}
		if words := wordsFor(ask.Words); words != nil {
			return p.worded(words, c.Link)
		}
		p.head(hall.Hall.Name, "办件进度")
		p.progress(c)
	case ask.Item != "":
		data, err := k.guides.read(ctx)
		if data == nil {
			return nil, errors.Join(agent.Refuse(http.StatusServiceUnavailable, "paper.unknown", "指南暂时读不到，请稍后再试"), err)
		}
		if words := wordsFor(ask.Words); words != nil {
			g, err := guideOf(data, ask.Item)
			if err != nil {
				return nil, err
			}
			return p.worded(words, g.Item.URL)
		}
		p.head(hall.Hall.Name, "一次性告知单")
		if err := p.materials(data, ask); err != nil {
			return nil, err
		}
	case ask.Way != nil:
		if err := p.way(hall.Hall, *ask.Way, wordsFor(ask.Words), k.wayMaps); err != nil {
			return nil, err
		}
		if words := wordsFor(ask.Words); words != nil {
			return p.close(words.Printed), nil
		}
	default:
		return nil, agent.Refuse(http.StatusUnprocessableEntity, "paper.unknown", "没有可打印的内容")
	}
	return p.end(), nil
}

// slipPaper is a slip that is being written.
type slipPaper struct {
	at    time.Time
	lines []link.PrintLine
}

func (p *slipPaper) add(l link.PrintLine) {
	if r := []rune(l.Text); len(r) > slipText {
		l.Text = string(r[:slipText-1]) + "…"
	}
	if len(p.lines) < slipLines {
		p.lines = append(p.lines, l)
	}
}

func (p *slipPaper) text(format string, a ...any) {
	p.add(link.PrintLine{Text: fmt.Sprintf(format, a...)})
}
func (p *slipPaper) bold(text string) { p.add(link.PrintLine{Text: text, Bold: true}) }
func (p *slipPaper) rule()            { p.add(link.PrintLine{Rule: true}) }

func (p *slipPaper) head(hall, title string) {
	p.add(link.PrintLine{Text: hall, Size: 1, Bold: true, Align: "center"})
	p.add(link.PrintLine{Text: title, Size: 2, Bold: true, Align: "center"})
	p.rule()
}

// end closes a slip with its time, also one that was cut.
func (p *slipPaper) end() []link.PrintLine {
	if len(p.lines) == slipLines {
		p.lines = append(p.lines, link.PrintLine{Text: "（内容较多，其余请扫码在手机上看）"})
	}
	return p.close("自助打印")
}

// close ends a slip with how and when it was printed.
func (p *slipPaper) close(printed string) []link.PrintLine {
	return append(p.lines, link.PrintLine{Rule: true}, link.PrintLine{Text: p.at.Format("2006-01-02 15:04") + " " + printed, Align: "center"}, link.PrintLine{Feed: 3})
}

// progress is a case as its applicant takes it along.
func (p *slipPaper) progress(c link.CaseView) {
	p.bold(c.ItemName)
	if c.CaseNo != "" {
		p.text("办件编号：%s", c.CaseNo)
	} else {
		p.text("申请编号：%s", c.Number)
	}
	p.text("申请人：%s", c.Applicant)
	p.text("办理部门：%s", c.OrganisationName)
	p.add(link.PrintLine{Text: c.StateWord, Size: 2, Bold: true, Align: "center"})
	p.text("%s", c.Guidance)
	if c.Left != nil && c.PromisedDue != "" {
		p.text("承诺 %s 前办结", c.PromisedDue)
	}
	for _, todo := range c.Todo {
		p.todo(todo)
	}
	p.rule()
	for _, s := range c.Stages {
		p.text("%s  %s", s.Begun.In(p.at.Location()).Format("01-02 15:04"), s.Word)
	}
	for _, s := range c.Steps {
		p.text("%s %s  %s", s.Word, s.Name, s.Organisation)
	}
	if c.Link != "" {
		p.add(link.PrintLine{QR: c.Link, Align: "center"})
		p.add(link.PrintLine{Text: "扫码在手机上看进度，请勿给他人", Align: "center"})
	}
}

// todos are what an applicant has to do, by kind.
var todos = map[string]string{
	"supplement": "请补正材料", "deferred": "请补交容缺材料", "pay": "请缴费", "bring": "请带材料原件到窗口核验", "collect": "请带身份证到窗口领取结果",
}

func (p *slipPaper) todo(t link.CaseTodo) {
	words, known := todos[t.Kind]
	if !known {
		return
	}
	if t.Until != "" {
		words += "，" + t.Until + " 前"
	}
	if t.Amount > 0 {
		words += fmt.Sprintf("，%d.%02d 元", t.Amount/100, t.Amount%100)
	}
	p.bold(words)
	for _, w := range t.What {
		p.text("□ %s", w)
	}
}

// guideItem is what a slip says of an item.
type guideItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Item struct {
		Promised  string          `json:"promised"`
		Telephone string          `json:"telephone"`
		URL       string          `json:"url"`
		Materials []guideMaterial `json:"materials"`
		Places    []struct {
			Name   string `json:"name"`
			Window string `json:"window"`
			Hours  string `json:"hours"`
		} `json:"places"`
	} `json:"item"`
}

// guideMaterial is one thing to bring.
type guideMaterial struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note"`
	Fill string `json:"fill"`
	// Blank and Sample are the empty form and the example.
	Blank  guideFile `json:"blank"`
	Sample guideFile `json:"sample"`
}

// guideFile is a form that the guide has as text, or that is a file at an address.
type guideFile struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// guideOf is the item with an id.
func guideOf(guides []byte, id string) (guideItem, error) {
	var all struct {
		Items []guideItem `json:"items"`
	}
	if err := json.Unmarshal(guides, &all); err != nil {
		return guideItem{}, fmt.Errorf("read the guides: %w", err)
	}
	i := slices.IndexFunc(all.Items, func(g guideItem) bool { return g.ID == id })
	if i < 0 {
		return guideItem{}, agent.Refuse(http.StatusNotFound, "paper.unknown", "没有这个事项")
	}
	return all.Items[i], nil
}

// materials is what to bring for an item, of what the page chose by its
// questions. All names are the guide's own.
func (p *slipPaper) materials(guides []byte, ask link.PaperPrint) error {
	g, err := guideOf(guides, ask.Item)
	if err != nil {
		return err
	}
	p.bold(g.Name)
	if g.Item.Promised != "" {
		p.text("办理时限：%s", g.Item.Promised)
	}
	n := 0
	for _, m := range g.Item.Materials {
		if !slices.Contains(ask.Materials, m.ID) && !slices.Contains(ask.Materials, m.Name) {
			continue
		}
		n++
		p.bold(fmt.Sprintf("□ %d. %s", n, m.Name))
		if m.Note != "" {
			p.text("   %s", m.Note)
		}
	}
	if n == 0 {
		p.text("不用带材料，带身份证即可。")
	}
	p.rule()
	for _, at := range g.Item.Places {
		place := at.Window
		if place == "" {
			place = at.Name
		}
		p.text("地点：%s %s", place, at.Hours)
	}
	if g.Item.Telephone != "" {
		p.text("咨询：%s", g.Item.Telephone)
	}
	if g.Item.URL != "" {
		p.add(link.PrintLine{QR: g.Item.URL, Align: "center"})
		p.add(link.PrintLine{Text: "扫码在手机上看指南", Align: "center"})
	}
	return nil
}
