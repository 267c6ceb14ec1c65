package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

// What people read where a case was asked for.
const (
	detailCaseProof = "请刷身份证，或输入办件编号和身份证号后四位（或查询码）"
	detailCaseCode  = "这个二维码不是办件的查询码，请扫受理通知书上的二维码"
	detailCityAway  = "连不上市级平台，请稍后再试或扫码在手机上查"
)

const (
	// cityPatience is how long a person waits for the platform, by way of the
	// hall, which gives it five seconds.
	cityPatience = 8 * time.Second
	// maxCases is the longest answer, in bytes.
	maxCases = 2 << 20
	// Lengths of what is typed.
	caseNumber, caseCode = 60, 20
)

// hallAPI reaches the hall's REST API with the agent's token.
type hallAPI struct {
	base, token string
	client      *http.Client
}

// newHallAPI returns the API of the hall whose link is at an address.
func newHallAPI(conf *agent.Config) (*hallAPI, error) {
	u, err := url.Parse(conf.Hall)
	if err != nil {
		return nil, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	return &hallAPI{
		base: scheme + "://" + u.Host + "/api/v1", token: conf.Token,
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, Proxy: nil},
			// A token goes to the hall and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// send sends a request with a JSON body, if there is one. The caller closes the
// answer's body.
func (h *hallAPI) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.base+path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+h.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return h.client.Do(req)
}

// hallRefusal is the hall's no as a page is told it; any other failure is logged
// and told as the platform being away, which is what people can act on.
func (k *Kiosk) hallRefusal(resp *http.Response, err error) error {
	if err == nil {
		var p problem.Problem
		if json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&p) == nil && p.Code != "" && p.Detail != "" {
			return agent.Refuse(resp.StatusCode, p.Code, p.Detail)
		}
		err = fmt.Errorf("the hall answered with status %d", resp.StatusCode)
	}
	k.log.Warn("hall not asked", slog.Any("err", err))
	return agent.Refuse(http.StatusServiceUnavailable, "platform.away", detailCityAway)
}

// askCity asks the platform by way of the hall.
func (k *Kiosk) askCity(ctx context.Context, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, cityPatience)
	defer cancel()
	resp, err := k.hallAPI.send(ctx, http.MethodPost, path, body)
	if err != nil {
		return k.hallRefusal(nil, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return k.hallRefusal(resp, nil)
	}
	if answer == nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxCases+1))
	if err == nil && len(data) > maxCases {
		err = errors.New("the hall's answer is too long")
	}
	if err == nil {
		err = json.Unmarshal(data, answer)
	}
	if err != nil {
		return k.hallRefusal(nil, err)
	}
	return nil
}

// asked is what the person in front of the machine was shown of her cases. Only
// that can be rated and printed.
type asked struct {
	// card is the session that it was looked up with, nil if there was none.
	card  *session
	proof link.CaseProof
	cases []link.CaseView
	end   *time.Timer // runs unless the card's session bounds it
}

// caseOf returns the case with a number that the page names.
func (a *asked) caseOf(number string) (link.CaseView, bool) {
	for _, c := range a.cases {
		if number != "" && (c.CaseNo == number || c.Number == number) {
			return c, true
		}
	}
	return link.CaseView{}, false
}

// queryCases looks up the cases of whoever stands there.
func (k *Kiosk) queryCases(ctx context.Context, m link.Message) (any, error) {
	var ask link.CaseQuery
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	proof, s, err := k.proof(ctx, ask)
	if err != nil {
		return nil, err
	}
	var found link.CasesView
	if err := k.askCity(ctx, "/case-query", proof, &found); err != nil {
		return nil, err
	}
	if found.Cases == nil {
		found.Cases = []link.CaseView{}
	}
	if !k.keepCases(&asked{card: s, proof: proof, cases: found.Cases}) {
		return nil, agent.Refuse(410, "session.gone", detailGone)
	}
	return link.Answer{Cases: &found}, nil
}

// onlyDigits is an application's number without its letters.
var onlyDigits = regexp.MustCompile(`^[0-9]{14}$`)

// proof is what the platform is shown, with the number that only the agent
// knows. The session is nil without a card.
func (k *Kiosk) proof(ctx context.Context, ask link.CaseQuery) (link.CaseProof, *session, error) {
	number, code := strings.TrimSpace(ask.Number), strings.TrimSpace(ask.Code)
	switch {
	case ask.Session != "":
		_, person, s, err := k.person(ask.Session, "")
		return link.CaseProof{IDNumber: person.IDNumber}, s, err
	case strings.HasPrefix(ask.Scanned, handlePrefix):
		s, id, err := k.showCard(ctx, ask.Scanned)
		return link.CaseProof{IDNumber: id.Number}, s, err
	case ask.Scanned != "":
		if number, code = scannedCase(ask.Scanned); number == "" || code == "" {
			return link.CaseProof{}, nil, agent.Refuse(422, "case.code", detailCaseCode)
		}
	}
	if onlyDigits.MatchString(number) {
		number = "SQ" + number // an application's, as people type it
	}
	if number == "" || code == "" || len(number) > caseNumber || len(code) > caseCode {
		return link.CaseProof{}, nil, agent.Refuse(422, "case.proof", detailCaseProof)
	}
	if len(code) == 4 {
		return link.CaseProof{Number: number, IDTail: code}, nil, nil
	}
	return link.CaseProof{Number: number, Code: code}, nil, nil
}

// scannedCase reads the address of a progress page, as papers carry it in their
// QR code: https://…/progress?number=…&code=….
func scannedCase(text string) (number, code string) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || len(text) > maxCode || !strings.HasSuffix(u.Path, "/progress") {
		return "", ""
	}
	q := u.Query()
	return q.Get("number"), q.Get("code")
}

// keepCases keeps in mind what was found, instead of what was before; false if
// another person's card lies there by now.
func (k *Kiosk) keepCases(a *asked) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a.card != nil && a.card != k.session {
		return false
	}
	k.forgetCases()
	k.asked = a
	if a.card == nil {
		a.end = time.AfterFunc(sessionLife*k.idle, func() { k.endCases(a) })
	}
	return true
}

// endCases forgets a, if it is still the present one.
func (k *Kiosk) endCases(a *asked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked == a {
		k.forgetCases()
	}
}

// forgetCases drops what was found. The caller holds mu.
func (k *Kiosk) forgetCases() {
	if k.asked != nil && k.asked.end != nil {
		k.asked.end.Stop()
	}
	k.asked = nil
}

// foundCase returns the case with a number, of those that the person was shown.
func (k *Kiosk) foundCase(number string) (link.CaseView, link.CaseProof, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked != nil {
		if c, ok := k.asked.caseOf(number); ok {
			if k.asked.end != nil {
				k.asked.end.Reset(sessionLife * k.idle)
			}
			return c, k.asked.proof, nil
		}
	}
	return link.CaseView{}, link.CaseProof{}, agent.Refuse(410, "session.gone", detailGone)
}

// rateCase passes on how a finished case went.
func (k *Kiosk) rateCase(ctx context.Context, m link.Message) (any, error) {
	var ask link.CaseRate
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	c, proof, err := k.foundCase(ask.Case)
	if err != nil {
		return nil, err
	}
	if ask.Score < 1 || ask.Score > 5 || len(ask.Tags) > 10 {
		return nil, agent.Refuse(422, "case.score", "请选择满意程度")
	}
	number := c.CaseNo
	if number == "" {
		number = c.Number
	}
	return link.Answer{}, k.askCity(ctx, "/case-rating", link.CaseRating{CaseProof: proof, Case: number, Score: ask.Score, Tags: ask.Tags}, nil)
}
