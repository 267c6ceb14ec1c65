package kiosk

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"

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
	// them: those that Brought names. Empty is an application.
	Kind    string   `json:"kind"`
	Brought []string `json:"brought"`
	// Pages is the platform's origin, for the code to scan.
	Pages string `json:"pages"`
}

// receiptNumber and receiptCode are what the platform's numbers look like.
var (
	receiptNumber = regexp.MustCompile(`^[A-Z0-9-]{6,60}$`)
	receiptCode   = regexp.MustCompile(`^[A-Z0-9]{0,20}$`)
)

// maxReceipt is the longest request for a receipt, in bytes, maxBrought the most
// materials that one names.
const (
	maxReceipt = 8 << 10
	maxBrought = 30
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
	id := "receipt/" + session + "/" + of.Kind + "/" + of.Number
	k.slips.mu.Lock()
	defer k.slips.mu.Unlock()
	if k.slips.last == id {
		give(w, http.StatusOK, struct{}{}) // it came before
		return
	}
	// What is on its way to the paper comes out whole, also after the page has gone.
	done := k.attempt(context.WithoutCancel(r.Context()), link.PrintJob{Job: id, Lines: k.receiptLines(of)})
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
	return receiptNumber.MatchString(of.Number) && receiptCode.MatchString(of.Code) &&
		(of.Kind == "" && len(of.Brought) == 0 || of.Kind == "mend" && len(of.Brought) <= maxBrought)
}

// receiptLines is a receipt on paper. It names nobody.
func (k *Kiosk) receiptLines(of receipt) []link.PrintLine {
	hall, _ := k.agent.Hall()
	p := &slipPaper{at: k.agent.LocalNow()}
	title := "申请回执"
	if of.Kind != "" {
		title = "补交材料回执"
	}
	p.head(hall.Hall.Name, title)
	p.bold(of.Item)
	p.text("申请编号：%s", of.Number)
	if of.Code != "" {
		p.text("查询码：%s", of.Code)
	}
	for i, name := range of.Brought {
		p.text("%d. %s 已提交", i+1, name)
	}
	p.text("%s", of.Next)
	if u, err := url.Parse(of.Pages); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		query := url.Values{"number": {of.Number}, "code": {of.Code}}
		p.add(link.PrintLine{QR: u.Scheme + "://" + u.Host + "/progress?" + query.Encode(), Align: "center"})
		p.add(link.PrintLine{Text: "扫码查看进度，请勿给他人", Align: "center"})
	}
	return p.end()
}
