// Command compact turns espeak-ng's WAV files in one folder into small ones in
// another: 11 025 Hz, mono, 8 bits of µ-law (ITU-T G.711) a sample, without
// silence at the ends and equally loud. Every browser since Chrome 4 plays them.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

const (
	inRate  = 22050 // Hz, of espeak-ng's files
	outRate = inRate / 2
	quiet   = 0.01 // of full scale: below this is silence
	margin  = 0.02 // seconds of it that stay at each end
	peak    = 0.85 // of full scale, of every file's loudest sample
	taps    = 24   // input samples on either side of an output sample
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compact FROM TO")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "compact:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.wav"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no WAV files in %s", from)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		samples, err := decode(data)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		clip := encode(normalise(halve(trim(samples))))
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), clip, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// decode reads espeak-ng's files: a 44-byte header and 16-bit mono samples.
func decode(data []byte) (samples []float64, err error) {
	if len(data) < 44 || string(data[:4]) != "RIFF" || string(data[36:40]) != "data" {
		return nil, errors.New("not a plain WAV file")
	}
	rate, channels, bits := binary.LittleEndian.Uint32(data[24:]), binary.LittleEndian.Uint16(data[22:]), binary.LittleEndian.Uint16(data[34:])
	if rate != inRate || channels != 1 || bits != 16 {
		return nil, fmt.Errorf("%d Hz, %d channels, %d bits; %d Hz, mono, 16 bits are wanted", rate, channels, bits, inRate)
	}
	for body := data[44:]; len(body) >= 2; body = body[2:] {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(body)))/math.MaxInt16)
	}
	return samples, nil
}

// trim cuts silence off both ends.
func trim(samples []float64) []float64 {
	first, last := len(samples), 0
	for i, v := range samples {
		if math.Abs(v) > quiet {
			first, last = min(first, i), i
		}
	}
	keep := int(margin * inRate)
	return samples[max(0, min(first-keep, last)):min(len(samples), last+keep+1)]
}

// halve takes every second sample of what a windowed sinc leaves below half the
// new rate, so that nothing folds back as noise.
func halve(in []float64) []float64 {
	const cut = 0.47 // of the old rate's half
	out := make([]float64, len(in)/2)
	for i := range out {
		for j := -taps; j <= taps; j++ {
			if at := 2*i + j; at >= 0 && at < len(in) {
				window := 0.5 + 0.5*math.Cos(math.Pi*float64(j)/(taps+1))
				out[i] += in[at] * cut * sinc(cut*float64(j)) * window
			}
		}
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// normalise scales the loudest sample to the common peak.
func normalise(samples []float64) []float64 {
	loudest := 0.0
	for _, v := range samples {
		loudest = math.Max(loudest, math.Abs(v))
	}
	if loudest == 0 {
		return samples
	}
	for i := range samples {
		samples[i] *= peak / loudest
	}
	return samples
}

// encode writes a WAV file of µ-law samples (format 7).
func encode(samples []float64) []byte {
	pad := len(samples) % 2
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, uint32(4+26+12+8+len(samples)+pad))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 18)
	b = binary.LittleEndian.AppendUint16(b, 7)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, outRate)
	b = binary.LittleEndian.AppendUint32(b, outRate)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 8)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = append(b, "fact"...)
	b = binary.LittleEndian.AppendUint32(b, 4)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(samples)))
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(samples)))
	for _, v := range samples {
		b = append(b, mulaw(int(math.Round(v*math.MaxInt16))))
	}
	return append(b, make([]byte, pad)...)
}

// mulaw is one sample by G.711: sign, three bits of exponent, four of mantissa,
// all inverted.
func mulaw(v int) byte {
	const bias, clip = 0x84, 32635
	sign := byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, clip) + bias
	exponent := 7
	for mask := 0x4000; v&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent)<<4 | byte(v>>(exponent+3)&0x0f))
}
