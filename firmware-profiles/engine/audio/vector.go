package audio

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// RunVector plays one vector of a speaker's profile:
//
//	do: say, in: 请A012号到3号窗口办理   out is the SHA-256 of the WAV file
//	do: length, recv: a WAV file, is: {ms: 125}
//	do: length, recv: "00 …", is: {error: frame}
func RunVector(p *profile.Profile, v profile.Vector) error {
	switch v.Do {
	case "say":
		return runSay(p, v)
	case "length":
		length, err := Length(v.Recv)
		key, got := "ms", fmt.Sprint(length.Milliseconds())
		if err != nil {
			key, got = "error", "frame"
		}
		if want, ok := v.Is[key]; !ok || fmt.Sprint(want) != got {
			return fmt.Errorf("length: got %s: %s, want %v", key, got, v.Is)
		}
		return nil
	default:
		return fmt.Errorf("vector does %q, which speakers don't", v.Do)
	}
}

func runSay(p *profile.Profile, v profile.Vector) error {
	d, err := New(p, device.Config{ID: "vector", Port: "none", Params: v.Params}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	s, ok := d.(*Speaker)
	if !ok {
		return fmt.Errorf("engine made a %T", d)
	}
	text, _ := v.In.(string)
	if Recorded(text) == nil {
		return fmt.Errorf("%q isn't made of recordings", text)
	}
	wav, _, err := s.sound(context.Background(), text)
	if err != nil {
		return err
	}
	if got := sha256.Sum256(wav); !bytes.Equal(got[:], v.Out) {
		return fmt.Errorf("say: the sound has the hash %x, the vector says %x", got, []byte(v.Out))
	}
	return nil
}
