package store

import (
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/jsonwrite"
)

// writeTaken is the JSON of queue.Events that are e and nothing else, as
// encoding/json writes it: it is the record that a hall writes most.
func writeTaken(e *queue.TicketTaken) ([]byte, error) {
	w := jsonwrite.Append(make([]byte, 0, 512))
	w.Raw(`[`)
	w.Open()
	w.Text("type", e.Type())
	w.Name("body")
	takenBody(w, e)
	w.End()
	w.Raw(`]`)
	return w.Bytes()
}

func takenBody(w *jsonwrite.Writer, e *queue.TicketTaken) {
	w.Open()
	w.Text("ticket", string(e.Ticket))
	w.Text("number", e.Number)
	w.Text("series", string(e.Series))
	w.Int("serial", int64(e.Serial))
	w.Text("service", string(e.Service))
	w.Text("channel", string(e.Channel))
	if e.Person != (queue.Person{}) {
		w.Name("person")
		w.Open()
		w.TextSome("key", e.Person.Key)
		w.TextSome("name", e.Person.Name)
		w.TextSome("phone", e.Person.Phone)
		w.TextSome("sealed", e.Person.Sealed)
		w.End()
	}
	w.TextSome("priority", e.Priority)
	w.Int("due", int64(e.Due))
	w.TextSome("kiosk", e.Kiosk)
	w.Name("promise")
	w.Open()
	w.Int("ahead", int64(e.Promise.Ahead))
	w.Int("minutes", int64(e.Promise.Minutes))
	w.IntSome("low", int64(e.Promise.Low))
	w.IntSome("high", int64(e.Promise.High))
	w.End()
	w.TextSome("zone", e.Zone)
	w.IntSome("slot", int64(e.Slot))
	w.TextSome("appointment", string(e.Appointment))
	w.TrueSome("silent", e.Silent)
	w.TextSome("authoriser", string(e.Authoriser))
	w.TextSome("exceed", e.Exceed)
	w.TrueSome("offline", e.Offline)
	w.IntSome("taken", int64(e.Taken))
	w.End()
}
