package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/gm"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// platform is the context with all it needs, its clock under the test's control.
type platform struct {
	*exchange.Service
	tb     testing.TB
	store  *store.Store
	audit  *audit.Log
	target string
	conf   exchange.Config
	line   *line
	world  *world
}

// world is what cases, flows and the rest say: the same for all processes of a
// platform.
type world struct {
	mu    sync.Mutex
	now   time.Time
	cases map[string]exchange.Handover
	steps map[string][]exchange.Step // by case
	// off are accounts that may do nothing.
	off bool
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) forward(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by)
}

// do changes the world.
func (w *world) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) Handover(_ context.Context, id string) (exchange.Handover, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h, ok := w.cases[id]
	if !ok {
		return h, exchange.ErrCase
	}
	h.Materials = []exchange.Material{{ID: "photo", Name: "照片", Source: "upload", Files: []exchange.File{{ID: "file-" + id, Name: "a.png", Type: "image/png", Size: 3}}}}
	return h, nil
}

func (w *world) Look(context.Context, string) error { return nil }

func (w *world) Open(ctx context.Context, _ *store.Tx, id string) ([]exchange.Step, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if access.From(ctx).ID != "system" {
		return nil, exchange.ErrStep
	}
	return w.steps[id], nil
}

func (w *world) Claim(ctx context.Context, tx *store.Tx, task string) error {
	return w.book(ctx, tx, "claim "+task)
}

func (w *world) Say(ctx context.Context, tx *store.Tx, task string, approve bool, opinion string) error {
	return w.book(ctx, tx, fmt.Sprintf("%s %t %s", task, approve, opinion))
}

// book keeps what was done with the transaction that did it.
func (w *world) book(ctx context.Context, tx *store.Tx, text string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO test_said (text) VALUES ($1)`, access.From(ctx).ID+": "+text)
	return err
}

type theFiles struct{}

func (theFiles) Open(_ context.Context, id string) (io.ReadCloser, exchange.File, error) {
	return io.NopCloser(bytes.NewReader([]byte("abc"))), exchange.File{ID: id, Name: "a.png", Type: "image/png", Size: 3}, nil
}

func (w *world) Account(_ context.Context, id string) (access.Caller, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != "system" || w.off {
		return access.Caller{}, exchange.ErrAccount
	}
	return access.Caller{Kind: access.Staff, ID: id, Org: "medicare", Region: "330102", Roles: []access.Role{access.RoleApprover}}, nil
}

func (w *world) Find(_ context.Context, name string) (string, error) {
	if name != "yibao" {
		return "", exchange.ErrAccount
	}
	return "system", nil
}

func (w *world) Name(context.Context, string) string { return "yibao" }

func (w *world) Check(_ context.Context, kind, holder string) (exchange.LicenceFacts, bool, error) {
	if kind != "food" || holder != "91330102DEM0002017" {
		return exchange.LicenceFacts{}, false, nil
	}
	return exchange.LicenceFacts{Number: "JY-1", Name: "食品经营许可证", Holder: "东湖区老**馆", State: "valid"}, true, nil
}

func (w *world) Matches(_ context.Context, name, number string) (bool, error) {
	return name == "林晓" && number == "330100199005200128", nil
}

func (w *world) Items(context.Context, string, int, int) ([]exchange.OpenItem, int, error) {
	return []exchange.OpenItem{{ID: "food", Name: "食品经营许可"}}, 1, nil
}

func (w *world) Halls(context.Context) ([]exchange.OpenHall, error) { return nil, nil }

// line carries messages between platforms of a test; it can be cut on either way.
type line struct {
	mu sync.Mutex
	to map[string]func(ctx context.Context, data []byte) ([]byte, error)
	// carried counts attempts by the message's id; sent are the envelopes.
	carried map[string]int
	sent    []exchange.Envelope
	// before is asked before a message goes, after before its answer comes back.
	before, after func(e exchange.Envelope) error
}

var errCut = errors.New("the line is cut")

func (l *line) Carry(ctx context.Context, address string, data []byte) ([]byte, error) {
	e, err := exchange.ParseEnvelope(data)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.carried[e.ID]++
	l.sent = append(l.sent, e)
	before, after, to := l.before, l.after, l.to[address]
	l.mu.Unlock()
	if before != nil {
		if err := before(e); err != nil {
			return nil, err
		}
	}
	if to == nil {
		return nil, errCut
	}
	answer, err := to(ctx, data)
	if err == nil && after != nil {
		err = after(e)
	}
	return answer, err
}

func (l *line) cut(before, after func(e exchange.Envelope) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before, l.after = before, after
}

func always(exchange.Envelope) error { return errCut }

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))

func newLine() *line {
	return &line{to: map[string]func(context.Context, []byte) ([]byte, error){}, carried: map[string]int{}}
}

func open(tb testing.TB, target string, w *world, l *line) *platform {
	tb.Helper()
	p := &platform{tb: tb, target: target, line: l, world: w}
	secret, err := keys.Load(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	p.conf = exchange.Config{
		Keys: secret, Carrier: l, Cases: w, Flows: w, Files: theFiles{}, Accounts: w, Licences: w, People: w, Catalog: w, BaseURL: "https://city.example",
		Log: slog.New(slog.DiscardHandler),
	}
	p.again()
	if err := p.store.Write(tb.Context(), "test", func(tx *store.Tx) error {
		_, err := tx.ExecContext(tb.Context(), `CREATE TABLE test_said (text TEXT NOT NULL)`)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return p
}

// again opens the platform's database in another process: the first, or one
// after a crash.
func (p *platform) again() {
	p.tb.Helper()
	st, err := store.Open(p.tb.Context(), store.Config{Target: p.target, Clock: p.world.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.tb.Fatal(err)
	}
	p.tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			p.tb.Error(err)
		}
	})
	p.store, p.conf.Store = st, st
	if p.audit, err = audit.Open(p.tb.Context(), st); err != nil {
		p.tb.Fatal(err)
	}
	p.conf.Audit = p.audit
	if p.Service, err = exchange.Open(p.tb.Context(), p.conf); err != nil {
		p.tb.Fatal(err)
	}
}

// twin is another process on the same database.
func (p *platform) twin() *platform {
	other := *p
	other.again()
	return &other
}

func admin(ctx context.Context) context.Context {
	return access.With(ctx, access.Caller{Kind: access.Staff, ID: "admin", Org: "centre", Region: "330102", Roles: []access.Role{access.RoleSystemAdmin}})
}

// add adds a member that may use services.
func (p *platform) add(m exchange.Member, services ...string) {
	p.tb.Helper()
	for _, s := range services {
		m.Grants = append(m.Grants, exchange.Grant{Service: s})
	}
	if _, err := p.AddMember(admin(p.tb.Context()), m); err != nil {
		p.tb.Fatal(err)
	}
}

// tell publishes an event of a case.
func (p *platform) tell(kind, id string, more map[string]any) {
	p.tb.Helper()
	body := map[string]any{
		"case": id, "caseNo": "NO-" + id, "item": "maternity", "itemName": "生育津贴申领", "organisation": "medicare", "region": "330102", "state": "accepted",
		"applicant": map[string]string{"name": "林*"},
	}
	for k, v := range more {
		body[k] = v
	}
	err := p.store.Write(p.tb.Context(), "test", func(tx *store.Tx) error { return tx.Publish(p.tb.Context(), "", kind, id, body) })
	if err != nil {
		p.tb.Fatal(err)
	}
	if _, err := p.store.Deliver(p.tb.Context()); err != nil {
		p.tb.Fatal(err)
	}
}

func (p *platform) send() {
	p.tb.Helper()
	if err := p.SendAll(p.tb.Context()); err != nil {
		p.tb.Fatal(err)
	}
}

// messages are all of a direction, the oldest first.
func (p *platform) messages(d exchange.Direction) []exchange.Message {
	p.tb.Helper()
	list, err := p.Messages(p.tb.Context(), exchange.Look{Direction: d, Limit: 1000})
	if err != nil {
		p.tb.Fatal(err)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// states are the messages of a direction in short.
func (p *platform) states(d exchange.Direction) string {
	p.tb.Helper()
	var list []string
	for _, m := range p.messages(d) {
		list = append(list, string(m.State))
	}
	return strings.Join(list, " ")
}

// done is what flows were told.
func (p *platform) done() []string {
	p.tb.Helper()
	rows, err := p.store.Read().QueryContext(p.tb.Context(), `SELECT text FROM test_said`)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			p.tb.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		p.tb.Fatal(err)
	}
	return list
}

// two are a city and the province above it, over one line.
func two(t *testing.T, target string) (city, province *platform) {
	t.Helper()
	w := &world{now: start, cases: map[string]exchange.Handover{}, steps: map[string][]exchange.Step{}}
	l := newLine()
	city, province = open(t, target, w, l), open(t, sqldbtest.File(t), w, l)
	l.to["https://province.example"] = province.Receive
	l.to["https://city.example"] = city.Receive
	city.add(exchange.Member{
		Code: "province", Name: "省平台", Kind: exchange.Upper, KnownAs: "city", Address: "https://province.example", PublicKey: province.Public(), Region: "330100",
	}, exchange.ServiceReport, exchange.ServiceIDs)
	province.add(exchange.Member{
		Code: "city", Name: "东湖市平台", Kind: exchange.Lower, KnownAs: "province", PublicKey: city.Public(), Region: "330100",
	}, exchange.ServiceReport, exchange.ServiceIDs)
	return city, province
}

// system is a department's business system: a key and a clock.
type system struct {
	t      testing.TB
	city   *platform
	signer *gm.Signer
	n      int
}

func newSigner(t testing.TB, b byte) *gm.Signer {
	t.Helper()
	signer, err := gm.NewSigner(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// department is a city with the business system of its medical insurance.
func department(t *testing.T, target string) (*platform, *system) {
	t.Helper()
	w := &world{now: start, cases: map[string]exchange.Handover{}, steps: map[string][]exchange.Step{}}
	city := open(t, target, w, newLine())
	s := &system{t: t, city: city, signer: newSigner(t, 7)}
	city.line.to["https://medicare.example"] = s.take
	city.add(exchange.Member{
		Code: "medicare-system", Name: "医保业务系统", Kind: exchange.Department, KnownAs: "city", Address: "https://medicare.example", PublicKey: s.signer.Public(),
		Region: "330102", Organisation: "medicare", Account: "yibao",
	}, exchange.ServiceHandover, exchange.ServiceProgress, exchange.ServiceStep, exchange.ServiceResult, exchange.ServiceFile)
	return city, s
}

// take acknowledges whatever comes.
func (s *system) take(_ context.Context, data []byte) ([]byte, error) {
	e, err := exchange.ParseEnvelope(data)
	if err != nil {
		return nil, err
	}
	a := exchange.Envelope{ID: store.NewID(), From: "medicare-system", To: "city", Service: "receipt", Re: e.ID, At: s.stamp(), Body: `{"outcome":"taken"}`}
	if err := a.Sign(s.signer); err != nil {
		return nil, err
	}
	return json.Marshal(a)
}

func (s *system) stamp() string { return s.city.world.clock().Format(exchange.TimeLayout) }

// envelope is a message of the system's, signed now.
func (s *system) envelope(service string, body any) exchange.Envelope {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.n++
	e := exchange.Envelope{ID: fmt.Sprintf("message-%04d", s.n), From: "medicare-system", To: "city", Service: service, At: s.stamp(), Body: string(text)}
	s.sign(&e)
	return e
}

func (s *system) sign(e *exchange.Envelope) {
	s.t.Helper()
	if err := e.Sign(s.signer); err != nil {
		s.t.Fatal(err)
	}
}

// post hands an envelope in and returns what the receipt says.
func (s *system) post(e exchange.Envelope) (exchange.Receipt, error) {
	s.t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.city.Receive(s.t.Context(), data)
	if err != nil {
		return exchange.Receipt{}, err
	}
	a, err := exchange.ParseEnvelope(answer)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := a.Verify(s.city.Public()); err != nil || a.Re != e.ID || a.To != e.From {
		s.t.Errorf("the receipt isn't the city's: %v, %+v", err, a)
	}
	var r exchange.Receipt
	if err := json.Unmarshal([]byte(a.Body), &r); err != nil {
		s.t.Fatal(err)
	}
	return r, nil
}

// say sends what the system has to say.
func (s *system) say(service string, body any) exchange.Receipt {
	s.t.Helper()
	r, err := s.post(s.envelope(service, body))
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}
