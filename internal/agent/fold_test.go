package agent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/link"
)

func message(tb testing.TB, t link.Type, body any) link.Message {
	tb.Helper()
	m, err := link.New(t, time.Now(), body)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestFold(t *testing.T) {
	ended := link.CallView{ID: "c1", Ticket: "t1", Ended: true}
	for _, tt := range []struct {
		name string
		in   link.Snapshot
		m    link.Type
		body any
		want link.Snapshot
	}{
		{
			"snapshot replaces all, without print jobs",
			link.Snapshot{Services: []link.ServiceView{{ID: "old"}}},
			link.TypeSnapshot,
			link.Snapshot{Hall: link.HallView{Name: "h"}, Prints: []link.PrintJob{{Job: "j"}}},
			link.Snapshot{Hall: link.HallView{Name: "h"}},
		},
		{
			"services change in place and are added",
			link.Snapshot{Services: []link.ServiceView{{ID: "a"}, {ID: "b"}}},
			link.TypeServicesChanged,
			link.ServicesChanged{Services: []link.ServiceView{{ID: "a", Waiting: 2}, {ID: "c"}}},
			link.Snapshot{Services: []link.ServiceView{{ID: "a", Waiting: 2}, {ID: "b"}, {ID: "c"}}},
		},
		{
			"window changes",
			link.Snapshot{Windows: []link.WindowView{{ID: "w1"}, {ID: "w2"}}},
			link.TypeWindowChanged,
			link.WindowView{ID: "w2", State: link.WindowIdle},
			link.Snapshot{Windows: []link.WindowView{{ID: "w1"}, {ID: "w2", State: link.WindowIdle}}},
		},
		{
			"brief windows change in place and are added",
			link.Snapshot{Briefs: []link.WindowBrief{{ID: "w1"}, {ID: "w2"}}},
			link.TypeWindowsChanged,
			link.WindowsChanged{Windows: []link.WindowBrief{{ID: "w1", State: link.WindowPaused}, {ID: "w3"}}},
			link.Snapshot{Briefs: []link.WindowBrief{{ID: "w1", State: link.WindowPaused}, {ID: "w2"}, {ID: "w3"}}},
		},
		{
			"queue is replaced",
			link.Snapshot{Queue: &link.QueueChanged{Total: 5}},
			link.TypeQueueChanged,
			link.QueueChanged{Total: 1},
			link.Snapshot{Queue: &link.QueueChanged{Total: 1}},
		},
		{
			"hall changes",
			link.Snapshot{Hall: link.HallView{Name: "a"}},
			link.TypeHallChanged,
			link.HallView{Name: "b"},
			link.Snapshot{Hall: link.HallView{Name: "b"}},
		},
		{
			"newest call first, once",
			link.Snapshot{Calls: []link.CallView{{ID: "c1"}, {ID: "c2"}}},
			link.TypeTicketCalled,
			link.CallView{ID: "c2", Recall: 1},
			link.Snapshot{Calls: []link.CallView{{ID: "c2", Recall: 1}, {ID: "c1"}}},
		},
		{
			"acknowledgement replaces the one of its device",
			link.Snapshot{Calls: []link.CallView{{ID: "c1", Acks: []link.CallAck{ackOf("c1", "led", "no")}}}},
			link.TypeCallAcknowledged, ackOf("c1", "led", ""),
			link.Snapshot{Calls: []link.CallView{{ID: "c1", Acks: []link.CallAck{ackOf("c1", "led", "")}}}},
		},
		{
			"call ends",
			link.Snapshot{Calls: []link.CallView{{ID: "c1", Ticket: "t1"}}},
			link.TypeCallEnded,
			link.CallEnded{Call: "c1"},
			link.Snapshot{Calls: []link.CallView{ended}},
		},
		{
			"unknown types change nothing",
			link.Snapshot{Hall: link.HallView{Name: "a"}},
			"moon.rose",
			link.HallView{Name: "b"},
			link.Snapshot{Hall: link.HallView{Name: "a"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := fold(tt.in, message(t, tt.m, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("want - got +\n%s", diff)
			}
		})
	}
}

func ackOf(call, device, failed string) link.CallAck {
	return link.CallAck{CallShown: link.CallShown{Call: call, Channel: link.CallLED, Device: device, Failed: failed}}
}

func TestFoldKeepsTenCalls(t *testing.T) {
	var s link.Snapshot
	for i := range 15 {
		next, err := fold(s, message(t, link.TypeTicketCalled, link.CallView{ID: string(rune('a' + i))}))
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	if len(s.Calls) != 10 || s.Calls[0].ID != "o" || s.Calls[9].ID != "f" {
		t.Errorf("got %d calls from %s", len(s.Calls), s.Calls[0].ID)
	}
}

// TestFoldNeverWritesToTheOld matters because pages and doors read the old
// snapshot while the next one is made.
func TestFoldNeverWritesToTheOld(t *testing.T) {
	old := link.Snapshot{
		Services: []link.ServiceView{{ID: "a"}},
		Windows:  []link.WindowView{{ID: "w1"}},
		Calls:    []link.CallView{{ID: "c1", Acks: []link.CallAck{ackOf("c1", "led", "no")}}, {ID: "c2"}},
	}
	var want link.Snapshot
	if err := message(t, link.TypeSnapshot, old).Into(&want); err != nil {
		t.Fatal(err)
	}
	for _, m := range []link.Message{
		message(t, link.TypeServicesChanged, link.ServicesChanged{Services: []link.ServiceView{{ID: "a", Waiting: 9}}}),
		message(t, link.TypeWindowChanged, link.WindowView{ID: "w1", Name: "x"}),
		message(t, link.TypeTicketCalled, link.CallView{ID: "c2", Recall: 1}),
		message(t, link.TypeCallAcknowledged, ackOf("c1", "led", "")),
		message(t, link.TypeCallEnded, link.CallEnded{Call: "c1"}),
	} {
		if _, err := fold(old, m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, old); diff != "" {
			t.Errorf("%s wrote to the old snapshot\n%s", m.Type, diff)
		}
	}
}

func TestFoldRefusesMalformedBodies(t *testing.T) {
	for _, typ := range []link.Type{
		link.TypeSnapshot, link.TypeServicesChanged, link.TypeWindowChanged, link.TypeQueueChanged,
		link.TypeHallChanged, link.TypeTicketCalled, link.TypeCallAcknowledged, link.TypeCallEnded,
	} {
		old := link.Snapshot{Hall: link.HallView{Name: "a"}}
		got, err := fold(old, link.Message{Type: typ, Body: []byte(`[1]`)})
		if err == nil {
			t.Errorf("%s with a list for a body was accepted", typ)
		}
		if diff := cmp.Diff(old, got); diff != "" {
			t.Errorf("%s changed the state\n%s", typ, diff)
		}
	}
}

// FuzzFold holds that nothing a hall may send breaks an agent.
func FuzzFold(f *testing.F) {
	f.Add("snapshot", []byte(`{"calls":[{"id":"a"}]}`))
	f.Add("ticket.called", []byte(`{"id":"a"}`))
	f.Add("call.acknowledged", []byte(`{"call":"a"}`))
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		old := link.Snapshot{Calls: []link.CallView{{ID: "a"}}}
		got, err := fold(old, link.Message{Type: link.Type(typ), Body: body})
		if err != nil && len(got.Calls) != 1 {
			t.Errorf("an error changed the state: %+v", got)
		}
		if len(got.Calls) > keepCalls && typ != "snapshot" {
			t.Errorf("%d calls are kept", len(got.Calls))
		}
	})
}
