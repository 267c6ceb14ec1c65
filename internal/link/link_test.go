package link_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/internal/link"
)

func TestWhatIsNotAMessage(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "hello", "a number": "7", "a list": "[]", "no type": `{"id":"1"}`, "two messages": `{"type":"a"}{"type":"b"}`,
		"an id too long":           `{"type":"a","id":"` + strings.Repeat("x", link.MaxKey+1) + `"}`,
		"an answer's id too long":  `{"type":"a","re":"` + strings.Repeat("x", link.MaxKey+1) + `"}`,
		"a time that isn't one":    `{"type":"a","at":"noon"}`,
		"a negative sequence":      `{"type":"a","seq":-1}`,
		"a type of another type":   `{"type":1}`,
		"deeper than anyone needs": `{"type":"a","body":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
	} {
		if _, err := link.Decode([]byte(text)); !errors.Is(err, link.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}

func TestANewerPeersFieldsAreIgnored(t *testing.T) {
	m, err := link.Decode([]byte(`{"type":"ticket.recall","id":"1","mood":"good","body":{"ticket":"T","colour":"red"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var body link.TicketRef
	if err := m.Into(&body); err != nil || body.Ticket != "T" || m.Type != link.TypeTicketRecall || m.ID != "1" {
		t.Errorf("got %+v with %+v, %v", m, body, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"type":"hello","at":"2026-11-23T09:00:00+08:00","body":{"versions":[1,1],"agent":"kiosk-1","role":"kiosk"}}`,
		`{"type":"ticket.take","id":"1","body":{"service":"tax"}}`, `{"type":"x","seq":18446744073709551615}`, `{}`, "null", "\xff\xfe",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := link.Decode(data)
		if err != nil {
			if !errors.Is(err, link.ErrMalformed) {
				t.Fatalf("got %v, want ErrMalformed", err)
			}
			return
		}
		if m.Type == "" || len(m.ID) > link.MaxKey || len(m.Re) > link.MaxKey {
			t.Fatalf("accepted %+v", m)
		}
		if y := m.At.Year(); y < 0 || y > 9999 {
			return // JSON has no form for it
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatalf("encode what was decoded: %v", err)
		}
		back, err := link.Decode(again)
		if err != nil || back.Type != m.Type || back.ID != m.ID || back.Seq != m.Seq || !back.At.Equal(m.At.Truncate(time.Nanosecond)) {
			t.Fatalf("got %+v back from %+v: %v", back, m, err)
		}
	})
}
