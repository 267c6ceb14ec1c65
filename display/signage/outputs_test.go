package signage_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// assign has the hall assign devices to the display.
func (r *rig) assign(t *testing.T, rev string, devices ...link.AssignedDevice) {
	t.Helper()
	m, err := link.New(link.TypeDevicesAssigned, time.Now(), link.DevicesAssigned{Rev: rev, Devices: devices})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	r.hall.PushRaw(data)
}

func TestAssignedStripsAndSpeakersWorkWithoutARestart(t *testing.T) {
	own := device.Config{ID: "strip-own", Profile: "led", Window: "3"}
	r := startWith(t, true, own)
	agenttest.WaitFor(t, "the own strip shows its window", func() bool {
		return slices.Equal(r.fakes.Get("strip-own").Texts(), []string{"社会保险"})
	})
	strip := link.AssignedDevice{ID: "strip-new", Class: "led", Profile: "led", Port: "p", Window: "4"}
	speaker := link.AssignedDevice{ID: "speaker", Class: "speaker", Profile: "speaker", Port: "default"}
	r.assign(t, "r1", strip, speaker)
	agenttest.WaitFor(t, "the new strip shows its window", func() bool {
		return slices.Equal(r.fakes.Get("strip-new").Texts(), []string{"未开放"})
	})
	agenttest.WaitFor(t, "the speaker works", func() bool { return r.display.Speaks("speaker") })
	r.call("c1")
	agenttest.WaitFor(t, "the speaker says the call", func() bool {
		return slices.Equal(r.fakes.Get("speaker").Said(), []string{sentenceA012})
	})

	strip.Window = "3"
	r.assign(t, "r2", strip)
	agenttest.WaitFor(t, "the strip shows its other window", func() bool {
		return slices.Equal(r.fakes.Get("strip-new").Texts(), []string{"未开放", "请A012到3号窗口"})
	})
	r.assign(t, "r3")
	agenttest.WaitFor(t, "only the own strip is left", func() bool { return len(r.display.Agent().Devices.All()) == 1 })
	if got := r.fakes.Get("strip-own").Opened(); got != 1 {
		t.Errorf("the own strip was opened %d times", got)
	}
}
