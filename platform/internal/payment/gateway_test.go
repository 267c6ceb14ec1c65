package payment_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/payment"
)

var gatewayKey = []byte("0123456789abcdef")

// gateway answers with what handle returns, signed with key at the time.
func gateway(t *testing.T, key []byte, at func() time.Time, handle func(r *http.Request, body []byte) (int, any)) *payment.Gateway {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		signed := body
		if len(body) == 0 {
			signed = []byte(r.URL.EscapedPath())
		}
		seconds, _ := strconv.ParseInt(r.Header.Get(payment.HeaderTime), 10, 64)
		if r.Header.Get(payment.HeaderSignature) != payment.Sign(gatewayKey, time.Unix(seconds, 0), signed) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		status, answer := handle(r, body)
		data, err := json.Marshal(answer)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set(payment.HeaderTime, strconv.FormatInt(at().Unix(), 10))
		w.Header().Set(payment.HeaderSignature, payment.Sign(key, at(), data))
		w.WriteHeader(status)
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	g, err := payment.NewGateway("bank", server.URL, gatewayKey, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGatewaySpeaksSigned(t *testing.T) {
	g := gateway(t, gatewayKey, time.Now, func(r *http.Request, body []byte) (int, any) {
		switch r.Method + " " + r.URL.Path {
		case "POST /payments":
			var i payment.Intent
			if err := json.Unmarshal(body, &i); err != nil || i.Amount != 5250 {
				t.Errorf("%s, %v", body, err)
			}
			return 200, map[string]string{"reference": "B1", "page": "https://bank.example/B1"}
		case "GET /payments/B1":
			return 200, payment.Status{Paid: true, Amount: 5250}
		case "POST /payments/B1/refund":
			return 200, nil
		case "GET /statements/2026-11-23":
			return 200, map[string]any{"entries": []payment.Entry{{Reference: "B1", Amount: 5250}}}
		}
		return 404, nil
	})
	ctx := t.Context()
	if reference, page, err := g.Create(ctx, payment.Intent{Order: "o", Amount: 5250}); err != nil || reference != "B1" || page != "https://bank.example/B1" {
		t.Error(reference, page, err)
	}
	if st, err := g.Query(ctx, "B1"); err != nil || !st.Paid {
		t.Error(st, err)
	}
	if _, err := g.Query(ctx, "none"); !errors.Is(err, payment.ErrNoPayment) {
		t.Error(err)
	}
	if err := g.Refund(ctx, "B1", "多收费"); err != nil {
		t.Error(err)
	}
	if list, err := g.Statement(ctx, calendar.Day{Year: 2026, Month: 11, Day: 23}); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
}

func TestGatewaysAnswersThatAreNone(t *testing.T) {
	good := map[string]string{"reference": "B1", "page": "https://bank.example/B1"}
	old := func() time.Time { return time.Now().Add(-time.Hour) }
	for name, g := range map[string]*payment.Gateway{
		"signed by another": gateway(t, []byte("another key, too"), time.Now, func(*http.Request, []byte) (int, any) { return 200, good }),
		"an old answer":     gateway(t, gatewayKey, old, func(*http.Request, []byte) (int, any) { return 200, good }),
		"an error":          gateway(t, gatewayKey, time.Now, func(*http.Request, []byte) (int, any) { return 500, good }),
		"a redirect":        gateway(t, gatewayKey, time.Now, func(*http.Request, []byte) (int, any) { return 302, good }),
		"nothing in it":     gateway(t, gatewayKey, time.Now, func(*http.Request, []byte) (int, any) { return 200, map[string]string{} }),
		"a script as page": gateway(t, gatewayKey, time.Now, func(*http.Request, []byte) (int, any) {
			return 200, map[string]string{"reference": "B1", "page": "javascript:alert(1)"}
		}),
		"endless": gateway(t, gatewayKey, time.Now, func(*http.Request, []byte) (int, any) { return 200, strings.Repeat("x", 5<<20) }),
	} {
		if _, _, err := g.Create(t.Context(), payment.Intent{Order: "o", Amount: 1}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestGatewaysCallbackIsSignedAndFresh(t *testing.T) {
	g, err := payment.NewGateway("bank", "https://bank.example", gatewayKey, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"reference":"B1"}`)
	callback := func(key []byte, at time.Time, body []byte) (string, error) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.Header.Set(payment.HeaderTime, strconv.FormatInt(at.Unix(), 10))
		r.Header.Set(payment.HeaderSignature, payment.Sign(key, at, []byte(`{"reference":"B1"}`)))
		return g.Callback(r, body)
	}
	if reference, err := callback(gatewayKey, time.Now(), body); err != nil || reference != "B1" {
		t.Error(reference, err)
	}
	for name, f := range map[string]func() (string, error){
		"another key":   func() (string, error) { return callback([]byte("another key, too"), time.Now(), body) },
		"an hour old":   func() (string, error) { return callback(gatewayKey, time.Now().Add(-time.Hour), body) },
		"another body":  func() (string, error) { return callback(gatewayKey, time.Now(), []byte(`{"reference":"B2"}`)) },
		"from tomorrow": func() (string, error) { return callback(gatewayKey, time.Now().Add(24*time.Hour), body) },
	} {
		if _, err := f(); !errors.Is(err, payment.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGatewayIsSpokenToOverTLSOnly(t *testing.T) {
	for _, address := range []string{"http://bank.example", "ftp://bank.example", "bank.example", ""} {
		if _, err := payment.NewGateway("bank", address, gatewayKey, time.Now); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	if _, err := payment.NewGateway("bank", "https://bank.example", []byte("short"), time.Now); err == nil {
		t.Error("a short key is taken")
	}
}

// A provider that doesn't answer holds nobody up longer than the caller waits,
// and one whose answer isn't its own has given nothing back.
func TestAGatewayThatHangsOrLiesDoesNothing(t *testing.T) {
	away := make(chan struct{})
	g := gateway(t, gatewayKey, time.Now, func(r *http.Request, _ []byte) (int, any) {
		select {
		case <-away:
		case <-r.Context().Done():
		}
		return 200, nil
	})
	t.Cleanup(func() { close(away) })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := g.Query(ctx, "B1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it waits: %v", err)
	}
	liar := gateway(t, []byte("another key, too"), time.Now, func(*http.Request, []byte) (int, any) { return 200, payment.Status{Paid: true, Amount: 1} })
	if err := liar.Refund(t.Context(), "B1", "x"); !errors.Is(err, payment.ErrForged) {
		t.Errorf("a refund that nobody signed: %v", err)
	}
	if st, err := liar.Query(t.Context(), "B1"); !errors.Is(err, payment.ErrForged) {
		t.Errorf("%+v, %v", st, err)
	}
	if list, err := liar.Statement(t.Context(), calendar.Day{Year: 2026, Month: 11, Day: 23}); !errors.Is(err, payment.ErrForged) {
		t.Errorf("%v, %v", list, err)
	}
}
