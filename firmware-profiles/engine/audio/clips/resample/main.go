// Command resample turns the WAV files of one folder into clips in another:
// 16 kHz, 16 bit, mono, without silence at the ends and equally loud.
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
	rate    = 16000 // Hz, of the clips
	quiet   = 0.01  // of full scale: below this is silence
	margin  = 0.008 // seconds of it that stay at each end
	peak    = 0.85  // of full scale, of every clip's loudest sample
	halfLen = 32    // input samples on either side of an output sample
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: resample FROM TO")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "resample:", err)
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
		samples, hertz, err := decode(data)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		clip := normalise(resample(trim(samples, hertz), hertz))
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), encode(clip), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// decode reads espeak-ng's WAV files: a 44-byte header and 16-bit mono samples.
func decode(data []byte) (samples []float64, hertz int, err error) {
	if len(data) < 44 || string(data[:4]) != "RIFF" || string(data[36:40]) != "data" {
		return nil, 0, errors.New("not a plain WAV file")
	}
	if binary.LittleEndian.Uint16(data[22:]) != 1 || binary.LittleEndian.Uint16(data[34:]) != 16 {
		return nil, 0, errors.New("not 16-bit mono")
	}
	body := data[44:]
	for i := 0; i+1 < len(body); i += 2 {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(body[i:])))/math.MaxInt16)
	}
	return samples, int(binary.LittleEndian.Uint32(data[24:])), nil
}

// trim cuts silence off both ends.
func trim(samples []float64, hertz int) []float64 {
	first, last := len(samples), 0
	for i, v := range samples {
		if math.Abs(v) > quiet {
			first, last = min(first, i), i
		}
	}
	keep := int(margin * float64(hertz))
	return samples[max(0, min(first-keep, last)):min(len(samples), last+keep+1)]
}

// resample converts to the clips' rate with a windowed sinc, which also keeps
// what the lower rate can't hold from folding back as noise.
func resample(in []float64, hertz int) []float64 {
	ratio := float64(hertz) / rate
	cut := math.Min(1, 1/ratio)
	out := make([]float64, int(float64(len(in))/ratio))
	for i := range out {
		centre := float64(i) * ratio
		for j := int(centre) - halfLen; j <= int(centre)+halfLen; j++ {
			if j < 0 || j >= len(in) {
				continue
			}
			x := float64(j) - centre
			window := 0.5 + 0.5*math.Cos(math.Pi*x/(halfLen+1))
			out[i] += in[j] * cut * sinc(cut*x) * window
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

// encode writes a WAV file.
func encode(samples []float64) []byte {
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, uint32(36+2*len(samples)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(samples)))
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(v*math.MaxInt16))))
	}
	return b
}
