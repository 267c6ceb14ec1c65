package ipp

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// vectorPort is the printer of vectors: printer-uri stands in every request.
const vectorPort = "ipp://printer:631/ipp/print"

// RunVector plays one vector of a page printer's profile. Encode vectors are
// the body of a request, the first one of its connection and up to the
// document, to ipp://printer:631/ipp/print:
//
//	do: attributes                Get-Printer-Attributes
//	do: print, in: "办事指南"      Print-Job of a document with this title
//
// and decode vectors hold the body of a response:
//
//	do: status, recv: "02 00 …", is: {state: paper_end}
//	do: job, recv: "02 00 …", is: {job: 9}          job-state
//	do: status, recv: "02 00 …", is: {error: frame | refused}
func RunVector(p *profile.Profile, v profile.Vector) error {
	d, err := New(p, device.Config{ID: "vector", Port: vectorPort, Params: v.Params}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	printer, ok := d.(*Printer)
	if !ok {
		return fmt.Errorf("engine made a %T", d)
	}
	if v.Encodes() {
		return printer.runRequest(v)
	}
	key, got := meaning(v)
	if want, ok := v.Is[key]; !ok || fmt.Sprint(want) != got {
		return fmt.Errorf("%s: got %s: %s, want %v", v.Do, key, got, v.Is)
	}
	return nil
}

func (p *Printer) runRequest(v profile.Vector) error {
	var m Message
	switch v.Do {
	case "attributes":
		m = p.client.request(OpGetPrinterAttributes, Text(TagKeyword, "requested-attributes", wanted...))
	case "print":
		title, _ := v.In.(string)
		attributes, err := p.ticket(status{}, device.PageJob{})
		if err != nil {
			return err
		}
		m = p.printJob(title, attributes)
	default:
		return fmt.Errorf("vector does %q, which page printers don't", v.Do)
	}
	got, err := m.Append(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, v.Out) {
		return fmt.Errorf("%s: got % X, want % X", v.Do, got, []byte(v.Out))
	}
	return nil
}

// meaning is a response as a word and its value.
func meaning(v profile.Vector) (key, value string) {
	m, _, err := Parse(v.Recv)
	switch {
	case errors.Is(err, device.ErrFrame):
		return "error", "frame"
	case m.Code > lastSuccess:
		return "error", "refused"
	case v.Do == "job":
		state, _ := m.Number(TagJob, "job-state")
		return "job", fmt.Sprint(state)
	default:
		s := statusOf(m)
		return "state", string(s.state)
	}
}
