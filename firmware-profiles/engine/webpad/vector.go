package webpad

import (
	"bytes"
	"fmt"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// vectorTime is the clock of vectors.
var vectorTime = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// vectorFaces are the faces that vectors name.
var vectorFaces = map[string]link.PadFace{
	"idle": {Show: link.PadIdle, Desk: &link.PadDesk{Window: "3", Number: "A012", Waiting: 7}},
	"rate": {Show: link.PadRate, Ask: "1"},
	"confirm": {Show: link.PadConfirm, Ask: "2", Title: "请核对", Rows: []link.PadRow{
		{Label: "办理事项", Value: "社保卡"},
	}},
	"sign": {Show: link.PadSign, Ask: "3", Text: "请签字"},
}

// RunVector plays a vector of a web-pad profile: out is the message of a face,
// recv a message of the page.
func RunVector(_ *profile.Profile, v profile.Vector) error {
	if v.Encodes() {
		face, ok := vectorFaces[v.Do]
		if !ok {
			return fmt.Errorf("a page shows no %q", v.Do)
		}
		got, err := encodeFace(face, vectorTime)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, v.Out) {
			return fmt.Errorf("%s sends %s, the vector says %s", v.Do, got, []byte(v.Out))
		}
	}
	if !v.Decodes() {
		return nil
	}
	key, got := meaning(v.Recv)
	if want, ok := v.Is[key]; !ok || len(v.Is) != 1 || want != got {
		return fmt.Errorf("%s means {%s: %v}, the vector says %v", []byte(v.Recv), key, got, v.Is)
	}
	return nil
}

// meaning is a message of a page in the words of vectors.
func meaning(data []byte) (key string, value any) {
	a, err := decodeAnswer(data)
	switch {
	case err != nil:
		return "error", "frame"
	case goodScore(a) == nil:
		return "score", a.Score
	case goodConfirmation(a) == nil:
		return "confirmed", *a.Confirmed
	case goodSignature(a) == nil && a.Declined:
		return "declined", true
	case goodSignature(a) == nil:
		return "strokes", len(a.Signature.Strokes)
	default:
		return "error", "frame"
	}
}

// The pad is everything that a page can be.
var (
	_ device.Pad         = (*Pad)(nil)
	_ device.Signer      = (*Pad)(nil)
	_ device.Confirmer   = (*Pad)(nil)
	_ device.DeskDisplay = (*Pad)(nil)
	_ device.Screen      = (*Pad)(nil)
)
