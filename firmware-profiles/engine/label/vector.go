package label

import (
	"bytes"
	"fmt"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// RunVector plays one vector of a label printer's profile. Encode vectors are
//
//	do: ask | cancel               the bare command
//	do: barcode, in: "A012"        a label with this Code 128 and nothing else
//	do: qr, in: "https://…"        a label with this QR code and nothing else
//	do: blank, in: 2               a label without anything, in so many copies
//
// and the decode vector is
//
//	do: status, recv: "04", is: {state: paper_end}
//
// barcode and qr compare everything but pictures: the text below the code.
func RunVector(lang Language, p *profile.Profile, v profile.Vector) error {
	if v.Do == "status" {
		return runStatus(lang, v)
	}
	got, err := encodeVector(lang, p, v)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, v.Out) {
		return fmt.Errorf("%s: got % X, want % X", v.Do, got, []byte(v.Out))
	}
	return nil
}

func encodeVector(lang Language, p *profile.Profile, v profile.Vector) ([]byte, error) {
	var l device.Label
	text, _ := v.In.(string)
	switch v.Do {
	case "ask":
		return lang.Question(), nil
	case "cancel":
		return lang.Cancel(), nil
	case "barcode":
		l.Code = text
	case "qr":
		l.QR = text
	case "blank":
		n, ok := v.In.(int)
		if !ok {
			return nil, fmt.Errorf("blank: in is %v, want a number of copies", v.In)
		}
		l.Copies = n
	default:
		return nil, fmt.Errorf("vector does %q, which label printers don't", v.Do)
	}
	media, err := MediaOf(p, v.Params)
	if err != nil {
		return nil, err
	}
	plan, err := Lay(l, media)
	if err != nil {
		return nil, err
	}
	plan.Pictures = nil
	return lang.Encode(plan), nil
}

func runStatus(lang Language, v profile.Vector) error {
	status, ok := lang.Answer(v.Recv)
	if want, broken := v.Is["error"]; broken {
		if ok || want != "frame" {
			return fmt.Errorf("status: got %s, want error %v", status.State, want)
		}
		return nil
	}
	if !ok {
		return fmt.Errorf("status: % X is no answer", []byte(v.Recv))
	}
	if want := v.Is["state"]; want != string(status.State) {
		return fmt.Errorf("status: got %s, want %v", status.State, want)
	}
	if want, asked := v.Is["busy"]; asked && want != status.Busy {
		return fmt.Errorf("status: busy is %v, want %v", status.Busy, want)
	}
	return nil
}
