package scanner

import (
	"bytes"
	"fmt"

	"smarthall/firmware-profiles/profile"
)

// RunVector plays a vector of a scanner profile, whose only action is scan: in
// and out are a code and the scanner's bytes for it, recv are bytes from the
// line followed by silence. The words of is are code, none (true: nothing was
// scanned) and error (too-long, no-text, frame). The bytes of a scanner that
// types are its input events, 24 bytes each.
func RunVector(p *profile.Profile, v profile.Vector) error {
	if v.Do != "scan" {
		return fmt.Errorf("a scanner can't %q, only scan", v.Do)
	}
	if v.Encodes() {
		text, ok := v.In.(string)
		if !ok {
			return fmt.Errorf("in is the code's text, got %v", v.In)
		}
		got, err := Encode(p, text)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, v.Out) {
			return fmt.Errorf("a scan of %q sends %s, the vector says %s", text, profile.Bytes(got), v.Out)
		}
	}
	if !v.Decodes() {
		return nil
	}
	key, got := meaning(p, v.Recv)
	if want, ok := v.Is[key]; !ok || len(v.Is) != 1 || want != got {
		return fmt.Errorf("%s means {%s: %v}, the vector says %v", v.Recv, key, got, v.Is)
	}
	return nil
}

// meaning is the first code in the bytes as a word and its value.
func meaning(p *profile.Profile, recv []byte) (key string, value any) {
	s := NewSplitter(p)
	if types(p) {
		var err error
		if recv, err = NewKeyboard().Feed(recv); err != nil {
			return "error", "frame"
		}
	}
	codes := append(s.Feed(recv), s.Flush())
	switch c := codes[0]; {
	case c.Err != nil && c.Size > s.limit:
		return "error", "too-long"
	case c.Err != nil:
		return "error", "no-text"
	case c.Text == "":
		return "none", true
	default:
		return "code", c.Text
	}
}
