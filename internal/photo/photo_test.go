package photo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// act: decoders get no environment of ours, so the test binary's first argument says
// which decoder it plays.
const act = "photo-decoder-of-the-tests"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == act {
		play(os.Args[2])
		return
	}
	goleak.VerifyTestMain(m)
}

// play is a decoder.
func play(part string) {
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(3)
	}
	switch part {
	case "png", "jpeg":
		img := image.NewGray(image.Rect(0, 0, 32, 32))
		for i := range img.Pix {
			img.Pix[i] = raw[i] // the picture is made of the photo
		}
		if part == "png" {
			_ = png.Encode(os.Stdout, img)
		} else {
			_ = jpeg.Encode(os.Stdout, img, nil)
		}
	case "huge picture":
		_ = png.Encode(os.Stdout, image.NewGray(image.Rect(0, 0, sideLimit+1, 1)))
	case "flood":
		for {
			if _, err := os.Stdout.Write(make([]byte, 64<<10)); err != nil {
				os.Exit(0)
			}
		}
	case "sleep":
		time.Sleep(time.Minute)
	case "crash":
		os.Stderr.WriteString("the holder is 王样例")
		os.Exit(139)
	case "memory":
		var kept [][]byte
		for range 1 << 10 {
			p := make([]byte, 16<<20)
			for i := 0; i < len(p); i += 4096 {
				p[i] = 1
			}
			kept = append(kept, p)
		}
		os.Stdout.WriteString(hex.EncodeToString(kept[0][:1]))
	case "environment":
		os.Stdout.WriteString(strings.Join(os.Environ(), "\n"))
		os.Exit(len(os.Environ()))
	case "text":
		os.Stdout.WriteString("not a picture")
	case "nothing":
	}
}

func decoder(t *testing.T, part string) *Decoder {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return NewDecoder([]string{exe, act, part})
}

func raw() []byte {
	p := make([]byte, RawSize)
	for i := range p {
		p[i] = byte(i * 31)
	}
	return p
}

func TestAPictureComesOut(t *testing.T) {
	for _, format := range []string{"png", "jpeg"} {
		got, err := decoder(t, format).Decode(t.Context(), raw())
		if err != nil {
			t.Fatal(err)
		}
		img, name, err := image.Decode(bytes.NewReader(got.Data))
		if err != nil || name != format || got.Type != "image/"+format {
			t.Fatalf("got %s as %s: %v", name, got.Type, err)
		}
		if c := color.GrayModel.Convert(img.At(1, 0)).(color.Gray).Y; format == "png" && c != 31 {
			t.Errorf("it isn't made of the photo: %d", c)
		}
	}
}

func TestWithoutADecoderOrAPhotoThereIsNone(t *testing.T) {
	for name, err := range map[string]error{
		"no decoder": second(NewDecoder(nil).Decode(t.Context(), raw())),
		"nil":        second((*Decoder)(nil).Decode(t.Context(), raw())),
		"no photo":   second(NewDecoder([]string{"true"}).Decode(t.Context(), nil)),
	} {
		if !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ Picture, err error) error { return err }

func TestWhateverADecoderDoesIsAnError(t *testing.T) {
	for _, tt := range []struct {
		part string
		want error
	}{
		{"crash", ErrDecoder},
		{"flood", ErrDecoder},
		{"memory", ErrDecoder},
		{"environment", ErrDecoder},
		{"sleep", ErrDecoder},
		{"text", ErrPicture},
		{"nothing", ErrPicture},
		{"huge picture", ErrPicture},
	} {
		t.Run(tt.part, func(t *testing.T) {
			d := decoder(t, tt.part)
			d.timeout = 10 * time.Second
			if tt.part == "sleep" {
				d.timeout = 200 * time.Millisecond
			}
			began := time.Now()
			_, err := d.Decode(t.Context(), raw())
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "王样例") {
				t.Errorf("the error tells what the program said: %v", err)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestAMissingDecoderIsAnError(t *testing.T) {
	_, err := NewDecoder([]string{filepath.Join(t.TempDir(), "gone")}).Decode(t.Context(), raw())
	if !errors.Is(err, ErrDecoder) {
		t.Errorf("got %v", err)
	}
}

func TestADecoderSeesNoneOfOurSecrets(t *testing.T) {
	t.Setenv("SMARTHALL_TOKEN", "secret")
	for _, e := range environment() {
		if strings.Contains(e, "secret") {
			t.Errorf("it sees %s", e)
		}
	}
}

func TestAnImpatientCallerGetsItsOwnError(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := decoder(t, "sleep").Decode(ctx, raw()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A decoder that starts a helper and dies leaves nothing behind that holds its
// output open.
func TestAHelperOfTheDecoderEndsWithIt(t *testing.T) {
	d := NewDecoder([]string{"sh", "-c", "cat >/dev/null; sleep 60 & sleep 60"})
	d.timeout = 200 * time.Millisecond
	began := time.Now()
	if _, err := d.Decode(t.Context(), raw()); !errors.Is(err, ErrDecoder) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestTheProgramGetsTheRawBytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sum")
	d := NewDecoder([]string{"sh", "-c", "sha256sum > " + file})
	if _, err := d.Decode(t.Context(), raw()); !errors.Is(err, ErrPicture) {
		t.Fatalf("got %v", err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256(raw())
	if !strings.HasPrefix(string(got), hex.EncodeToString(want[:])) {
		t.Errorf("it got other bytes")
	}
}
