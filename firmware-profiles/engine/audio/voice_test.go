package audio

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func shipped(tb testing.TB) Voice {
	tb.Helper()
	c, err := Shipped()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestShippedClipsCanBeHeard(t *testing.T) {
	c := shipped(t)
	if len(c) != 10+26+len(words) {
		t.Errorf("there are %d clips", len(c))
	}
	for name, samples := range c {
		length := time.Duration(len(samples)) * time.Second / clipRate
		if length < 150*time.Millisecond || length > time.Second {
			t.Errorf("%s lasts %v", name, length)
		}
		if l := Loudness(samples); l < 0.05 || l > 0.5 {
			t.Errorf("%s has a loudness of %.3f", name, l)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, tt := range []struct{ number, window, want string }{
		{"A012", "3", "qing A 0 1 2 hao dao 3 hao chuangkou banli"},
		{"p-7", "10", "qing P 7 hao dao shi hao chuangkou banli"},
		{"B100", "12", "qing B 1 0 0 hao dao shi 2 hao chuangkou banli"},
		{"B1", "20", "qing B 1 hao dao 2 shi hao chuangkou banli"},
		{"B1", "35", "qing B 1 hao dao 3 shi 5 hao chuangkou banli"},
		{"B1", "101", "qing B 1 hao dao 1 0 1 hao chuangkou banli"},
		{"B1", "03", "qing B 1 hao dao 0 3 hao chuangkou banli"},
		{"号", "B2", "qing hao dao B 2 hao chuangkou banli"},
	} {
		if got := strings.Join(Sentence(tt.number, tt.window), " "); got != tt.want {
			t.Errorf("Sentence(%q, %q) = %s, want %s", tt.number, tt.window, got, tt.want)
		}
	}
}

func TestAnnouncementIsItsClipsWithGaps(t *testing.T) {
	c := shipped(t)
	names := Sentence("A012", "3")
	data, length := c.WAV(names, 100)
	samples, err := DecodeWAV(data)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, name := range names {
		want += len(c[name])
	}
	want += (len(names) - 1) * 640 // 40 ms
	if len(samples) != want {
		t.Errorf("%d samples, want %d", len(samples), want)
	}
	if got := time.Duration(len(samples)) * time.Second / clipRate; got != length || got < 3*time.Second || got > 7*time.Second {
		t.Errorf("lasts %v, says %v", got, length)
	}
	first := len(c["qing"])
	if !slices.Equal(samples[:first], c["qing"]) || slices.ContainsFunc(samples[first:first+640], func(v int16) bool { return v != 0 }) {
		t.Error("the first clip and its gap aren't where they belong")
	}
}

func TestVolumeScales(t *testing.T) {
	c := shipped(t)
	loud, _ := c.WAV([]string{"qing"}, 100)
	soft, _ := c.WAV([]string{"qing"}, 25)
	a, errA := DecodeWAV(loud)
	b, errB := DecodeWAV(soft)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if ratio := Loudness(b) / Loudness(a); ratio < 0.24 || ratio > 0.26 {
		t.Errorf("a quarter of the volume is %.3f as loud", ratio)
	}
}

func TestVoiceFolderMustBeComplete(t *testing.T) {
	dir := t.TempDir()
	data := EncodeWAV(shipped(t)["qing"])
	for _, name := range append(slices.Clone(words), strings.Split("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")...) {
		if err := os.WriteFile(filepath.Join(dir, name+".wav"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := LoadVoice(os.DirFS(dir)); err != nil {
		t.Errorf("a whole folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hao.wav"), EncodeWAV(make([]int16, 8000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadVoice(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "hao.wav: clip is silent") {
		t.Errorf("a silent clip: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "hao.wav")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadVoice(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "hao.wav") {
		t.Errorf("without hao.wav: %v", err)
	}
}

func FuzzDecodeWAV(f *testing.F) {
	good := EncodeWAV([]int16{1000, -1000, 1000})
	f.Add(good)
	f.Add(good[:40])
	f.Add(append(append(slices.Clone(good[:12]), "LIST\x03\x00\x00\x00abc\x00"...), good[12:]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, err := DecodeWAV(data)
		if err == nil && (len(samples) == 0 || len(samples)*2 > len(data)) {
			t.Errorf("%d samples out of %d bytes", len(samples), len(data))
		}
	})
}

func TestDecodeWAVSkipsOtherChunks(t *testing.T) {
	good := EncodeWAV([]int16{1000, -1000})
	odd := append(append(slices.Clone(good[:12]), "LIST\x03\x00\x00\x00abc\x00"...), good[12:]...)
	if samples, err := DecodeWAV(odd); err != nil || len(samples) != 2 {
		t.Errorf("got %v, %v", samples, err)
	}
	stereo := slices.Clone(good)
	stereo[22] = 2
	if _, err := DecodeWAV(stereo); err == nil {
		t.Error("stereo was accepted")
	}
}
