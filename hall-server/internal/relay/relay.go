// Package relay lets people who stand at a kiosk work with the platform. A card
// that a kiosk has read flows in and becomes a visit: a session of its holder
// on the platform, whose token stays in this process. The kiosk's requests flow
// through under that token, those alone that an application needs, and pictures
// from phones come in beside. The visit ends when the kiosk says so, when
// another begins there, or when nothing is heard of it.
package relay

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
	"slices"
	"sync"
	"time"

	"smarthall/internal/problem"
)

// Times and bounds of visits.
const (
	beginWait = 10 * time.Second
	endWait   = 5 * time.Second
	// passWait bounds one request of a kiosk, with the upload in it.
	passWait = 3 * time.Minute
	// silence is after how long without a request a visit is over: no page lets
	// anybody stand in front of it that long.
	silence    = 10 * time.Minute
	sweepEvery = time.Minute
	maxAnswer  = 64 << 10 // bytes of an answer that is read here
	maxFiles   = 40       // pictures that phones send to one visit
)

// Config is what New needs.
type Config struct {
	// Platform is the origin of the platform's pages and API; empty: there is
	// none, and every visit is refused.
	Platform string
	// Hall and Token are what the platform knows the hall by.
	Hall, Token string
	Log         *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Person is the holder of a card as it says.
type Person struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

// View is what the kiosk is told of a visit that has begun.
type View struct {
	// Name and Phone are masked.
	Name  string    `json:"name"`
	Phone string    `json:"phone"`
	Until time.Time `json:"until"`
	// Pages is the platform's origin, as phones reach it.
	Pages string `json:"pages"`
}

// File is an upload that the platform has.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// Service is the hall's visits. Make it with New, then Run it.
type Service struct {
	conf   Config
	origin *url.URL // nil without a platform
	client *http.Client
	pass   http.Handler

	mu     sync.Mutex
	visits map[string]*visit // by kiosk; guarded by mu
	ending []string          // tokens to be given up; guarded by mu
	wake   chan struct{}
}

// visit is one person at one kiosk. Its fields are guarded by the service's mu,
// but for those that never change.
type visit struct {
	kiosk, id, token string // never change
	until, heard     time.Time
	files            []File // that phones sent
}

// New returns the visits of a hall, none of them begun.
func New(conf Config) (*Service, error) {
	if conf.Now == nil {
		conf.Now = time.Now
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: time.Minute}
	s := &Service{
		conf: conf, visits: make(map[string]*visit), wake: make(chan struct{}, 1),
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	if conf.Platform != "" && conf.Hall != "" {
		origin, err := url.Parse(conf.Platform)
		if err != nil {
			return nil, fmt.Errorf("the platform's address: %w", err)
		}
		s.origin = origin
	}
	s.pass = s.passes(transport)
	return s, nil
}

// The ways a visit is refused by the hall itself.
func refusal(status int, code, detail string) *problem.Problem {
	return problem.New(status, code, detail)
}

var (
	errNone = refusal(http.StatusServiceUnavailable, "terminal.none", "本大厅没有开通自助申报，请取号到窗口办理")
	errAway = refusal(http.StatusServiceUnavailable, "terminal.away", "暂时连不上政务服务平台，已填写的内容都还在；请稍后再试，或取号到窗口办理")
	errOver = refusal(http.StatusGone, "terminal.over", "您的办理已结束，请重新刷身份证")
	errMany = refusal(http.StatusConflict, "terminal.many", "照片已经够多了")
)

// Begin lets the holder of a card in at a kiosk, under a name that the kiosk
// has chosen for the visit. The visit before there is over.
func (s *Service) Begin(ctx context.Context, kiosk, id string, p Person) (View, error) {
	if s.origin == nil {
		return View{}, errNone
	}
	s.end(kiosk, "")
	body, err := json.Marshal(struct {
		Kiosk string `json:"kiosk"`
		Person
	}{kiosk, p})
	if err != nil {
		return View{}, err
	}
	var got struct {
		View
		Token string `json:"token"`
	}
	ctx, cancel := context.WithTimeout(ctx, beginWait)
	defer cancel()
	err = s.ask(ctx, http.MethodPost, "/halls/sessions", "application/json", body, func(r *http.Request) { r.SetBasicAuth(s.conf.Hall, s.conf.Token) }, &got)
	if err != nil {
		return View{}, err
	}
	now := s.conf.Now()
	s.mu.Lock()
	if other := s.visits[kiosk]; other != nil { // another card came meanwhile
		s.ending = append(s.ending, other.token)
	}
	s.visits[kiosk] = &visit{kiosk: kiosk, id: id, token: got.Token, until: got.Until, heard: now}
	s.mu.Unlock()
	s.conf.Log.Info("visit begun", slog.String("kiosk", kiosk))
	got.Pages = s.conf.Platform
	return got.View, nil
}

// End ends a visit, if it isn't over. Its session on the platform is given up
// at once, and again until the platform has heard it.
func (s *Service) End(kiosk, id string) { s.end(kiosk, id) }

// end ends the visit with the id at a kiosk; an empty id is any.
func (s *Service) end(kiosk, id string) {
	s.mu.Lock()
	v := s.visits[kiosk]
	if v == nil || id != "" && v.id != id {
		s.mu.Unlock()
		return
	}
	delete(s.visits, kiosk)
	s.ending = append(s.ending, v.token)
	s.mu.Unlock()
	s.conf.Log.Info("visit over", slog.String("kiosk", kiosk))
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// of returns the visit that a kiosk names and notes that it was heard of.
func (s *Service) of(kiosk, id string) (*visit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, now := s.visits[kiosk], s.conf.Now()
	if v == nil || v.id != id || now.After(v.until) || now.Sub(v.heard) > silence {
		return nil, errOver
	}
	v.heard = now
	return v, nil
}

// Has tells whether a visit goes on.
func (s *Service) Has(kiosk, id string) error {
	_, err := s.of(kiosk, id)
	return err
}

// Upload brings a picture from a phone to a visit's person on the platform.
func (s *Service) Upload(ctx context.Context, kiosk, id, name, kind string, data []byte) error {
	v, err := s.of(kiosk, id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	full := len(v.files) >= maxFiles
	s.mu.Unlock()
	if full {
		return errMany
	}
	var f File
	ctx, cancel := context.WithTimeout(ctx, passWait)
	defer cancel()
	if err := s.ask(ctx, http.MethodPost, "/files?name="+url.QueryEscape(name), kind, data, v.bear, &f); err != nil {
		return err
	}
	s.mu.Lock()
	v.files = append(v.files, f)
	s.mu.Unlock()
	return nil
}

// Files are the pictures that phones have sent to a visit.
func (s *Service) Files(kiosk, id string) ([]File, error) {
	v, err := s.of(kiosk, id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]File{}, v.files...), nil
}

// bear shows the visit's token.
func (v *visit) bear(r *http.Request) { r.Header.Set("Authorization", "Bearer "+v.token) }

// ask asks the platform. A refusal of it is a *problem.Problem.
func (s *Service) ask(ctx context.Context, method, path, kind string, body []byte, sign func(*http.Request), out any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.origin.String()+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	sign(req)
	resp, err := s.client.Do(req)
	if err != nil {
		s.conf.Log.Warn("platform not asked", slog.Any("error", err))
		return errAway
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return errAway
	}
	if resp.StatusCode < http.StatusMultipleChoices {
		if out == nil {
			return nil
		}
		return json.Unmarshal(data, out)
	}
	var p problem.Problem
	if json.Unmarshal(data, &p) != nil || p.Code == "" || resp.StatusCode >= http.StatusInternalServerError {
		s.conf.Log.Warn("platform failed", slog.Int("status", resp.StatusCode))
		return errAway
	}
	if resp.StatusCode == http.StatusUnauthorized {
		s.conf.Log.Error("platform doesn't know the hall or its visitor", slog.String("code", p.Code))
		return errAway
	}
	return &p
}

// Run gives up the sessions of visits that are over until ctx ends, and of all
// others then.
func (s *Service) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.close(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
			s.sweep()
		case <-s.wake:
		}
		s.giveUp(ctx)
	}
}

// sweep ends visits that nothing is heard of.
func (s *Service) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.conf.Now()
	for kiosk, v := range s.visits {
		if now.After(v.until) || now.Sub(v.heard) > silence {
			delete(s.visits, kiosk)
			s.ending = append(s.ending, v.token)
		}
	}
}

// close ends every visit of a hall that stops.
func (s *Service) close(ctx context.Context) {
	s.mu.Lock()
	for kiosk, v := range s.visits {
		delete(s.visits, kiosk)
		s.ending = append(s.ending, v.token)
	}
	s.mu.Unlock()
	s.giveUp(ctx)
}

// giveUp signs out what is over. What the platform doesn't hear stays for the
// next time; it forgets sessions by itself, too.
func (s *Service) giveUp(ctx context.Context) {
	s.mu.Lock()
	tokens := s.ending
	s.ending = nil
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, endWait)
	defer cancel()
	for i, token := range tokens {
		v := &visit{token: token}
		err := s.ask(ctx, http.MethodDelete, "/sessions/current", "", nil, v.bear, nil)
		var refused *problem.Problem
		if errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable {
			s.mu.Lock()
			s.ending = append(slices.Clone(tokens[i:]), s.ending...)
			s.ending = s.ending[:min(len(s.ending), maxEnding)]
			s.mu.Unlock()
			return
		}
	}
}

// maxEnding is how many sessions wait for a platform that is away.
const maxEnding = 200
