package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
)

// aMessage is a message with every field set.
func aMessage(id string) message.Message {
	return message.Message{
		ID: id, Ticket: "t1", Number: "A001", Day: "2026-11-23", Event: message.Called, Call: 1, Channel: message.SMS,
		Version: 2, Code: "SMS_1", Text: "请 A001 号到 3 号窗口", Vars: message.Vars{Number: "A001", Ahead: -1, Low: 0, High: 5},
		To: "sealed", Masked: "138****5678", Person: "key", Provider: "http", State: message.Pending, Reason: "why",
		Receipt: "r1", Attempts: 1, Created: 10, Due: 20, Expires: 30, Changed: 40,
	}
}

func TestAMessageIsKeptWhole(t *testing.T) {
	db, ctx := open(t, filepath.Join(t.TempDir(), "hall.db")), t.Context()
	want := aMessage("m1")
	must(t, db.AddMessages(ctx, []message.Message{want}))
	for name, read := range map[string]func() (message.Message, error){
		"by id":      func() (message.Message, error) { return db.Message(ctx, "m1") },
		"by receipt": func() (message.Message, error) { return db.MessageByReceipt(ctx, "r1") },
	} {
		if got, err := read(); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v %s", name, err, cmp.Diff(want, got))
		}
	}
	want.State, want.Reason, want.Provider, want.Receipt = message.Failed, "no", "outbox", "r2"
	want.Attempts, want.Due, want.Expires, want.Changed = 2, 21, 31, 41
	must(t, db.SaveMessages(ctx, []message.Message{want}))
	if got, err := db.Message(ctx, "m1"); err != nil || !cmp.Equal(got, want) {
		t.Errorf("saved: %v %s", err, cmp.Diff(want, got))
	}
	for _, read := range []func(context.Context, string) (message.Message, error){db.Message, db.MessageByReceipt} {
		for _, id := range []string{"", "nope"} {
			if _, err := read(ctx, id); !errors.Is(err, message.ErrUnknown) {
				t.Errorf("%q: got %v, want ErrUnknown", id, err)
			}
		}
	}
	if err := db.SaveMessages(ctx, []message.Message{aMessage("nope")}); err == nil {
		t.Error("a message that isn't there was saved")
	}
}

func TestOneMessageForEachTicketEventCallAndChannel(t *testing.T) {
	db, ctx := open(t, filepath.Join(t.TempDir(), "hall.db")), t.Context()
	first, again, other := aMessage("m1"), aMessage("m2"), aMessage("m3")
	again.Text, other.Call = "again", 2
	must(t, db.AddMessages(ctx, []message.Message{first}))
	must(t, db.AddMessages(ctx, []message.Message{again, other}))
	list, err := db.Messages(ctx, message.Filter{Limit: 10})
	must(t, err)
	if len(list) != 2 || list[0].ID != "m3" || list[1].Text != first.Text {
		t.Errorf("got %+v, want m3 and the first m1", list)
	}
	bad := aMessage("m4")
	bad.Call, bad.Channel = 4, "pigeon"
	good := aMessage("m5")
	good.Call = 5
	if err := db.AddMessages(ctx, []message.Message{good, bad}); err == nil {
		t.Error("a message by pigeon was added")
	}
	if _, err := db.Message(ctx, "m5"); !errors.Is(err, message.ErrUnknown) {
		t.Errorf("half of a batch was added: %v", err)
	}
}

func TestTheTableKnowsTheStatesEventsAndChannels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	db, ctx := open(t, path), t.Context()
	n := 0
	add := func(edit func(*message.Message)) error {
		n++
		m := aMessage("m" + string(rune('a'+n)))
		m.Call = n
		edit(&m)
		return db.AddMessages(ctx, []message.Message{m})
	}
	for _, s := range message.States() {
		must(t, add(func(m *message.Message) { m.State = s }))
	}
	for _, e := range message.Events() {
		must(t, add(func(m *message.Message) { m.Event = e }))
	}
	for _, c := range message.Channels() {
		must(t, add(func(m *message.Message) { m.Channel = c }))
		must(t, db.SetChoice(ctx, message.Choice{Ticket: "t", Day: "2026-11-23", Channel: c}))
	}
	for name, edit := range map[string]func(*message.Message){
		"state": func(m *message.Message) { m.State = "lost" }, "event": func(m *message.Message) { m.Event = "born" },
	} {
		if add(edit) == nil {
			t.Errorf("an unknown %s was added", name)
		}
	}
}

func TestMessagesAreFoundByWhatTheyAre(t *testing.T) {
	db, ctx := open(t, filepath.Join(t.TempDir(), "hall.db")), t.Context()
	var list []message.Message
	for i, edit := range []func(*message.Message){
		func(*message.Message) {},
		func(m *message.Message) { m.Ticket, m.Number, m.Due = "t2", "B001", 25 },
		func(m *message.Message) { m.State, m.Attempts, m.Person = message.Failed, 3, "other" },
		func(m *message.Message) { m.State, m.Attempts = message.Dropped, 0 },
		func(m *message.Message) { m.Day, m.Due = "2026-11-22", 5 },
	} {
		m := aMessage("m" + string(rune('1'+i)))
		m.Call = i
		edit(&m)
		list = append(list, m)
	}
	must(t, db.AddMessages(ctx, list))
	ids := func(list []message.Message, err error) (out string) {
		t.Helper()
		must(t, err)
		for _, m := range list {
			out += m.ID + " "
		}
		return out
	}
	for _, tt := range []struct{ name, got, want string }{
		{"all, the newest first", ids(db.Messages(ctx, message.Filter{Limit: 9})), "m5 m4 m3 m2 m1 "},
		{"two", ids(db.Messages(ctx, message.Filter{Limit: 2})), "m5 m4 "},
		{"of a ticket", ids(db.Messages(ctx, message.Filter{Ticket: "t2", Limit: 9})), "m2 "},
		{"of a number", ids(db.Messages(ctx, message.Filter{Ticket: "A001", Limit: 9})), "m5 m4 m3 m1 "},
		{"failed", ids(db.Messages(ctx, message.Filter{State: message.Failed, Limit: 9})), "m3 "},
		{"both", ids(db.Messages(ctx, message.Filter{Ticket: "t2", State: message.Failed, Limit: 9})), ""},
		{"due", ids(db.DueMessages(ctx, 20, 9)), "m5 m1 "},
		{"one that is due", ids(db.DueMessages(ctx, 99, 1)), "m5 "},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	hall, phone, err := db.SentMessages(ctx, "2026-11-23", "key")
	must(t, err)
	if hall != 3 || phone != 2 {
		t.Errorf("sent %d, %d to one phone; want 3 and 2", hall, phone)
	}
	must(t, db.ForgetPhones(ctx, "2026-11-23"))
	for _, m := range []string{"m1", "m5"} {
		got, err := db.Message(ctx, m)
		must(t, err)
		if forgotten := got.To == "" && got.Person == "" && got.Masked != ""; forgotten != (m == "m5") {
			t.Errorf("%s: %+v", m, got)
		}
	}
}

func TestTheLastChoiceHolds(t *testing.T) {
	db, ctx := open(t, filepath.Join(t.TempDir(), "hall.db")), t.Context()
	choice := func(ticket queue.TicketID, day queue.Day, wanted bool) message.Choice {
		return message.Choice{Ticket: ticket, Day: day, Channel: message.SMS, Wanted: wanted}
	}
	for _, c := range []message.Choice{
		choice("t1", "2026-11-23", false), choice("t1", "2026-11-23", true), choice("t2", "2026-11-23", false), choice("t0", "2026-11-22", false),
	} {
		must(t, db.SetChoice(ctx, c))
	}
	got, err := db.Choices(ctx, "2026-11-23")
	must(t, err)
	if want := []message.Choice{choice("t1", "2026-11-23", true), choice("t2", "2026-11-23", false)}; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}
