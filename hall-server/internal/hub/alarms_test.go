package hub_test

import (
	"sync/atomic"
	"testing"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/link"
)

// bells are alarms that a test rings.
type bells struct {
	view   atomic.Pointer[link.AlarmsView]
	nudges atomic.Int32
}

func (b *bells) Ringing() link.AlarmsView { return *b.view.Load() }
func (b *bells) Nudge()                   { b.nudges.Add(1) }

func (b *bells) ring(ids ...string) {
	var v link.AlarmsView
	for _, id := range ids {
		v.Alarms = append(v.Alarms, link.AlarmView{ID: id})
	}
	b.view.Store(&v)
}

func TestBoardsAloneAreToldOfAlarms(t *testing.T) {
	alarms := &bells{}
	alarms.ring("old")
	f := newFixture(t, options{alarms: alarms})
	board := f.board()
	var got link.AlarmsView
	board.into(board.want(link.TypeAlarmsChanged), &got)
	if len(got.Alarms) != 1 || got.Alarms[0].ID != "old" {
		t.Errorf("a board begins with %+v", got)
	}
	kiosk, _ := f.join(who{role: access.Kiosk, name: "kiosk-1"})
	alarms.ring("old", "new")
	f.hub.AlarmsChanged()
	board.into(board.want(link.TypeAlarmsChanged), &got)
	if len(got.Alarms) != 2 || got.Alarms[1].ID != "new" {
		t.Errorf("told %+v", got)
	}
	f.hub.Reset()
	kiosk.until("a snapshot without an alarm before it", func(m link.Message) bool {
		if m.Type == link.TypeAlarmsChanged {
			t.Error("a kiosk is told of alarms")
		}
		return m.Type == link.TypeSnapshot
	})
	waitFor(t, "alarms are looked for when an agent comes", func() bool { return alarms.nudges.Load() > 0 })
}
