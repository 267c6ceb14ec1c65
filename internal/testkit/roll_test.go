package testkit_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
	"smarthall/kiosk-agent/kiosk"
)

// logged keeps what a hall logs.
type logged struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *logged) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(data)
}

func (l *logged) audits() (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.all.String()) {
		if strings.Contains(line, "new paper roll") {
			lines = append(lines, line)
		}
	}
	return lines
}

// The whole way of a new roll: somebody says so at the board, the kiosk counts
// anew, the board shows it, and the audit has who it was.
func TestANewRollSaidAtTheBoardIsCountedAndAudited(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	log := &logged{}
	h := testkit.Hall(t, testkit.Log(log))
	sim := simulatedPrinter(t)
	open, err := all.Opener(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	k, err := kiosk.New(kiosk.Options{
		Config: &agent.Config{
			Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(h.URL, "http") + "/link", Token: h.Token("kiosk", "", "kiosk-1"),
			Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
			Devices: []device.Config{
				{ID: "printer", Profile: "generic/escpos-80", Port: sim.Port(), Roll: "80m"},
				{ID: "reader", Profile: "generic/sam-v-serial", Port: "tcp://127.0.0.1:1"},
			},
		},
		Open: open, Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agenttest.Start(t, k, k.Agent().Ready()))
	b := openBoard(t, h)
	printer := func(ok func(link.DeviceView) bool) func(link.DeviceView) bool {
		return func(v link.DeviceView) bool { return v.ID == "printer" && ok(v) }
	}
	b.wait("the printer", printer(func(v link.DeviceView) bool { return v.State == "online" && v.RollSince != nil }))

	clerk := h.Token("clerk", "4", "li")
	post := func(token, path string) testkit.Answer {
		return h.Do(testkit.Request{Method: "POST", Path: "/api/v1/agents/" + path + "/new-roll", Token: token})
	}
	for path, want := range map[string]string{
		"kiosk-1/devices/reader":                        "device.unknown",
		"kiosk-1/devices/%3Cscript%3E":                  "device.unknown",
		"kiosk-9/devices/printer":                       "agent.unknown",
		"kiosk-2/devices/printer":                       "agent.away",
		"kiosk-1/devices/" + strings.Repeat("x", 5_000): "request.invalid",
	} {
		var p link.Problem
		a := post(clerk, path)
		if err := json.Unmarshal([]byte(a.Body), &p); err != nil || p.Code != want || p.Detail == "" {
			t.Errorf("%.40s: got %d %+v, want %s", path, a.Status, p, want)
		}
	}
	if a := post("", "kiosk-1/devices/printer"); a.Status != 401 {
		t.Errorf("without a token: %d", a.Status)
	}
	if a := post(h.Token("kiosk", "", "kiosk-1"), "kiosk-1/devices/printer"); a.Status != 403 {
		t.Errorf("a kiosk for itself: %d", a.Status)
	}
	if got := log.audits(); len(got) != 0 {
		t.Fatalf("refused, but in the audit: %q", got)
	}

	// One ticket, so that there is a measure; it takes some of the roll. What was
	// told before the agent knew the hall's clock is in its own.
	agenttest.WaitFor(t, "the agent knows the hall's clock", k.Agent().Client.Online)
	if err := k.Agent().Devices.Best(device.ClassPrinter).Print(t.Context(), device.Document{Lines: []device.Line{{Text: "A012"}}}); err != nil {
		t.Fatal(err)
	}
	used := b.wait("an estimate", printer(func(v link.DeviceView) bool { return v.PaperLeft != nil }))

	began := time.Now()
	var answer struct {
		Device    string
		PaperLeft *int
	}
	h.Must(200, testkit.Request{Method: "POST", Path: "/api/v1/agents/kiosk-1/devices/printer/new-roll", Token: clerk}, &answer)
	v := b.wait("the new roll", printer(func(v link.DeviceView) bool { return v.RollSince.After(*used.RollSince) }))
	t.Logf("on the board after %v", time.Since(began).Round(time.Millisecond))
	if answer.PaperLeft == nil || *answer.PaperLeft <= *used.PaperLeft || v.PaperLeft == nil || *v.PaperLeft != *answer.PaperLeft {
		t.Errorf("%d left, answered %v, on the board %v", *used.PaperLeft, answer.PaperLeft, v.PaperLeft)
	}
	if got := log.audits(); len(got) != 1 || !strings.Contains(got[0], "by=clerk:li") || !strings.Contains(got[0], "device=printer") {
		t.Errorf("the audit has %q", got)
	}
}
