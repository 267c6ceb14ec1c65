package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/httpd"
)

// door is the platform's own address of messages, in front of which everybody
// stands.
func (p *platform) door() func(addr string, data []byte) int {
	p.tb.Helper()
	r := httpd.New(httpd.Config{
		Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }, Log: p.conf.Log,
		Limit: httpd.Limit{PerSecond: 1, Burst: 10, Clock: p.world.clock},
	})
	p.Routes(r)
	h := r.Handler()
	return func(addr string, data []byte) int {
		req := httptest.NewRequest(http.MethodPost, httpd.Prefix+"/exchange/messages", bytes.NewReader(data))
		req.RemoteAddr = addr
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		return w.Code
	}
}

// said is a message of the system's as it goes over the wire.
func (s *system) said() []byte {
	s.t.Helper()
	data, err := json.Marshal(s.envelope(exchange.ServiceCheck, struct{}{}))
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

const shared, elsewhere = "203.0.113.7:1000", "203.0.113.8:1000"

func TestStrangersAreBoundedAndAMemberBesideThemIsHeard(t *testing.T) {
	for name, junk := range map[string]func(s *system) []byte{
		"no message": func(*system) []byte { return []byte("<xml/>") },
		"an unknown sender": func(s *system) []byte {
			return spoiled(s.t, s.said(), func(e *exchange.Envelope) { e.From = "nobody" })
		},
		"a member's name, a false stamp": func(s *system) []byte {
			return spoiled(s.t, s.said(), func(e *exchange.Envelope) { _ = e.Sign(newSigner(s.t, 9)) })
		},
		"a message changed on its way": func(s *system) []byte {
			return spoiled(s.t, s.said(), func(e *exchange.Envelope) { e.Body = `{"a":1}` })
		},
		"an old message": func(s *system) []byte {
			return spoiled(s.t, s.said(), func(e *exchange.Envelope) { e.At = "2026-11-22T09:00:00.000+08:00"; s.sign(e) })
		},
		"large junk": func(*system) []byte { return []byte(`{"id":"` + strings.Repeat("x", 600<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			city, s := department(t, sqldbtest.File(t))
			post := city.door()
			answers := map[int]int{}
			for range 40 {
				answers[post(shared, junk(s))]++
				if code := post(shared, s.said()); code != http.StatusOK {
					t.Fatalf("the member was answered with %d", code)
				}
			}
			if answers[http.StatusTooManyRequests] < 29 || answers[http.StatusOK] != 0 {
				t.Errorf("strangers were answered with %v", answers)
			}
			if code := post(elsewhere, junk(s)); code == http.StatusTooManyRequests || code == http.StatusOK {
				t.Errorf("a stranger at another address was answered with %d", code)
			}
			if n := len(city.messages(exchange.In)); n != 40 {
				t.Errorf("%d messages of 40 were taken", n)
			}
			city.world.forward(time.Minute)
			if code := post(shared, junk(s)); code == http.StatusTooManyRequests {
				t.Error("the address is never forgiven")
			}
		})
	}
}

func TestAMemberCannotUseThePlatformUp(t *testing.T) {
	city, s := department(t, sqldbtest.File(t))
	city.conf.Rate = exchange.Rate{PerSecond: 2, Burst: 5}
	city.again()
	post := city.door()
	answers := map[int]int{}
	for range 12 {
		answers[post(shared, s.said())]++
	}
	if answers[http.StatusOK] != 5 || answers[http.StatusTooManyRequests] != 7 {
		t.Errorf("answered with %v", answers)
	}
	if n := len(city.messages(exchange.In)); n != 5 {
		t.Errorf("%d messages were taken", n)
	}
	city.world.forward(2 * time.Second)
	for range 4 {
		if code := post(shared, s.said()); code != http.StatusOK {
			t.Errorf("after a while it is answered with %d", code)
		}
	}
}

func TestCopiesOfAMembersMessageAreNotCountedAsHers(t *testing.T) {
	city, s := department(t, sqldbtest.File(t))
	city.conf.Rate = exchange.Rate{PerSecond: 1, Burst: 3}
	city.again()
	post := city.door()
	copied := s.said()
	if code := post(elsewhere, copied); code != http.StatusOK {
		t.Fatalf("the first is answered with %d", code)
	}
	answers := map[int]int{}
	for range 30 {
		answers[post(shared, copied)]++
	}
	if answers[http.StatusOK] != 0 || answers[http.StatusTooManyRequests] < 19 {
		t.Errorf("copies are answered with %v", answers)
	}
	for range 2 {
		if code := post(elsewhere, s.said()); code != http.StatusOK {
			t.Errorf("the member is answered with %d", code)
		}
	}
}

func TestAFloodOfForgeriesLeavesMembersHeard(t *testing.T) {
	city, s := department(t, sqldbtest.File(t))
	post := city.door()
	forged := spoiled(t, s.said(), func(e *exchange.Envelope) { _ = e.Sign(newSigner(t, 9)) })
	for range 12 {
		post(shared, forged)
	}
	ctx, stop := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	var believed atomic.Int64
	for range 16 {
		flood.Go(func() {
			for ctx.Err() == nil {
				if post(shared, forged) == http.StatusOK {
					believed.Add(1)
				}
			}
		})
	}
	answers := map[string]int{}
	for i := range 20 {
		addr := []string{shared, elsewhere}[i%2]
		answers[fmt.Sprint(addr, " ", post(addr, s.said()))]++
	}
	stop()
	flood.Wait()
	if answers[shared+" 200"] != 10 || answers[elsewhere+" 200"] != 10 || believed.Load() != 0 {
		t.Errorf("members were answered with %v, %d forgeries were believed", answers, believed.Load())
	}
}
