package samv

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// actions are the words of a vector's do.
var actions = map[string]Request{
	"reset": ResetModule, "status": ReadStatus, "sam-id": ReadSAMID, "find": FindCard,
	"select": SelectCard, "read": ReadCard, "read-finger": ReadFingerprint, "address": ReadAddress,
}

// RunVector plays a vector of a sam-v profile. out is the request of an
// action; recv is an answer, or with do: text a bare text block. The words of
// is are sw3, card (present, absent), state, samid, error (checksum, frame),
// and of a card kind, name, latin, number, sex, nation, nationality, birth,
// until, photo and finger (their lengths in bytes).
func RunVector(_ *profile.Profile, v profile.Vector) error {
	if v.Encodes() {
		req, ok := actions[v.Do]
		if !ok {
			return fmt.Errorf("no request %q", v.Do)
		}
		if got := req.Encode(); !bytes.Equal(got, v.Out) {
			return fmt.Errorf("%s sends %s, the vector says %s", v.Do, profile.Bytes(got), v.Out)
		}
	}
	if !v.Decodes() {
		return nil
	}
	got := meaning(v)
	for _, word := range slices.Sorted(maps.Keys(v.Is)) {
		if got[word] != v.Is[word] {
			return fmt.Errorf("%s is %v, the vector says %v", word, got[word], v.Is[word])
		}
	}
	return nil
}

// meaning is all that can be said of received bytes.
func meaning(v profile.Vector) map[string]any {
	if v.Do == "text" {
		if len(v.Recv) != TextSize {
			return map[string]any{"error": "frame"}
		}
		id, err := ParseText([TextSize]byte(v.Recv))
		return card(id, err)
	}
	var p Parser
	p.Feed(v.Recv)
	var broken error
	for {
		a, ok, err := p.NextAnswer()
		switch {
		case ok && err == nil:
			return answered(v.Do, a)
		case ok:
			broken = errors.Join(broken, err)
		case errors.Is(broken, device.ErrChecksum):
			return map[string]any{"error": "checksum"}
		default:
			return map[string]any{"error": "frame"}
		}
	}
}

// answered is what an answer says to an action.
func answered(do string, a Answer) map[string]any {
	m := map[string]any{}
	switch {
	case do == "read" && a.SW3 == OK:
		m = card(ParseCard(a.Data))
	case do == "read-finger" && a.SW3 == OK:
		id, finger, err := ParseCardFinger(a.Data)
		m = card(id, err)
		if err == nil {
			m["finger"] = len(finger)
		}
	case do == "sam-id" && a.SW3 == OK:
		if id, err := SAMID(a.Data); err == nil {
			m["samid"] = id
		}
	case do == "find":
		m["card"] = "absent"
		if a.SW3 == CardFound {
			m["card"] = "present"
		}
	}
	m["sw3"] = fmt.Sprintf("%02X", byte(a.SW3))
	m["state"] = string(a.SW3.Neutral())
	return m
}

// card is an identity as words.
func card(id device.Identity, err error) map[string]any {
	if err != nil {
		return map[string]any{"error": "frame"}
	}
	until := longTerm
	if !id.ValidUntil.IsZero() {
		until = id.ValidUntil.Format(time.DateOnly)
	}
	return map[string]any{
		"kind": string(id.Kind), "name": id.Name, "latin": id.LatinName, "number": id.Number, "sex": id.Sex,
		"photo": len(id.Photo), "nation": id.Nation, "nationality": id.Nationality, "birth": id.Birth.Format(time.DateOnly), "until": until,
	}
}
