package audio

import (
	"bytes"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed clips/*.wav
var embedded embed.FS

// The format of clips, and what is put between two of them.
const (
	clipRate = 16000 // samples a second; 16 bit, mono
	clipGap  = 40 * time.Millisecond
	maxClip  = 10 * time.Second
)

// words are the clips that aren't a digit or a letter.
var words = []string{"shi", "qing", "hao", "dao", "chuangkou", "banli"}

// Voice is a voice: short recordings by name, as samples.
type Voice map[string][]int16

// Shipped is the voice that comes with the program.
func Shipped() (Voice, error) {
	dir, err := fs.Sub(embedded, "clips")
	if err != nil {
		return nil, fmt.Errorf("load voice: %w", err)
	}
	return LoadVoice(dir)
}

// LoadVoice reads all clips from the root of dir. A voice that lacks one is an
// error, so that no call is ever announced in part.
func LoadVoice(dir fs.FS) (Voice, error) {
	names := append([]string(nil), words...)
	for r := '0'; r <= '9'; r++ {
		names = append(names, string(r))
	}
	for r := 'A'; r <= 'Z'; r++ {
		names = append(names, string(r))
	}
	c := Voice{}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name+".wav")
		if err != nil {
			return nil, fmt.Errorf("load voice: %w", err)
		}
		samples, err := DecodeWAV(data)
		if err != nil {
			return nil, fmt.Errorf("load voice: %s.wav: %w", name, err)
		}
		c[name] = samples
	}
	return c, nil
}

// Sentence names the clips of 请 A 0 1 2 号 到 3 号 窗口 办理. What no clip
// exists for, such as a hyphen, is left out.
func Sentence(number, window string) []string {
	s := []string{"qing"}
	s = append(s, spell(number)...)
	s = append(s, "hao", "dao")
	s = append(s, windowNumber(window)...)
	return append(s, "hao", "chuangkou", "banli")
}

// recordings are the words that have a clip.
var recordings = map[string]string{"请": "qing", "号": "hao", "到": "dao", "窗口": "chuangkou", "办理": "banli", "十": "shi"}

// maxNames bounds the clips of one sentence.
const maxNames = 60

// Recorded names the clips of a text that is made of words with a recording
// alone, such as 请A012号到12号窗口; nil if it isn't. Spaces and punctuation
// are left out.
func Recorded(text string) []string {
	var names []string
	for rest := text; rest != ""; {
		n := strings.IndexFunc(rest, func(r rune) bool { return r >= utf8.RuneSelf || !isCode(r) })
		if n < 0 {
			n = len(rest)
		}
		if n > 0 {
			if strings.HasPrefix(rest[n:], "号窗口") {
				names = append(names, windowNumber(rest[:n])...)
			} else {
				names = append(names, spell(rest[:n])...)
			}
			rest = rest[n:]
			continue
		}
		word := ""
		for w := range recordings {
			if strings.HasPrefix(rest, w) {
				word = w
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case word != "":
			names = append(names, recordings[word])
			size = len(word)
		case !unicode.IsSpace(r) && !unicode.IsPunct(r):
			return nil
		}
		rest = rest[size:]
	}
	if len(names) > maxNames {
		return nil
	}
	return names
}

// isCode tells whether r is part of a number such as A012.
func isCode(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-'
}

// spell reads a number digit by digit and letter by letter.
func spell(text string) []string {
	var s []string
	for _, r := range strings.ToUpper(text) {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			s = append(s, string(r))
		}
	}
	return s
}

// windowNumber reads 12 as 十二, as people say it, and else spells.
func windowNumber(text string) []string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 10 || n > 99 || strconv.Itoa(n) != text {
		return spell(text)
	}
	var s []string
	if n >= 20 {
		s = append(s, strconv.Itoa(n/10))
	}
	s = append(s, "shi")
	if n%10 > 0 {
		s = append(s, strconv.Itoa(n%10))
	}
	return s
}

// WAV joins the named clips, at volume percent, into a WAV file and says how
// long it lasts.
func (c Voice) WAV(names []string, volume int) (data []byte, length time.Duration) {
	gap := make([]int16, clipRate*int(clipGap/time.Millisecond)/1000)
	var samples []int16
	for i, name := range names {
		if i > 0 {
			samples = append(samples, gap...)
		}
		samples = append(samples, c[name]...)
	}
	for i, v := range samples {
		samples[i] = int16(int(v) * volume / 100)
	}
	return EncodeWAV(samples), time.Duration(len(samples)) * time.Second / clipRate
}

// EncodeWAV writes a WAV file in the format of clips.
func EncodeWAV(samples []int16) []byte {
	b := make([]byte, 0, 44+2*len(samples))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+2*len(samples)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // channels
	b = binary.LittleEndian.AppendUint32(b, clipRate)
	b = binary.LittleEndian.AppendUint32(b, 2*clipRate)
	b = binary.LittleEndian.AppendUint16(b, 2) // bytes a sample
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(samples)))
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

var errWAV = errors.New("not a WAV file of 16 kHz, 16 bit, mono")

// DecodeWAV reads a WAV file in the format of clips, whatever other chunks an
// editor put into it.
func DecodeWAV(data []byte) ([]int16, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, errWAV
	}
	known := false
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if size > uint64(len(rest)) {
			return nil, fmt.Errorf("%w: cut short", errWAV)
		}
		chunk := rest[:size]
		switch id {
		case "fmt ":
			if !rightFormat(chunk) {
				return nil, errWAV
			}
			known = true
		case "data":
			if !known {
				return nil, errWAV
			}
			return clipSamples(chunk)
		}
		rest = rest[min(size+size%2, uint64(len(rest))):]
	}
	return nil, errWAV
}

// rightFormat compares a format chunk with that of clips.
func rightFormat(chunk []byte) bool {
	want := binary.LittleEndian.AppendUint16(nil, 1)
	want = binary.LittleEndian.AppendUint16(want, 1)
	want = binary.LittleEndian.AppendUint32(want, clipRate)
	want = binary.LittleEndian.AppendUint32(want, 2*clipRate)
	want = binary.LittleEndian.AppendUint16(want, 2)
	want = binary.LittleEndian.AppendUint16(want, 16)
	return bytes.HasPrefix(chunk, want)
}

// clipSamples reads the samples of one clip.
func clipSamples(chunk []byte) ([]int16, error) {
	n := len(chunk) / 2
	if n == 0 || n > clipRate*int(maxClip/time.Second) {
		return nil, fmt.Errorf("clip lasts %.1f s, up to %v is allowed", float64(n)/clipRate, maxClip)
	}
	samples := make([]int16, n)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(chunk[2*i:]))
	}
	if Loudness(samples) < silence {
		return nil, errors.New("clip is silent")
	}
	return samples, nil
}

// silence is the loudness below which a clip can't be heard.
const silence = 0.005

// Loudness is the root mean square of samples, 0 to 1.
func Loudness(samples []int16) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum/float64(len(samples))) / math.MaxInt16
}
