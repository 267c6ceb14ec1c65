package store

import (
	"encoding/json"
	"reflect"
	"testing"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/jsonwrite"
	"smarthall/internal/jsonwrite/same"
)

func TestATakenTicketIsWrittenAsEncodingJSONWouldWriteIt(t *testing.T) {
	same.Test(t, func(e *queue.TicketTaken) ([]byte, error) {
		w := jsonwrite.Append(nil)
		takenBody(w, e)
		return w.Bytes()
	})
	e := queue.TicketTaken{Ticket: "t1", Number: "A001", Person: queue.Person{Name: "<张>"}}
	text, err := writeTaken(&e)
	if err != nil {
		t.Fatal(err)
	}
	var read queue.Events
	if err := json.Unmarshal(text, &read); err != nil || !reflect.DeepEqual(read, queue.Events{e}) {
		t.Errorf("%s is read as %+v, %v", text, read, err)
	}
}
