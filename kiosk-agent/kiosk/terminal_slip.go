package kiosk

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

// receipt is what the page knows of an application that was handed in.
type receipt struct {
	Number string `json:"number"`
	Code   string `json:"code"`
	Item   string `json:"item"`
	Next   string `json:"next"`
	// Kind is mend where materials were handed in for a case that waited for
	// them: those that Brought names; package for several items at once: Parts;
	// booking for a visit: When. Empty is an application for one item.
	Kind    string        `json:"kind"`
	Brought []string      `json:"brought"`
	Parts   []receiptPart `json:"parts"`
	// Later are materials that are handed in another day (容缺).
	Later []receiptLater `json:"later"`
	// When a visit begins, as 2026-12-01 09:30.
	When string `json:"when"`
	// Pages is the platform's origin, for the code to scan.
	Pages string `json:"pages"`
	// Words is the receipt as the page words it for whoever reads another language
	// than Chinese; absent: it comes in Chinese.
	Words *link.SlipWords `json:"words"`
}

// receiptPart is one item of a package: what it is, who works on it and the
// number of its case.
type receiptPart struct {
	Item   string `json:"item"`
	Body   string `json:"body"`
	Number string `json:"number"`
}

// receiptLater is a material that is handed in later. Due is its last day as
// 2026-12-01; the clerk who accepts the application sets it, before it is empty.
type receiptLater struct {
	Name string `json:"name"`
	Due  string `json:"due"`
}

// receiptNumber and receiptCode are what the platform's numbers look like,
// receiptDay its days.
var (
	receiptWhen   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$`)
	receiptDay    = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})?$`)
	receiptNumber = regexp.MustCompile(`^[A-Z0-9-]{6,60}$`)
	receiptCode   = regexp.MustCompile(`^[A-Z0-9]{0,20}$`)
)

// maxReceipt is the longest request for a receipt, in bytes: what it is about, and
// as many words as any slip has. maxBrought is the most materials that one names,
// maxParts the most items of a package.
const (
	maxReceipt = 64 << 10
	maxBrought = 30
	maxParts   = 30
)

var (
	errReceipt = problem.New(http.StatusUnprocessableEntity, "paper.unknown", "没有可打印的内容")
	errPaper   = problem.New(http.StatusConflict, "paper.failed", "回执没有打印出来，请记下编号或扫码")
)

// printReceipt prints what somebody takes along of her application, once for
// each.
func (k *Kiosk) printReceipt(w http.ResponseWriter, r *http.Request, session string, _ device.Identity) {
	var of receipt
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxReceipt)).Decode(&of)
	if err != nil || !of.sound() {
		errReceipt.Write(w)
		return
	}
	lines, err := k.receiptLines(of)
	if err != nil {
		errReceipt.Write(w)
		return
	}
	id := "receipt/" + session + "/" + of.Kind + "/" + of.Number
	k.slips.mu.Lock()
	defer k.slips.mu.Unlock()
	if k.slips.last == id {
		give(w, http.StatusOK, struct{}{}) // it came before
		return
	}
	// What is on its way to the paper comes out whole, also after the page has gone.
	done := k.attempt(context.WithoutCancel(r.Context()), link.PrintJob{Job: id, Lines: lines})
	if done.Outcome != link.PrintFailed { // something may have come out
		k.slips.last, k.slips.at = id, k.agent.Client.Now()
	}
	if done.Outcome != link.PrintPrinted {
		k.log.Warn("receipt not printed", slog.String("outcome", string(done.Outcome)))
		errPaper.Write(w)
		return
	}
	give(w, http.StatusOK, struct{}{})
}

// sound tells whether a receipt can be one of the platform's.
func (of receipt) sound() bool {
	undated := func(m receiptLater) bool { return m.Name == "" || !receiptDay.MatchString(m.Due) }
	if !receiptNumber.MatchString(of.Number) || !receiptCode.MatchString(of.Code) || len(of.Later) > maxBrought || slices.ContainsFunc(of.Later, undated) {
		return false
	}
	if (of.Kind == "booking") != receiptWhen.MatchString(of.When) || of.Kind != "booking" && of.When != "" {
		return false
	}
	odd := func(p receiptPart) bool { return p.Item == "" || !receiptNumber.MatchString(p.Number) }
	switch of.Kind {
	case "", "booking":
		return len(of.Brought)+len(of.Parts) == 0
	case "mend":
		return len(of.Brought) <= maxBrought && len(of.Parts) == 0
	case "package":
		return len(of.Brought) == 0 && len(of.Parts) > 0 && len(of.Parts) <= maxParts && !slices.ContainsFunc(of.Parts, odd)
	default:
		return false
	}
}

// receiptLines is a receipt on paper. It names nobody.
func (k *Kiosk) receiptLines(of receipt) ([]link.PrintLine, error) {
	p := &slipPaper{at: k.agent.LocalNow()}
	if words := wordsFor(of.Words); words != nil {
		return p.worded(words, of.progress())
	}
	hall, _ := k.agent.Hall()
	p.receipt(of, hall.Hall.Name)
	if address := of.progress(); address != "" {
		p.add(link.PrintLine{QR: address, Align: "center"})
		p.add(link.PrintLine{Text: "扫码查看进度，请勿给他人", Align: "center"})
	}
	return p.end(), nil
}

// progress is where one follows an application; empty where there is nothing to
// follow, or nowhere.
func (of receipt) progress() string {
	u, err := url.Parse(of.Pages)
	if of.Kind == "booking" || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	query := url.Values{"number": {of.Number}, "code": {of.Code}}
	return u.Scheme + "://" + u.Host + "/progress?" + query.Encode()
}

// receiptTitles are what receipts are called, by kind.
var receiptTitles = map[string]string{"": "申请回执", "mend": "补交材料回执", "package": "套餐申请回执", "booking": "预约回执"}

// receipt is what stands on a receipt in Chinese, without its code and end.
func (p *slipPaper) receipt(of receipt, hall string) {
	p.head(hall, receiptTitles[of.Kind])
	p.bold(of.Item)
	number, code := "申请编号", "查询码"
	if of.Kind == "booking" {
		p.bold("请在 " + of.When + " 到大厅")
		number, code = "预约号", "预约码"
	}
	p.text("%s：%s", number, of.Number)
	if of.Code != "" {
		p.text("%s：%s", code, of.Code)
	}
	for i, name := range of.Brought {
		p.text("%d. %s 已提交", i+1, name)
	}
	if len(of.Parts) > 0 {
		p.text("套餐中的事项：")
	}
	for i, part := range of.Parts {
		p.text("%d. %s", i+1, part.Item)
		p.text("   %s", part.Body)
		p.text("   %s", part.Number)
	}
	for _, m := range of.Later {
		if m.Due == "" {
			p.text("以后补交：%s（期限在受理时告知）", m.Name)
		} else {
			p.bold(m.Name + " 请在 " + m.Due + " 前补交")
		}
	}
	p.text("%s", of.Next)
}
