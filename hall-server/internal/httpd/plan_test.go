package httpd_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"smarthall/internal/testkit"
)

func TestThePlanIsThereForEverybody(t *testing.T) {
	f := newFixture(t)
	answer := f.as(guest, "GET", "/plan/data", nil)
	if answer.Status != http.StatusOK {
		t.Fatalf("a guest gets %d: %s", answer.Status, answer.Body)
	}
	for _, secret := range []string{"kiosk-1", "counter-1", "clerk", "password", "anomaly", "staff-token"} {
		if strings.Contains(answer.Body, `"`+secret+`"`) {
			t.Errorf("the plan for everybody tells %q", secret)
		}
	}
	var got struct {
		Plan struct {
			URL    string
			Floors []struct {
				Places []struct{ ID, Number, Sign string }
			}
		}
		Services []struct {
			ID      string
			Windows []string
		}
		Windows []struct{ ID, State string }
	}
	if err := json.Unmarshal([]byte(answer.Body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Plan.Floors) != 2 || len(got.Services) < 9 || len(got.Windows) != 12 || !strings.HasSuffix(got.Plan.URL, "/plan") {
		t.Errorf("it tells of %d floors, %d services, %d windows at %q", len(got.Plan.Floors), len(got.Services), len(got.Windows), got.Plan.URL)
	}
	tag := answer.Header.Get("ETag")
	again := f.hall.Do(testkit.Request{Method: "GET", Path: "/plan/data", Header: http.Header{"If-None-Match": {tag}}})
	if again.Status != http.StatusNotModified || again.Body != "" {
		t.Errorf("who has it gets %d with %d bytes", again.Status, len(again.Body))
	}
	if post := f.as(guest, "POST", "/plan/data", nil); post.Status != http.StatusMethodNotAllowed {
		t.Errorf("a POST gets %d", post.Status)
	}
}

func TestATicketsPageLeadsToThePlan(t *testing.T) {
	f := newFixture(t)
	var ticket struct{ ID string }
	f.must(http.StatusCreated, "POST", api+"/tickets", map[string]any{
		"service": "exit-entry", "channel": "phone", "person": map[string]string{"name": "王小明", "phone": "13800000000"},
	}, &ticket)
	page := f.as(guest, "GET", "/t/"+ticket.ID, nil)
	if want := `href="/plan?windows=11%2C12"`; !strings.Contains(page.Body, want) {
		t.Errorf("the page of a waiting ticket has no %s", want)
	}
}
