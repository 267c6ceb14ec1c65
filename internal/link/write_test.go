package link_test

import (
	"testing"

	"smarthall/internal/jsonwrite/same"
	"smarthall/internal/link"
)

func TestATicketIsWrittenAsEncodingJSONWouldWriteIt(t *testing.T) {
	same.Test(t, func(v *link.TicketView) ([]byte, error) { return v.AppendJSON(nil) })
}
