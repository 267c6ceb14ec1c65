package sticker_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/link"
	"smarthall/internal/sticker"
)

func TestALabelSaysWhoseVisitItIsAndOpensIt(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	started := time.Date(2026, 11, 22, 2, 15, 40, 0, time.UTC)
	ticket := link.TicketView{
		ID: "01JD3Q8Y5ZK6X9V2B7N4M1C0HG", Number: "E012", ServiceName: "社会保险业务", Day: "2026-11-22",
		Name: "王*", Phone: "138****0000", TakenAt: started.Add(-time.Hour), URL: "http://hall/t/x",
	}
	want := link.Label{
		Title: "E012 社会保险业务", Lines: []string{"申请人 王*", "取号 2026-11-22 09:15"},
		Code: "20261122E012", QR: "http://hall/t/x",
	}
	if diff := cmp.Diff(want, sticker.Of(ticket, zone)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ticket.Name, ticket.StartedAt = "", &started
	want.Lines = []string{"申请人 138****0000", "受理 2026-11-22 10:15"}
	if diff := cmp.Diff(want, sticker.Of(ticket, zone)); diff != "" {
		t.Errorf("once served (-want +got):\n%s", diff)
	}
}

func TestALabelOfACaseOpensTheCase(t *testing.T) {
	visit := link.Label{Title: "E012 社会保险业务", Lines: []string{"申请人 王*"}, Code: "20261122E012"}
	got, ok := sticker.ForCase(visit, "SQ20261122000123")
	want := link.Label{Title: visit.Title, Lines: []string{"办件 SQ20261122000123", "申请人 王*"}, Code: "SQ20261122000123"}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("%v (-want +got):\n%s", ok, diff)
	}
	for _, number := range []string{"", "20261122E012", "^XA^JUF^XZ", "1133010000250000012330107019000202611220007", "https://city.example/progress?number=SQ20261122000123&code=AB"} {
		if got, ok := sticker.ForCase(visit, number); ok || got.Code != visit.Code {
			t.Errorf("%q becomes the barcode %q", number, got.Code)
		}
	}
	if got := sticker.Scanned("SQ20261122000123"); got != (link.Scanned{Text: "SQ20261122000123", Kind: "case", Case: "SQ20261122000123"}) {
		t.Errorf("got %+v", got)
	}
	if got := sticker.Scanned("20261122a012"); got.Kind != "visit" || got.Visit != "20261122A012" {
		t.Errorf("got %+v", got)
	}
	if got := sticker.Scanned("https://hall.example/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG"); got.Kind != "ticket" || got.Visit != "01JD3Q8Y5ZK6X9V2B7N4M1C0HG" {
		t.Errorf("got %+v", got)
	}
}
