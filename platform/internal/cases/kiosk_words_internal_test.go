package cases

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"smarthall/platform/internal/document"
	"smarthall/platform/internal/evaluation"
)

// kioskTexts are what kiosks word for readers of other languages, by area. Their
// Chinese is what a translator begins with.
const kioskTexts = "../../../kiosk-agent/web/src/%s/zh-CN.json"

// kioskWords compares texts of an area of the kiosk with the platform's.
func kioskWords(t *testing.T, area, scope string) (check func(key, want string)) {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf(kioskTexts, area))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	return func(key, want string) {
		t.Helper()
		if got := texts[scope+key]; got != want || want == "" {
			t.Errorf("%s: the kiosk says %q, the platform %q", key, got, want)
		}
	}
}

// TestKiosksWordWhatComesNext holds the same of what may follow where somebody has
// handed something in.
func TestKiosksWordWhatComesNext(t *testing.T) {
	check := kioskWords(t, "terminal", "apply.next.")
	seen := map[string]bool{}
	for _, mode := range []Mode{PreReview, Verification, Online} {
		for _, way := range []Way{Collect, ByPost, Electronic} {
			for _, s := range []Standing{{State: Submitted}, {State: Accepted}, {State: Accepted, Held: true}, {State: Accepted, Deferred: 1}, {State: Accepted, Unpaid: true}} {
				s.Mode = mode
				said := s.sentence(way, false)
				check(said.code, said.text)
				if g := Guide(s, way, false); g.Code != said.code || !strings.HasPrefix(g.Text, said.text) {
					t.Errorf("%+v: %+v", s, g)
				}
				seen[said.code] = true
			}
		}
	}
	for _, code := range []string{"submitted.pre-review", "submitted.online", "accepted", "accepted.verification", "held", "deferred", "unpaid"} {
		if !seen[code] {
			t.Errorf("%s never comes", code)
		}
	}
	check("submitted", next[Submitted][""])
}

// TestKiosksWordEveryCodeOfACase holds that each code that a case is told with has
// a text at the kiosk, and that its Chinese is the platform's.
func TestKiosksWordEveryCodeOfACase(t *testing.T) {
	check := kioskWords(t, "query", "query.")
	for _, s := range []Standing{
		{State: Submitted},
		{State: Supplementing},
		{State: Prepared},
		{State: Accepted},
		{State: Accepted, Held: true},
		{State: Decided, Unpaid: true},
		{State: Decided, Result: Approved},
		{State: Decided, Result: Refused},
		{State: Closed},
		{State: NotAccepted},
		{State: Withdrawn},
		{State: Terminated},
	} {
		c := &Case{Standing: s}
		check("state."+c.stateCode(), c.stateWord())
	}
	for _, s := range []State{Submitted, Decided} {
		c := &Case{Standing: Standing{State: s}, Package: "shop"}
		check("state."+c.stateCode(), c.stateWord())
	}
	for _, k := range []StageKind{StageApplication, StagePreReview, StageSupplement, StageVisit, StageReview, StageSpecial, StagePayment, StageDelivery, StageEnd} {
		check("stage."+string(k), k.Word())
	}
	for word, code := range whoCodes {
		check("by."+code, word)
	}
	for _, k := range []document.Kind{
		document.Receipt, document.Acceptance, document.Supplement, document.Refusal, document.Deferred, document.Approval, document.Rejection,
		document.Special, document.Extension, document.Payment, document.Delivery, document.Termination,
	} {
		check("document."+string(k), k.Title())
	}
	for score := 1; score <= 5; score++ {
		words, codes := evaluation.Tags(score), evaluation.TagCodes(score)
		if len(words) != len(codes) {
			t.Fatalf("score %d has %d tags with %d codes", score, len(words), len(codes))
		}
		for i, code := range codes {
			check("tag."+code, words[i])
		}
	}
}
