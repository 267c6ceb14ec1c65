package hub_test

import (
	"bytes"
	"context"
	"testing"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
)

func TestAnAgentIsToldItsDevicesWhenItJoinsAndAfterEachChange(t *testing.T) {
	f := newFixture(t, options{})
	kiosk, board := f.kiosk("kiosk-1"), f.board()
	told := func() (now link.DevicesAssigned) {
		m := kiosk.want(link.TypeDevicesAssigned)
		if err := m.Into(&now); err != nil || m.Seq != 0 || now.Rev == "" {
			t.Fatalf("told %+v as message %d: %v", now, m.Seq, err)
		}
		return now
	}
	first := told()
	if first.Devices == nil || len(first.Devices) != 0 {
		t.Errorf("told %+v, want none", first)
	}
	old := []byte("{id: kiosk-1, role: kiosk,")
	text := bytes.Replace(hall.Demo, old, append(old, " devices: [{id: printer, profile: generic/escpos-80, port: 'tcp://10.0.0.1:9100'}],"...), 1)
	err := f.live.Edit(t.Context(), hall.Change{Text: text}, func(context.Context, *hall.Hall) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	f.hub.Reset()
	second := told()
	if second.Rev == first.Rev || len(second.Devices) != 1 || second.Devices[0].Port != "tcp://10.0.0.1:9100" {
		t.Errorf("told %+v", second)
	}

	kiosk.send(link.TypeDevicesChanged, "", link.DevicesChanged{Rev: second.Rev, Devices: []link.DeviceView{
		{ID: "reader", Class: "id-reader", State: "online"}, {ID: "printer", Class: "printer", State: "offline", Assigned: true},
	}})
	kiosk.send(link.TypeDevicesChanged, "", link.DevicesChanged{Rev: second.Rev, Devices: []link.DeviceView{{ID: "printer", Class: "printer", State: "online", Assigned: true}}})
	var view link.AgentView
	for view.ID != "kiosk-1" || view.Assignment != second.Rev || len(view.Devices) != 1 {
		if err := board.want(link.TypeAgentChanged).Into(&view); err != nil {
			t.Fatal(err)
		}
	}
	if d := view.Devices[0]; d.ID != "printer" || d.Agent != "kiosk-1" || !d.Assigned || d.State != "online" {
		t.Errorf("the board has %+v", d)
	}
	kiosk.send(link.TypeDevicesChanged, "many", link.DevicesChanged{Rev: "r", Devices: make([]link.DeviceView, link.MaxDevices+1)})
	if r := kiosk.reply("many"); r.Type != link.TypeError {
		t.Errorf("got %s %s", r.Type, r.Body)
	}
}
