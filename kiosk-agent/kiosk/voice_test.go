package kiosk_test

import (
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smarthall/kiosk-agent/kiosk"
)

// sentence is a line of clips/sentences.txt.
type sentence struct{ key, text, english string }

func sentences(t *testing.T) (list []sentence) {
	t.Helper()
	data, err := os.ReadFile("clips/sentences.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != 4 {
			t.Fatalf("%q isn't key | text | pinyin | English", line)
		}
		list = append(list, sentence{parts[0], parts[1], parts[3]})
	}
	return list
}

// heard is how long a clip of 8-bit µ-law at 11 025 Hz lasts, and the mean of
// its loudness from 0 to 1.
func heard(t *testing.T, data []byte) (length time.Duration, loud float64) {
	t.Helper()
	if len(data) < 58 || string(data[:4]) != "RIFF" || binary.LittleEndian.Uint16(data[20:]) != 7 ||
		binary.LittleEndian.Uint32(data[24:]) != 11025 || string(data[50:54]) != "data" {
		t.Fatalf("no clip of clips/compact: % x", data[:min(len(data), 58)])
	}
	samples := data[58:][:binary.LittleEndian.Uint32(data[54:])]
	sum := 0.0
	for _, b := range samples {
		b = ^b
		v := float64((int(b&0x0f)<<3+0x84)<<(b>>4&7)-0x84) / 32768
		sum += v * v
	}
	return time.Duration(len(samples)) * time.Second / 11025, math.Sqrt(sum / float64(len(samples)))
}

func TestEverySentenceHasAClipThatSaysAboutAsMuch(t *testing.T) {
	total, files := int64(0), 0
	err := filepath.WalkDir("clips", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".wav") {
			return err
		}
		info, err := d.Info()
		total, files = total+info.Size(), files+1
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	list := sentences(t)
	const each = 62_500 // bytes of a sentence in both languages: the program carries them
	if files != 2*len(list) || total > int64(each*len(list)) {
		t.Errorf("%d files of %d bytes together for %d sentences in two languages", files, total, len(list))
	}
	for _, s := range list {
		for language, text := range map[string]string{"zh-CN": s.text, "en": s.english} {
			data, err := os.ReadFile(filepath.Join("clips", language, s.key+".wav"))
			if err != nil {
				t.Error(err)
				continue
			}
			length, loud := heard(t, data)
			// Mandarin takes about a fifth of a second a character, English a
			// fifteenth a letter.
			per := 200 * time.Millisecond
			if language == "en" {
				per = 65 * time.Millisecond
			}
			want := time.Duration(utf8.RuneCountInString(text)) * per
			if length < want/2 || length > want*2 {
				t.Errorf("%s/%s lasts %v, about %v are wanted", language, s.key, length, want)
			}
			if loud < 0.08 || loud > 0.4 {
				t.Errorf("%s/%s has a loudness of %.3f", language, s.key, loud)
			}
		}
	}
}

func TestWhatIsSpokenIsWhatThePagesWrite(t *testing.T) {
	for language, text := range map[string]func(sentence) string{
		"zh-CN": func(s sentence) string { return s.text }, "en": func(s sentence) string { return s.english },
	} {
		data, err := os.ReadFile(filepath.Join("..", "web", "src", "voice", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var written map[string]string
		if err := json.Unmarshal(data, &written); err != nil {
			t.Fatal(err)
		}
		list := sentences(t)
		if len(written) != len(list) {
			t.Errorf("%s: %d texts for %d sentences", language, len(written), len(list))
		}
		for _, s := range list {
			if got := written["say."+s.key]; got != text(s) {
				t.Errorf("%s: the page writes %q for %q", language, got, text(s))
			}
		}
	}
}

func TestAHallRecordsItsOwnVoice(t *testing.T) {
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "zh-CN"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "zh-CN", "card.wav"), []byte("our own"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "secret.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	handler, err := kiosk.Voice(folder, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /voice/{language}/{file}", handler)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		return w
	}
	if w := get("/voice/zh-CN/card.wav"); w.Code != 200 || w.Body.String() != "our own" {
		t.Errorf("the hall's own recording: %d %q", w.Code, w.Body)
	}
	if w := get("/voice/zh-CN/phone.wav"); w.Code != 200 || w.Header().Get("Content-Type") != "audio/wav" || w.Body.Len() < 10_000 {
		t.Errorf("what the hall hasn't recorded: %d, %d bytes", w.Code, w.Body.Len())
	}
	for _, path := range []string{
		"/voice/zh-CN/nothing.wav", "/voice/xx/card.wav", "/voice/zh-CN/sentences.txt", "/voice/%2e%2e/secret.txt",
		"/voice/zh-CN/..%2f..%2fsecret.txt", "/voice/%2e/card.wav",
	} {
		if w := get(path); w.Code == http.StatusOK || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if _, err := kiosk.Voice(filepath.Join(folder, "zh-CN", "card.wav"), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a file was taken for a folder of recordings")
	}
}
