package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/platform/internal/delivery"
)

var courierKey = []byte("0123456789abcdef")

// said is one answer of a courier; the zero values of what signs it are right.
type said struct {
	status int
	body   string
	key    []byte
	at     time.Time
	path   string
}

// courier is one that answers with what handle says.
func courier(t *testing.T, handle func(r *http.Request, body []byte) said) *delivery.Courier {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		seconds, _ := strconv.ParseInt(r.Header.Get(delivery.HeaderTime), 10, 64)
		if r.Header.Get(delivery.HeaderSignature) != delivery.Sign(courierKey, time.Unix(seconds, 0), r.Method, r.URL.EscapedPath(), body) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		a := handle(r, body)
		if a.status == 0 {
			a.status = http.StatusOK
		}
		if a.key == nil {
			a.key = courierKey
		}
		if a.at.IsZero() {
			a.at = time.Now()
		}
		if a.path == "" {
			a.path = r.URL.EscapedPath()
		}
		w.Header().Set(delivery.HeaderTime, strconv.FormatInt(a.at.Unix(), 10))
		w.Header().Set(delivery.HeaderSignature, delivery.Sign(a.key, a.at, r.Method, a.path, []byte(a.body)))
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(server.Close)
	c, err := delivery.NewCourier("东湖速递", server.URL, courierKey, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACourierBringsAParcel(t *testing.T) {
	c := courier(t, func(r *http.Request, body []byte) said {
		if r.Method == http.MethodPost {
			var in map[string]string
			if err := json.Unmarshal(body, &in); err != nil || in["id"] != "p1" || in["address"] == "" || in["name"] != "林小雨" {
				t.Errorf("ordered %s, %v", body, err)
			}
			return said{body: `{"tracking":"DH000001"}`}
		}
		return said{body: `{"movements":[{"at":"2026-08-01T10:00:00+08:00","words":"已揽收"}],"delivered":true,"signer":"林小雨"}`}
	})
	number, err := c.Ship(t.Context(), "p1", "食品经营许可证", request().Receiver)
	if err != nil || number != "DH000001" {
		t.Fatal(number, err)
	}
	if track, err := c.Track(t.Context(), number); err != nil || !track.Delivered || len(track.Movements) != 1 {
		t.Errorf("%+v, %v", track, err)
	}
}

func TestACouriersLiesAreNotBelieved(t *testing.T) {
	const good = `{"tracking":"DH000001"}`
	for name, a := range map[string]said{
		"signed by another":    {body: good, key: []byte("another key, too")},
		"an hour old":          {body: good, at: time.Now().Add(-time.Hour)},
		"an answer to another": {body: good, path: "/parcels/DH000009"},
		"an error":             {body: good, status: 503},
		"a redirect":           {body: good, status: 302},
		"no number":            {body: `{}`},
		"a script as number":   {body: `{"tracking":"<script>alert(1)</script>"}`},
		"garbage":              {body: "\x00\xff<html>"},
		"endless":              {body: strings.Repeat("x", 2<<20)},
	} {
		if number, err := courier(t, func(*http.Request, []byte) said { return a }).Ship(t.Context(), "p1", "x", request().Receiver); err == nil {
			t.Errorf("%s is taken: %s", name, number)
		}
	}
	moved := func(at, words string) string { return `{"movements":[{"at":"` + at + `","words":"` + words + `"}]}` }
	for name, body := range map[string]string{
		"delivered and returned": `{"delivered":true,"returned":true,"signer":"林"}`,
		"nobody signed":          `{"delivered":true}`,
		"moved tomorrow":         moved(time.Now().Add(24*time.Hour).Format(time.RFC3339), "已揽收"),
		"moved before its time":  moved("0001-01-01T00:00:00Z", "已揽收"),
		"moved without a word":   moved("2026-08-01T10:00:00Z", ""),
		"an endless movement":    moved("2026-08-01T10:00:00Z", strings.Repeat("派", 300)),
		"a line break":           moved("2026-08-01T10:00:00Z", `已\n揽收`),
		"garbage":                `[1,2`,
	} {
		if track, err := courier(t, func(*http.Request, []byte) said { return said{body: body} }).Track(t.Context(), "DH000001"); !errors.Is(err, delivery.ErrAnswer) {
			t.Errorf("%s: %+v, %v", name, track, err)
		}
	}
}

// A courier that doesn't answer holds nobody up longer than the caller waits,
// and the parcel waits for the next try.
func TestACourierThatHangsIsAskedAgain(t *testing.T) {
	away := make(chan struct{})
	var asked atomic.Int32
	c := courier(t, func(r *http.Request, _ []byte) said {
		if asked.Add(1) == 1 {
			select {
			case <-away:
			case <-r.Context().Done():
			}
		}
		return said{body: `{"tracking":"DH000001"}`}
	})
	t.Cleanup(func() { close(away) })
	r := open(t, t.TempDir()+"/p.db", false)
	r.Carrier = c
	if _, err := r.order(request()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	_, err := c.Ship(ctx, "p1", "x", request().Receiver)
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("it waits: %v", err)
	}
	if err := r.Move(t.Context()); err != nil || r.parcel().Tracking != "DH000001" || r.parcel().Carrier != "东湖速递" {
		t.Errorf("%+v, %v", r.parcel(), err)
	}
}

// Two parcels never have one number, whatever a carrier says.
func TestACarrierGivesANumberOnce(t *testing.T) {
	r := open(t, t.TempDir()+"/p.db", false)
	r.Carrier = courier(t, func(*http.Request, []byte) said { return said{body: `{"tracking":"DH000001"}`} })
	for _, id := range []string{"01CASE", "02CASE"} {
		q := request()
		q.Case = id
		if _, err := r.order(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Move(t.Context()); !errors.Is(err, delivery.ErrAnswer) {
		t.Errorf("the same number twice: %v", err)
	}
	sent := 0
	for _, id := range []string{"01CASE", "02CASE"} {
		p, err := r.OfCase(person(t, "lin"), id)
		if err != nil {
			t.Fatal(err)
		}
		if p.State == delivery.Sent {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d parcels are sent by one number", sent)
	}
}

func TestACourierIsSpokenToOverTLSOnly(t *testing.T) {
	for _, address := range []string{"http://courier.example", "ftp://courier.example", "courier.example", ""} {
		if _, err := delivery.NewCourier("东湖速递", address, courierKey, time.Now); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	if _, err := delivery.NewCourier("东湖速递", "https://courier.example", []byte("short"), time.Now); err == nil {
		t.Error("a short key is taken")
	}
	if _, err := delivery.NewCourier("", "https://courier.example", courierKey, time.Now); err == nil {
		t.Error("a carrier without a name is taken")
	}
}
