package escpos

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// RunVector plays one vector of a printer profile. Encode vectors are
//
//	do: init | cut | paper-query   the bare command
//	do: text, in: "A012 请取号"     Chinese mode and one line of text, with 〓
//	                               for what the printer's font doesn't have;
//	                               without a Chinese font no mode, and ? for it
//	do: title, in: "A012"          the same, centred, bold and double size
//	do: qr, in: "https://…"        a QR code, centred, by the model's way
//	do: raster, in: "FF 81"        a picture of eight dots a row (GS v 0)
//	do: ask, in: 4                 a real-time question (DLE EOT n)
//
// and the decode vector is
//
//	do: status, recv: {1: "1A", 2: "32", 4: "7E"}, is: {state: paper_end}
func RunVector(p *profile.Profile, v profile.Vector) error {
	caps, err := capsOf(p)
	if err != nil {
		return err
	}
	if v.Do == "status" {
		return runStatus(caps, v)
	}
	got, err := encodeVector(caps, v)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, v.Out) {
		return fmt.Errorf("%s: got % X, want % X", v.Do, got, []byte(v.Out))
	}
	return nil
}

func encodeVector(caps Caps, v profile.Vector) ([]byte, error) {
	caps.DrawRare = false // vectors hold what the printer itself can do
	e := newEncoder(caps)
	text, _ := v.In.(string)
	switch v.Do {
	case "init":
		return cmdInit, nil
	case "paper-query":
		return cmdPaperQuery, nil
	case "ask":
		n, ok := v.In.(int)
		if !ok || n < 1 || n > 4 {
			return nil, fmt.Errorf("ask: in is %v, want 1 to 4", v.In)
		}
		return []byte{0x10, 0x04, byte(n)}, nil
	case "cut":
		e.cut()
	case "text", "title":
		line := device.Line{Text: text}
		if v.Do == "title" {
			line = device.Line{Text: text, Size: 2, Bold: true, Align: device.Center}
		}
		e.chineseMode()
		if err := e.line(line); err != nil {
			return nil, err
		}
	case "qr":
		if err := e.line(device.Line{QR: text, Align: device.Center}); err != nil {
			return nil, err
		}
	case "raster":
		rows, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			return nil, fmt.Errorf("raster: in is %q, want rows in hex: %w", text, err)
		}
		if err := e.line(device.Line{Picture: &device.Picture{Width: 8, Data: rows}}); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("vector does %q, which printers don't", v.Do)
	}
	e.flush(false)
	return Ticket{Bands: e.bands}.Bytes(), nil
}

func runStatus(caps Caps, v profile.Vector) error {
	var st Status
	for key, into := range map[string]*byte{"1": &st.Printer, "2": &st.Offline, "3": &st.Error, "4": &st.Paper} {
		b, ok := v.RecvBy[key]
		if !ok {
			continue
		}
		if len(b) != 1 || !IsStatus(b[0]) {
			return fmt.Errorf("status %s: % X is no answer to DLE EOT", key, []byte(b))
		}
		*into = b[0]
	}
	state, _ := st.Of(caps)
	if want := v.Is["state"]; want != string(state) {
		return fmt.Errorf("status: got %s, want %v", state, want)
	}
	return nil
}
