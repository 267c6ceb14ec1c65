package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// commandWait bounds how long a command may take, the commit included.
const commandWait = 35 * time.Second

// handle does what an agent asks or takes what it reports.
func (h *Hub) handle(s *session, m link.Message) {
	ctx, cancel := context.WithTimeout(context.Background(), commandWait)
	defer cancel()
	switch m.Type {
	case link.TypeDeviceChanged:
		var d link.DeviceView
		if err := m.Into(&d); err != nil || d.ID == "" {
			h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
			return
		}
		h.conf.Registry.Device(s.agent, d)
		h.received(s, m)
	case link.TypeDevicesChanged:
		h.devicesChanged(s, m)
	case link.TypePrintDone, link.TypeCallShown:
		if m.Type == link.TypePrintDone && h.tried(s.agent, m) {
			h.received(s, m)
			return
		}
		h.fact(ctx, s, m)
	case link.TypeDisplayScreens:
		h.screens(s, m)
	case link.TypeTicketOffline:
		h.offline(ctx, s, m)
	case link.TypeKioskHelp:
		h.help(s, m)
	case link.TypeRollCounted:
		h.rollCounted(s, m)
	case link.TypeDeviceTried:
		h.deviceTried(s, m)
	default:
		h.command(ctx, s, m)
	}
}

// command runs a command and answers it.
func (h *Hub) command(ctx context.Context, s *session, m link.Message) {
	if m.ID != "" && h.lookUp(s, m) {
		return
	}
	cmd, err := h.decode(s, m)
	if err == nil && m.ID == "" {
		err = link.ErrMalformed // it could be done twice, and not be answered
	}
	if err != nil {
		if errors.Is(err, link.ErrMalformed) {
			err = queue.Refuse(queue.Invalid, "link.malformed")
		}
		h.answer(s, m, nil, err)
		return
	}
	result, err := h.conf.Core.Do(ctx, core.Request{Key: m.ID, Actor: s.agent, Command: cmd})
	h.answer(s, m, &result, err)
}

// decode turns a message into a command of the queue, if s may give it.
func (h *Hub) decode(s *session, m link.Message) (queue.Command, error) {
	switch s.role {
	case link.RoleKiosk:
		return h.kioskCommand(s, m)
	case link.RoleCounter:
		if strings.HasPrefix(string(m.Type), "window.") {
			return h.windowCommand(s, m)
		}
		return h.ticketCommand(s, m)
	}
	return nil, queue.Refuse(queue.Invalid, "link.unsupported")
}

func (h *Hub) take(s *session, m link.Message) (queue.Command, error) {
	var body link.TakeTicket
	if err := m.Into(&body); err != nil {
		return nil, err
	}
	cmd := queue.TakeTicket{
		ID: queue.TicketID(ulid.Make().String()), Service: queue.ServiceID(body.Service),
		Channel: queue.Channel(body.Channel), Priority: body.Priority, Person: view.Person(h.conf.Vault, body.Person),
		Age: view.Age(body.Person, h.conf.Core.Now()), Silent: body.Silent,
	}
	var err error
	if cmd.Authoriser, err = h.authorise(s, body.Authoriser); err != nil {
		return nil, err
	}
	if body.Print {
		cmd.Kiosk = s.agent
	}
	return cmd, nil
}

// verbOf are the ticket messages that need no more than the ticket.
var verbOf = map[link.Type]queue.Verb{
	link.TypeTicketRecall: queue.VerbRecall, link.TypeTicketArrive: queue.VerbArrive,
	link.TypeTicketNoShow: queue.VerbNoShow, link.TypeTicketPutBack: queue.VerbPutBack,
}

func (h *Hub) ticketCommand(s *session, m link.Message) (queue.Command, error) {
	window := queue.WindowID(s.window)
	if verb, ok := verbOf[m.Type]; ok {
		var body link.TicketRef
		err := m.Into(&body)
		return queue.TicketCommand{Verb: verb, Ticket: queue.TicketID(body.Ticket), Window: window}, err
	}
	switch m.Type {
	case link.TypeTicketFinish:
		var body link.FinishTicket
		err := m.Into(&body)
		return queue.Finish{Ticket: queue.TicketID(body.Ticket), Window: window, Result: body.Result}, err
	case link.TypeTicketCancel:
		var body link.CancelTicket
		err := m.Into(&body)
		return queue.Cancel{Ticket: queue.TicketID(body.Ticket), Reason: body.Reason}, err
	case link.TypeTicketRate:
		var body link.RateTicket
		err := m.Into(&body)
		return queue.Rate{Ticket: queue.TicketID(body.Ticket), Window: window, Score: body.Score, Via: body.Via}, err
	}
	return h.moveCommand(s, m)
}

func (h *Hub) windowCommand(s *session, m link.Message) (queue.Command, error) {
	window := queue.WindowID(s.window)
	switch m.Type {
	case link.TypeWindowSignIn:
		var body link.SignIn
		if err := m.Into(&body); err != nil {
			return nil, err
		}
		person, err := h.conf.Door.Enter(body.Staff, body.Password, h.conf.Core.Now())
		if err != nil {
			h.conf.Log.Warn("sign-in refused", slog.String("agent", s.agent), slog.String("staff", body.Staff), slog.Any("cause", err))
			return nil, err
		}
		return queue.SignIn{Window: window, Staff: queue.StaffID(person.ID), StaffName: person.Name}, nil
	case link.TypeWindowSignOut:
		return queue.SignOut{Window: window}, nil
	case link.TypeWindowPause:
		var body link.Pause
		err := m.Into(&body)
		return queue.Pause{Window: window, Text: body.Text}, err
	case link.TypeWindowContinue:
		return queue.Continue{Window: window}, nil
	case link.TypeWindowCallNext:
		return queue.CallNext{Window: window}, nil
	case link.TypeWindowCall:
		var body link.CallTicket
		err := m.Into(&body)
		return queue.CallTicket{Window: window, Ticket: queue.TicketID(body.Ticket), Reason: body.Reason}, err
	}
	return nil, queue.Refuse(queue.Invalid, "link.unsupported")
}

// fact stores what an agent reports. A fact that no rule can use any more (its
// ticket is of yesterday) is received all the same: sending it again won't help.
func (h *Hub) fact(ctx context.Context, s *session, m link.Message) {
	var cmd queue.Command
	var err error
	switch {
	case m.Type == link.TypePrintDone && s.role == link.RoleKiosk:
		cmd, err = printDone(m)
	case m.Type == link.TypeCallShown && s.role == link.RoleDisplay:
		cmd, err = callShown(m)
	default:
		err = queue.Refuse(queue.Invalid, "link.unsupported")
	}
	if err != nil {
		if errors.Is(err, link.ErrMalformed) {
			err = queue.Refuse(queue.Invalid, "link.malformed")
		}
		h.answer(s, m, nil, err)
		return
	}
	_, err = h.conf.Core.Do(ctx, core.Request{Key: m.ID, Actor: s.agent, Command: cmd})
	var refusal *queue.Refusal
	switch {
	case err == nil:
		if done, ok := cmd.(queue.RecordPrint); ok {
			h.notePaper(s.agent, done)
		}
	case errors.As(err, &refusal) && refusal.Kind != queue.Unavailable:
		h.conf.Log.Info("fact of no use", slog.String("agent", s.agent), slog.String("type", string(m.Type)), slog.String("code", refusal.Code))
	default:
		return // the agent keeps it and sends it again
	}
	h.received(s, m)
}

// Limits of texts in facts, in bytes.
const (
	maxDevice = 128
	maxFailed = 600
)

var errFact = fmt.Errorf("%w: a value out of range", link.ErrMalformed)

func printDone(m link.Message) (queue.Command, error) {
	var body link.PrintDone
	if err := m.Into(&body); err != nil {
		return nil, err
	}
	switch body.Outcome {
	case link.PrintPrinted, link.PrintFailed, link.PrintPartial, link.PrintExpired, link.PrintUnknown:
	default:
		return nil, errFact
	}
	if len(body.Job) > link.MaxKey || len(body.Device) > maxDevice {
		return nil, errFact
	}
	return queue.RecordPrint{Ticket: queue.TicketID(body.Ticket), Job: body.Job, Outcome: string(body.Outcome), Device: body.Device}, nil
}

func callShown(m link.Message) (queue.Command, error) {
	var body link.CallShown
	if err := m.Into(&body); err != nil {
		return nil, err
	}
	switch body.Channel {
	case link.CallBoard, link.CallWindow, link.CallLED, link.CallVoice:
	default:
		return nil, errFact
	}
	if len(body.Call) > link.MaxKey || len(body.Device) > maxDevice {
		return nil, errFact
	}
	if len(body.Failed) > maxFailed { // said in a driver's words, which may be long
		body.Failed = strings.ToValidUTF8(body.Failed[:maxFailed], "")
	}
	ticket, _, _ := strings.Cut(body.Call, ".")
	return queue.AcknowledgeCall{
		Ticket: queue.TicketID(ticket), Call: body.Call, Channel: string(body.Channel), Device: body.Device, Failed: body.Failed,
	}, nil
}

// received lets an agent forget a fact.
func (h *Hub) received(s *session, m link.Message) {
	if m.ID == "" {
		return
	}
	data, err := encode(link.TypeReceived, 0, h.conf.Core.Now(), m.ID, nil)
	if err != nil {
		h.conf.Log.Error("encode receipt", slog.Any("error", err))
		return
	}
	s.reply(h, data)
}
