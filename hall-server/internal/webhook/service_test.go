package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/webhook"
)

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *queue.Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("got %v, want refusal %s", err, code)
	}
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	f := newFixture(t, quick)
	for _, tt := range []struct {
		name string
		in   webhook.Registration
		want string
	}{
		{"no URL", webhook.Registration{}, "webhook.url-invalid"},
		{"another scheme", webhook.Registration{URL: "gopher://10.0.0.1/"}, "webhook.url-invalid"},
		{"metadata", webhook.Registration{URL: "http://169.254.169.254/"}, "webhook.address"},
		{"a mistyped event", webhook.Registration{URL: "http://10.0.0.1/", Events: []string{"ticket.called", "ticket.caled"}}, "webhook.event-unknown"},
		{"the test event", webhook.Registration{URL: "http://10.0.0.1/", Events: []string{webhook.TypeTest}}, "webhook.event-unknown"},
		{"a weak secret", webhook.Registration{URL: "http://10.0.0.1/", Secret: "whsec_AAAA"}, "webhook.secret-invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, _, err := f.hooks.Register(t.Context(), tt.in)
			wantRefusal(t, err, tt.want)
		})
	}
	if list, err := f.hooks.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestARetriedRegistrationIsOneWebhook(t *testing.T) {
	f := newFixture(t, quick)
	in := webhook.Registration{URL: "http://10.0.0.1/", Events: []string{"ticket.called"}, Creator: "admin:a", Key: "k"}
	first, secret, replayed, err := f.hooks.Register(t.Context(), in)
	if err != nil || replayed {
		t.Fatalf("got %v, %v", replayed, err)
	}
	f.stop()
	f.start()
	again, same, replayed, err := f.hooks.Register(t.Context(), in)
	if err != nil || !replayed || again.ID != first.ID || same.Text() != secret.Text() {
		t.Errorf("got %+v, %v, %v", again, replayed, err)
	}
	other := in
	other.URL = "http://10.0.0.2/"
	_, _, _, err = f.hooks.Register(t.Context(), other)
	wantRefusal(t, err, "key.reused")
	other.Creator = "admin:b"
	if _, _, replayed, err := f.hooks.Register(t.Context(), other); err != nil || replayed {
		t.Errorf("another person's key: %v, %v", replayed, err)
	}
	if list, err := f.hooks.List(t.Context()); err != nil || len(list) != 2 || list[0].ID != first.ID {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestAHallHasAFewWebhooks(t *testing.T) {
	f := newFixture(t, quick)
	for i := range 32 {
		f.register(fmt.Sprintf("http://10.0.0.%d/", i+1))
	}
	_, _, _, err := f.hooks.Register(t.Context(), webhook.Registration{URL: "http://10.0.0.99/"})
	wantRefusal(t, err, "webhook.limit")
}

func TestALateReceiverIsSpared(t *testing.T) {
	f := newFixture(t, quick)
	r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n > 0 {
			return true
		}
		w.Header().Set("Retry-After", "3000")
		return refuse(w, http.StatusTooManyRequests)
	})
	id, _ := f.register(r.URL)
	f.log.call(1)
	f.eventually("a failure", func() bool {
		status, _ := f.status(id)
		return status.State == webhook.Retrying
	})
	if status, _ := f.status(id); time.Until(status.NextTry) < 40*time.Minute || status.Status != http.StatusTooManyRequests || status.Attempts != 1 {
		t.Errorf("got %+v", status)
	}
	// The wait outlives a restart; a test that succeeds ends it.
	f.stop()
	f.start()
	if status, _ := f.status(id); status.State != webhook.Retrying || status.Attempts != 1 {
		t.Errorf("after a restart: %+v", status)
	}
	attempt, err := f.hooks.Test(t.Context(), id)
	if err != nil || !attempt.OK() || attempt.Status != http.StatusOK {
		t.Errorf("got %+v, %v", attempt, err)
	}
	f.eventually("the delivery", func() bool { return len(r.taken()) == 2 })
	got := r.seen()
	if got[1].event.Type != webhook.TypeTest || got[1].event.Seq != 0 || got[1].event.Day != string(day) {
		t.Errorf("got %s", got[1].body)
	}
	if got[2].id != got[0].id || got[1].id == got[0].id {
		t.Errorf("got ids %s, %s, %s", got[0].id, got[1].id, got[2].id)
	}
}

func TestATestTellsWhatIsWrong(t *testing.T) {
	patient, hasty := newFixture(t, webhook.Pace{Timeout: time.Minute}), newFixture(t, quick)
	closed := newReceiver(t, nil)
	closed.Close()
	for _, tt := range []struct {
		name   string
		answer func(int, http.ResponseWriter, *http.Request) bool
		want   webhook.Failure
		status int
	}{
		{"an error", func(_ int, w http.ResponseWriter, _ *http.Request) bool { return refuse(w, 502) }, webhook.FailedStatus, 502},
		{"a redirect", func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/x", http.StatusFound)
			return false
		}, webhook.FailedRedirect, 302},
		{"gone", func(_ int, w http.ResponseWriter, _ *http.Request) bool { return refuse(w, 410) }, webhook.FailedGone, 410},
		{"silence", func(_ int, _ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return false }, webhook.FailedTimeout, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := patient
			if tt.want == webhook.FailedTimeout {
				f = hasty
			}
			id, _ := f.register(newReceiver(t, tt.answer).URL)
			got, err := f.hooks.Test(t.Context(), id)
			if err != nil || got.Failure != tt.want || got.Status != tt.status || got.OK() {
				t.Errorf("got %+v, %v", got, err)
			}
			if status, there := f.status(id); !there || status.State != webhook.Active {
				t.Errorf("a test changed the webhook: %+v", status)
			}
		})
	}
	for url, want := range map[string]webhook.Failure{
		closed.URL: webhook.FailedUnreachable,
		strings.Replace(newReceiver(t, nil).URL, "http:", "https:", 1): webhook.FailedTLS,
		newTLSReceiver(t): webhook.FailedTLS,
	} {
		id, _ := patient.register(url)
		if got, err := patient.hooks.Test(t.Context(), id); err != nil || got.Failure != want {
			t.Errorf("%s: got %+v, %v, want %s", url, got, err, want)
		}
	}
	_, err := patient.hooks.Test(t.Context(), "nobody")
	wantRefusal(t, err, "webhook.unknown")
	_, err = patient.hooks.Resume(t.Context(), "nobody")
	wantRefusal(t, err, "webhook.unknown")
}
