package simulator

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/audio"
)

// PlayedView is a sound that a loudspeaker has played.
type PlayedView struct {
	// N names it in the console's API: played/N.wav.
	N  int       `json:"n"`
	At time.Time `json:"at"`
	// Milliseconds is how long it lasts.
	Milliseconds int64 `json:"ms"`
	// Loudness is its root mean square, 0 to 1; 0 where the format isn't that
	// of recordings.
	Loudness float64 `json:"loudness"`
}

// Bounds of what a loudspeaker takes and keeps.
const (
	maxSound   = 16 << 20
	keepPlayed = 20
	// brokenSound is the silence after which the rest of a file won't come.
	brokenSound = 5 * time.Second
	// wavHeader is the length of a plain WAV file before its samples.
	wavHeader = 44
)

// loudspeaker takes WAV files, one per connection. The device's mutex guards it.
type loudspeaker struct {
	d      *Device
	input  []byte
	heard  time.Time // when the last bytes came
	last   int
	played []playedSound
}

type playedSound struct {
	view PlayedView
	wav  []byte
}

func newLoudspeaker(d *Device) *loudspeaker { return &loudspeaker{d: d} }

// powerOn is a loudspeaker that was switched on.
func (s *loudspeaker) powerOn() { s.input = nil }

func (s *loudspeaker) receive(p []byte) {
	if time.Since(s.heard) > brokenSound {
		s.input = nil
	}
	s.heard = time.Now()
	s.input = append(s.input, p...)
	for len(s.input) >= 8 {
		if string(s.input[:4]) != "RIFF" {
			s.input = s.input[1:] // noise
			continue
		}
		size := 8 + int64(binary.LittleEndian.Uint32(s.input[4:]))
		if size > maxSound {
			s.input = s.input[1:]
			continue
		}
		if int64(len(s.input)) < size {
			return
		}
		s.play(slices.Clone(s.input[:size]))
		s.input = s.input[size:]
	}
}

// play notes a whole file; one that it can't play is silence.
func (s *loudspeaker) play(wav []byte) {
	length, err := audio.Length(wav)
	if err != nil {
		return
	}
	s.d.send([]byte("OK\n"))
	if len(bytes.Trim(wav[min(len(wav), wavHeader):], "\x00")) == 0 {
		return // silence: the host checks whether we are there
	}
	v := PlayedView{At: now(), Milliseconds: length.Milliseconds()}
	if samples, err := audio.DecodeWAV(wav); err == nil {
		v.Loudness = audio.Loudness(samples)
	}
	s.last++
	v.N = s.last
	s.played = append(s.played, playedSound{v, wav})
	if len(s.played) > keepPlayed {
		s.played = s.played[1:]
	}
	s.d.changed()
}

func (s *loudspeaker) show(v *View) {
	for _, p := range s.played {
		v.Played = append(v.Played, p.view)
	}
}

// WritePlayed writes sound n of a loudspeaker as a WAV file.
func (d *Device) WritePlayed(w io.Writer, n int) error {
	var wav []byte
	err := look(d, func(s *loudspeaker) error {
		i := slices.IndexFunc(s.played, func(p playedSound) bool { return p.view.N == n })
		if i < 0 {
			return fmt.Errorf("sound %d isn't kept: %w", n, ErrArgument)
		}
		wav = s.played[i].wav
		return nil
	})
	if err != nil {
		return err
	}
	_, err = w.Write(wav)
	return err
}

// sound serves what a loudspeaker has played: played/N.wav.
func (c *Console) sound(w http.ResponseWriter, r *http.Request) {
	d, ok := c.device(w, r)
	if !ok {
		return
	}
	c.file(w, r, "audio/wav", ".wav", d.WritePlayed)
}

// file serves file N of a device, which write writes.
func (c *Console) file(w http.ResponseWriter, r *http.Request, kind, suffix string, write func(io.Writer, int) error) {
	name, fits := strings.CutSuffix(r.PathValue("file"), suffix)
	n, err := strconv.Atoi(name)
	var data strings.Builder
	if err != nil || !fits || write(&data, n) != nil {
		c.problem(w, http.StatusNotFound, "file.unknown", "没有这份文件")
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store") // numbers begin again with a restart
	c.write(w, []byte(data.String()))
}
