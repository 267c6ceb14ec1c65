package hub_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

func TestAPrintOrderGoesToItsKioskUntilItIsConfirmed(t *testing.T) {
	f := newFixture(t, options{})
	one, two := f.kiosk("kiosk-1"), f.kiosk("kiosk-2")
	one.send(link.TypeTicketTake, "take-1", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone, Print: true})
	var job link.PrintJob
	var ticket link.Answer
	for job.Job == "" || ticket.Ticket == nil {
		switch m := one.next(); m.Type {
		case link.TypeTicketPrint:
			one.into(m, &job)
		case link.TypeAnswer:
			one.into(m, &ticket)
		}
	}
	if job.Ticket != ticket.Ticket.ID || len(job.Lines) == 0 || !slices.ContainsFunc(job.Lines, func(l link.PrintLine) bool { return l.Text == ticket.Ticket.Number }) {
		t.Errorf("the paper of %s says %+v", ticket.Ticket.Number, job)
	}
	two.until("news of the queue, and no paper", func(m link.Message) bool {
		if m.Type == link.TypeTicketPrint {
			t.Error("the order went to another kiosk too")
		}
		return m.Type == link.TypeServicesChanged
	})
	// A retry is no second ticket and no second paper.
	if again := one.ask(link.TypeTicketTake, "take-1", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone, Print: true}); again.Ticket.ID != ticket.Ticket.ID {
		t.Errorf("a retry took ticket %s", again.Ticket.Number)
	}
	_ = one.ws.Close()
	one, snap := f.join(who{role: access.Kiosk, name: "kiosk-1"})
	if len(snap.Prints) != 1 || snap.Prints[0].Job != job.Job {
		t.Errorf("after a reconnection: got %+v, want the unconfirmed order", snap.Prints)
	}
	one.send(link.TypePrintDone, "done-1", link.PrintDone{Job: job.Job, Ticket: job.Ticket, Outcome: link.PrintPrinted})
	if m := one.reply("done-1"); m.Type != link.TypeReceived {
		t.Errorf("got %s %s, want received", m.Type, m.Body)
	}
	_ = one.ws.Close()
	_, snap = f.join(who{role: access.Kiosk, name: "kiosk-1"})
	if len(snap.Prints) != 0 {
		t.Errorf("after the confirmation: got %+v", snap.Prints)
	}
}

func TestACallReachesDisplayAndBoardAndIsAcknowledged(t *testing.T) {
	f := newFixture(t, options{})
	f.take("T1", "tax")
	clerk := f.counter("4", "li")
	display, board, kiosk := f.display("display-1"), f.board(), f.kiosk("kiosk-1")
	answer := clerk.ask(link.TypeWindowCallNext, "call", nil)
	if answer.Ticket == nil || answer.Ticket.ID != "T1" || answer.Reason == nil || answer.Reason.Text == "" {
		t.Fatalf("got %+v", answer)
	}
	var call link.CallView
	for _, l := range []*line{display, board} {
		l.into(l.want(link.TypeTicketCalled), &call)
		if call.ID != "T1.1" || call.WindowNumber != "4" || call.Number != "C001" || call.Reason.Text == "" {
			t.Errorf("got %+v", call)
		}
	}
	display.send(link.TypeCallShown, "ack", link.CallShown{Call: call.ID, Channel: link.CallLED, Device: "strip-1"})
	display.reply("ack")
	var ack link.CallAck
	board.into(board.want(link.TypeCallAcknowledged), &ack)
	if ack.Call != call.ID || ack.Channel != link.CallLED || ack.Device != "strip-1" || ack.At.IsZero() {
		t.Errorf("got %+v", ack)
	}
	clerk.ask(link.TypeTicketArrive, "arrive", link.TicketRef{Ticket: "T1"})
	wantEnded(t, display, link.CallEnded{Call: "T1.1", Ticket: "T1", Window: "4"})
	wantEnded(t, board, link.CallEnded{Call: "T1.1", Ticket: "T1", Window: "4"})
	kiosk.until("news of the queue, and no call", func(m link.Message) bool {
		if m.Type == link.TypeTicketCalled || m.Type == link.TypeWindowChanged {
			t.Errorf("a kiosk got %s", m.Type)
		}
		return m.Type == link.TypeServicesChanged
	})
}

func wantEnded(t *testing.T, l *line, want link.CallEnded) {
	t.Helper()
	var got link.CallEnded
	l.into(l.want(link.TypeCallEnded), &got)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAPutBackEndsTheCallOfItsWindow(t *testing.T) {
	f := newFixture(t, options{})
	display := f.display("display-1")
	f.take("T1", "tax")
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	f.do(queue.SignIn{Window: "1", Staff: "wang", StaffName: "王强"})
	f.do(queue.CallNext{Window: "4"})
	f.do(queue.TicketCommand{Verb: queue.VerbPutBack, Ticket: "T1", Window: "4"})
	f.do(queue.CallNext{Window: "1"})
	// Whether they came in one batch or in three, the first call ends before the
	// second begins, and with its own id and window.
	display.until("the end of the first call", func(m link.Message) bool {
		if m.Type == link.TypeTicketCalled && strings.Contains(string(m.Body), `"T1.2"`) {
			t.Error("the second call came before the end of the first")
		}
		if m.Type != link.TypeCallEnded {
			return false
		}
		var got link.CallEnded
		display.into(m, &got)
		if want := (link.CallEnded{Call: "T1.1", Ticket: "T1", Window: "4"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		return true
	})
	var call link.CallView
	display.into(display.want(link.TypeTicketCalled), &call)
	if call.ID != "T1.2" || call.Window != "1" {
		t.Errorf("got %+v", call)
	}
}

func TestTheDaysEndEndsOnlyCallsThatWere(t *testing.T) {
	f := newFixture(t, options{})
	display := f.display("display-1")
	for _, id := range []string{"T1", "T2", "T3"} {
		f.take(id, "tax")
	}
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	f.do(queue.CallNext{Window: "4"})
	f.do(queue.EndDay{})
	ended := 0
	display.until("everybody has gone", func(m link.Message) bool {
		if m.Type == link.TypeCallEnded {
			ended++
		}
		return m.Type == link.TypeServicesChanged && strings.Contains(string(m.Body), `"waiting":0`)
	})
	if ended != 1 {
		t.Errorf("%d calls ended, want the one there was", ended)
	}
}

func TestAFactIsStoredOnce(t *testing.T) {
	f := newFixture(t, options{})
	f.do(queue.TakeTicket{ID: "T1", Service: "tax", Channel: "phone", Kiosk: "kiosk-1"})
	kiosk := f.kiosk("kiosk-1")
	done := link.PrintDone{Job: "T1/1", Ticket: "T1", Outcome: link.PrintFailed, Device: "paper_end"}
	kiosk.send(link.TypePrintDone, "fact", done)
	kiosk.reply("fact")
	seq := f.core.Seq()
	for range 5 {
		kiosk.send(link.TypePrintDone, "fact", done)
		if m := kiosk.reply("fact"); m.Type != link.TypeReceived {
			t.Errorf("got %s %s, want received", m.Type, m.Body)
		}
	}
	if got := f.core.Seq(); got != seq {
		t.Errorf("the log grew by %d records", got-seq)
	}
	// A fact about a ticket that isn't there can be forgotten as well.
	kiosk.send(link.TypePrintDone, "lost", link.PrintDone{Job: "X/1", Ticket: "X", Outcome: link.PrintPrinted})
	if m := kiosk.reply("lost"); m.Type != link.TypeReceived {
		t.Errorf("got %s, want received", m.Type)
	}
}

func TestBadMessagesAreAnsweredAndChangeNothing(t *testing.T) {
	f := newFixture(t, options{})
	kiosk := f.kiosk("kiosk-1")
	seq := f.core.Seq()
	tests := []struct{ name, text, code, id string }{
		{"no JSON", `{"type":`, "link.malformed", ""},
		{"no object", `7`, "link.malformed", ""},
		{"no type", `{"id":"1"}`, "link.malformed", ""},
		{"an id that is too long", `{"type":"ticket.take","id":"` + strings.Repeat("x", link.MaxKey+1) + `"}`, "link.malformed", ""},
		{"an unknown type", `{"type":"ticket.eat","id":"2"}`, "link.unsupported", "2"},
		{"a body of another shape", `{"type":"ticket.take","id":"3","body":"tax"}`, "link.malformed", "3"},
		{"a command without an id", `{"type":"ticket.take","body":{"service":"tax","channel":"phone"}}`, "link.malformed", ""},
		{"an unknown service", `{"type":"ticket.take","id":"4","body":{"service":"x","channel":"phone"}}`, "service.unknown", "4"},
		{"an unknown channel", `{"type":"ticket.take","id":"5","body":{"service":"tax","channel":"x"}}`, "channel.unknown", "5"},
		{"an outcome that isn't one", `{"type":"print.done","id":"6","body":{"ticket":"T","outcome":"eaten"}}`, "link.malformed", "6"},
		{"a copy of a ticket that isn't there", `{"type":"ticket.reprint","id":"8","body":{"ticket":"x"}}`, "ticket.unknown", "8"},
		{"a device without an id", `{"type":"device.changed","id":"7","body":{"state":"online"}}`, "link.malformed", "7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kiosk.raw(tt.text)
			kiosk.wantProblem(tt.code, tt.id)
		})
	}
	if got := f.core.Seq(); got != seq {
		t.Errorf("the log grew by %d records", got-seq)
	}
	kiosk.ask(link.TypeTicketTake, "good", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone}) // the line still works
	kiosk.raw(`{"type":"ticket.take","x":"` + strings.Repeat("x", link.MaxUp) + `"}`)
	for {
		if _, err := kiosk.read(patience); err != nil {
			if !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
				t.Errorf("got %v, want a close that says too big", err)
			}
			break
		}
	}
}

func TestAFloodSlowsItsSenderOnly(t *testing.T) {
	f := newFixture(t, options{})
	flood, calm := f.kiosk("flood"), f.kiosk("calm")
	const sent = 600 // beyond what may come at once
	go func() {
		for range sent {
			if flood.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"no.such"}`)) != nil {
				return
			}
		}
	}()
	begun := time.Now()
	calm.ask(link.TypeTicketTake, "1", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone})
	if took := time.Since(begun); took > patience/4 {
		t.Errorf("an agent waited %v beside a flood", took)
	}
	answers := 0
	flood.until("all answers", func(m link.Message) bool {
		if m.Type == link.TypeError {
			answers++
		}
		return answers == sent
	})
	if took := time.Since(begun); took < 300*time.Millisecond {
		t.Errorf("%d messages were read in %v", sent, took)
	}
}

func TestEachRoleMayDoItsOwnOnly(t *testing.T) {
	f := newFixture(t, options{})
	f.take("T1", "tax")
	f.do(queue.SignIn{Window: "1", Staff: "wang", StaffName: "王强"})
	f.do(queue.CallNext{Window: "1"})
	kiosk, display, clerk := f.kiosk("kiosk-1"), f.display("display-1"), f.counter("4", "li")
	seq := f.core.Seq()
	kiosk.refused("link.unsupported", link.TypeWindowCallNext, "1", nil)
	kiosk.refused("link.unsupported", link.TypeTicketArrive, "2", link.TicketRef{Ticket: "T1"})
	kiosk.refused("link.unsupported", link.TypeCallShown, "3", link.CallShown{Call: "T1.1", Channel: link.CallLED})
	display.refused("link.unsupported", link.TypeTicketTake, "4", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone})
	display.refused("link.unsupported", link.TypePrintDone, "5", link.PrintDone{Ticket: "T1", Outcome: link.PrintPrinted})
	clerk.refused("link.unsupported", link.TypeTicketTake, "6", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone})
	for i, verb := range []link.Type{link.TypeTicketRecall, link.TypeTicketArrive, link.TypeTicketNoShow, link.TypeTicketPutBack, link.TypeTicketFinish} {
		clerk.refused("ticket.other-window", verb, "w"+string(rune('a'+i)), link.TicketRef{Ticket: "T1"})
	}
	clerk.refused("staff.password", link.TypeWindowSignIn, "7", link.SignIn{Staff: "admin", Password: "wrong"})
	if got := f.core.Seq(); got != seq {
		t.Errorf("the log grew by %d records", got-seq)
	}
}

func TestDevicesAreShownOnTheBoard(t *testing.T) {
	f := newFixture(t, options{})
	board, kiosk := f.board(), f.kiosk("kiosk-1")
	kiosk.send(link.TypeDeviceChanged, "d1", link.DeviceView{Agent: "kiosk-2", ID: "printer", Class: "printer", State: "paper_end", Detail: "缺纸"})
	if m := kiosk.reply("d1"); m.Type != link.TypeReceived {
		t.Errorf("got %s", m.Type)
	}
	board.until("the printer of kiosk-1 is out of paper", func(m link.Message) bool {
		var a link.AgentView
		if m.Type != link.TypeAgentChanged {
			return false
		}
		board.into(m, &a)
		return a.ID == "kiosk-1" && len(a.Devices) == 1 && a.Devices[0].Agent == "kiosk-1" && a.Devices[0].State == "paper_end"
	})
	if got := len(f.reg.Agents()); got != 1 {
		t.Errorf("got %d agents: one spoke for another", got)
	}
}

func TestANewHallOrDayGivesEverybodyASnapshot(t *testing.T) {
	f := newFixture(t, options{})
	kiosk, display, board := f.kiosk("kiosk-1"), f.display("display-1"), f.board()
	clerk := f.counter("4", "li")
	var conf queue.Config
	f.core.Read(func(s *queue.State, _ queue.Time) { conf = *s.Config })
	conf.Rules.RecallLimit++
	if _, err := f.core.Do(t.Context(), core.Request{Actor: "test", Command: queue.Configure{Config: conf}}); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*line{kiosk, display, clerk} {
		l.want(link.TypeSnapshot)
	}
	board.want(link.TypeBoardSnapshot)
}
