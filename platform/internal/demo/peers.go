package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"smarthall/internal/gm"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/store"
)

// The systems that the city plays itself, by their addresses, and who acts for
// the department's.
const (
	provinceAddress = "demo://province"
	medicareAddress = "demo://medicare"
	medicareAccount = "yibao-system"
	knownAs         = "donghu"
)

// Peers are a province's platform and a department's business system that live
// in the city's own process: what goes to them and comes from them are real
// signed messages, and nothing behind them is. What they know is gone with the
// process.
type Peers struct {
	province, medicare *peer
	others             exchange.Carrier
	now                func() time.Time
	log                *slog.Logger

	mu      sync.Mutex
	reports map[string][]string // ids by day, sorted; guarded by mu
	jobs    []job               // guarded by mu
}

// peer is one of them.
type peer struct {
	code   string
	signer *gm.Signer
}

// job is what the business system has yet to send.
type job struct {
	due     time.Time
	service string
	body    map[string]any
}

// NewPeers makes the systems; seed gives them their keys, now is the city's
// clock.
func NewPeers(seed func(purpose string) []byte, now func() time.Time, log *slog.Logger) (*Peers, error) {
	p := &Peers{others: exchange.NewHTTP(carryWait), now: now, log: log, reports: map[string][]string{}}
	for _, one := range []struct {
		code string
		into **peer
	}{{"province", &p.province}, {"medicare-system", &p.medicare}} {
		signer, err := gm.NewSigner(seed("demo " + one.code))
		if err != nil {
			return nil, fmt.Errorf("make the demo system %s: %w", one.code, err)
		}
		*one.into = &peer{one.code, signer}
	}
	return p, nil
}

// FillExchange connects the city with them, once. One of the staff acts for the
// business system.
func (p *Peers) FillExchange(ctx context.Context, to *exchange.Service, staff []identity.Member) error {
	known, err := to.Members(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(staff, func(m identity.Member) bool { return m.Account == medicareAccount })
	if i < 0 {
		return errors.New("the demo city has no account for the business system")
	}
	grants := func(services ...string) (list []exchange.Grant) {
		for _, s := range services {
			list = append(list, exchange.Grant{Service: s})
		}
		return list
	}
	for _, m := range []exchange.Member{
		{
			Code: p.province.code, Name: "省政务服务平台（模拟）", Kind: exchange.Upper, KnownAs: knownAs, Address: provinceAddress, PublicKey: p.province.signer.Public(),
			Region: "330100", Grants: grants(exchange.ServiceReport, exchange.ServiceIDs, exchange.ServiceLicence),
		},
		{
			Code: p.medicare.code, Name: "医保业务系统（模拟）", Kind: exchange.Department, KnownAs: knownAs, Address: medicareAddress, PublicKey: p.medicare.signer.Public(),
			Region: region, Organisation: "medicare", Account: staff[i].ID,
			Grants: grants(exchange.ServiceHandover, exchange.ServiceProgress, exchange.ServiceStep, exchange.ServiceResult, exchange.ServiceFile),
		},
	} {
		if slices.ContainsFunc(known, func(o exchange.Member) bool { return o.Code == m.Code }) {
			continue
		}
		if err := to.Store.Write(ctx, "connect a demo system", func(tx *store.Tx) error { return to.InsertMember(ctx, tx, m) }); err != nil {
			return err
		}
	}
	return nil
}

// carryWait is how long a system that the city doesn't play may take to answer.
const carryWait = 15 * time.Second

// Carry implements exchange.Carrier: real systems are reached by HTTP.
func (p *Peers) Carry(ctx context.Context, address string, data []byte) ([]byte, error) {
	e, err := exchange.ParseEnvelope(data)
	if err != nil {
		return nil, err
	}
	var to *peer
	receipt := exchange.Receipt{Outcome: exchange.Taken}
	switch address {
	case provinceAddress:
		to = p.province
		receipt.Data, err = p.atProvince(&e)
	case medicareAddress:
		to = p.medicare
		err = p.atMedicare(&e)
	default:
		return p.others.Carry(ctx, address, data)
	}
	if err != nil {
		receipt = exchange.Receipt{Outcome: exchange.No, Code: "demo.body", Detail: "模拟系统不认识这份报文"}
	}
	body, err := json.Marshal(receipt)
	if err != nil {
		return nil, err
	}
	return to.sign(p.now(), exchange.Envelope{To: e.From, Service: "receipt", Re: e.ID, Body: string(body)})
}

// sign completes a message of a peer.
func (p *peer) sign(at time.Time, e exchange.Envelope) ([]byte, error) {
	e.ID, e.From, e.At = store.NewID(), p.code, at.Format(exchange.TimeLayout)
	if err := e.Sign(p.signer); err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

// atProvince keeps which reports came, and tells them again by day.
func (p *Peers) atProvince(e *exchange.Envelope) (json.RawMessage, error) {
	var body struct {
		Day   string `json:"day"`
		After string `json:"after"`
	}
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Service {
	case exchange.ServiceReport:
		list := p.reports[body.Day]
		if i, found := slices.BinarySearch(list, e.ID); !found {
			p.reports[body.Day] = slices.Insert(list, i, e.ID)
		}
	case exchange.ServiceIDs:
		list := p.reports[body.Day]
		i, found := slices.BinarySearch(list, body.After)
		if found {
			i++
		}
		return json.Marshal(map[string]any{"ids": append([]string{}, list[i:]...)})
	}
	return nil, nil
}

// steps are what the business system sends of each case, and how long after it
// came.
var steps = []struct {
	after   time.Duration
	service string
	body    map[string]any
}{
	{5 * time.Second, exchange.ServiceProgress, map[string]any{"step": "业务系统收件（模拟）", "by": "模拟经办"}},
	{20 * time.Second, exchange.ServiceStep, map[string]any{"approved": true, "by": "模拟经办", "opinion": "业务系统自动审查通过（模拟）"}},
	{40 * time.Second, exchange.ServiceResult, map[string]any{
		"approved": true, "by": "模拟负责人", "opinion": "业务系统核准（模拟）", "licence": []exchange.Fact{{Label: "核定单号", Text: "模拟-0001"}},
	}},
}

// atMedicare takes a case on, and decides what is sent of it later.
func (p *Peers) atMedicare(e *exchange.Envelope) error {
	if e.Service != exchange.ServiceHandover {
		return nil
	}
	var body struct {
		Case string `json:"case"`
	}
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil || body.Case == "" {
		return errors.Join(err, errors.New("no case"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.jobs, func(j job) bool { return j.body["case"] == body.Case }) {
		return nil
	}
	for _, st := range steps {
		said := map[string]any{"case": body.Case}
		for name, v := range st.body {
			said[name] = v
		}
		p.jobs = append(p.jobs, job{p.now().Add(st.after), st.service, said})
	}
	return nil
}

// Run sends what the business system has to say, until ctx ends.
func (p *Peers) Run(ctx context.Context, to *exchange.Service) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			p.Send(ctx, to, p.now())
		}
	}
}

// Send sends what is due at a time.
func (p *Peers) Send(ctx context.Context, to *exchange.Service, now time.Time) {
	p.mu.Lock()
	var due []job
	p.jobs = slices.DeleteFunc(p.jobs, func(j job) bool {
		if j.due.After(now) {
			return false
		}
		due = append(due, j)
		return true
	})
	p.mu.Unlock()
	for _, j := range due {
		if err := p.say(ctx, to, j, now); err != nil && ctx.Err() == nil {
			p.log.Warn("the demo business system isn't heard", slog.String("service", j.service), slog.Any("err", err))
		}
	}
}

func (p *Peers) say(ctx context.Context, to *exchange.Service, j job, now time.Time) error {
	if j.service == exchange.ServiceProgress {
		j.body["at"] = now.Format(time.RFC3339)
	}
	body, err := json.Marshal(j.body)
	if err != nil {
		return err
	}
	data, err := p.medicare.sign(now, exchange.Envelope{To: knownAs, Service: j.service, Body: string(body)})
	if err != nil {
		return err
	}
	answer, err := to.Receive(ctx, data)
	if err != nil {
		return err
	}
	if strings.Contains(string(answer), string(exchange.No)) {
		p.log.Info("the demo business system was refused", slog.String("service", j.service))
	}
	return nil
}
