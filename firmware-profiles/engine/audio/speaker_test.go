package audio_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/audio"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// local is the shipped profile of a sound output, looked at often.
func local(t *testing.T) *profile.Profile {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	shipped, ok := cat.Get("generic/speaker-local")
	if !ok {
		t.Fatal("the profile is not shipped")
	}
	p := *shipped
	p.Status.Poll = profile.Duration(20 * time.Millisecond)
	return &p
}

func speaker(t *testing.T, p *profile.Profile, port string, params map[string]string) device.Speaker {
	t.Helper()
	d, err := audio.New(p, device.Config{ID: "speaker", Port: port, Params: params}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	s, ok := d.(device.Speaker)
	if !ok {
		t.Fatalf("engine made a %T", d)
	}
	return s
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// player puts a program called aplay first in the path. It notes its arguments
// in the file said, keeps the sound it got as kept, and ends as script says.
func player(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text := "#!/bin/sh\necho \"$1 $2 $3\" >> " + dir + "/said\n" + `for f; do last=$f; done; size=$(wc -c < "$last")` + "\n" +
		`[ "$size" -gt 5000 ] && cp "$last" ` + dir + "/kept\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "aplay"), []byte(text), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func TestCallIsPlayedFromRecordingsOnTheOutputOfThePort(t *testing.T) {
	dir := player(t, "exit 0")
	t.Setenv("TMPDIR", t.TempDir()) // others play too
	s := speaker(t, local(t), "plughw:1,0", map[string]string{"volume": "50"})
	sink := &enginetest.Sink{}
	enginetest.Start(t, s, sink)
	enginetest.WaitFor(t, "speaker", func() bool { return sink.Last().State == device.Online })
	if err := s.Say(within(t, 10*time.Second), "请A012号到3号窗口办理"); err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(dir, "said"))
	if err != nil || !strings.HasPrefix(string(said), "-q -D plughw:1,0\n") {
		t.Errorf("the player was called with %q, %v", said, err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	voice, err := audio.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := voice.WAV(audio.Sentence("A012", "3"), 50); !bytes.Equal(kept, want) {
		t.Errorf("played %d bytes, want %d", len(kept), len(want))
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "smarthall-sound-*")); err != nil || len(left) > 0 {
		t.Errorf("files were left behind: %q, %v", left, err)
	}
}

func TestOutputThatFailsIsAFaultUntilItPlaysAgain(t *testing.T) {
	dir := player(t, "if [ -e \"$0.broken\" ]; then echo 'cannot find card' >&2; exit 1; fi")
	broken := filepath.Join(dir, "aplay.broken")
	s := speaker(t, local(t), "default", nil)
	sink := &enginetest.Sink{}
	enginetest.Start(t, s, sink)
	enginetest.WaitFor(t, "speaker", func() bool { return sink.Last().State == device.Online })
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Say(within(t, 10*time.Second), "请A012号"); !errors.Is(err, device.ErrFault) || !strings.Contains(err.Error(), "cannot find card") {
		t.Errorf("error %v", err)
	}
	enginetest.WaitFor(t, "fault", func() bool { return sink.Last().State == device.Fault })
	if !strings.Contains(sink.Last().Detail, "cannot find card") {
		t.Errorf("detail %q", sink.Last().Detail)
	}
	if err := s.Say(within(t, time.Second), "请A012号"); !errors.Is(err, device.ErrOffline) {
		t.Errorf("a broken output said something: %v", err)
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	enginetest.WaitFor(t, "recovery", func() bool { return sink.Last().State == device.Online })
}

func TestMachineWithoutPlayerSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	sink := &enginetest.Sink{}
	enginetest.Start(t, speaker(t, local(t), "default", nil), sink)
	enginetest.WaitFor(t, "fault", func() bool { return sink.Last().State == device.Fault })
	if !strings.Contains(sink.Last().Detail, "alsa-utils") {
		t.Errorf("detail %q", sink.Last().Detail)
	}
}

func TestPlayerThatHangsIsKilled(t *testing.T) {
	player(t, `[ "$size" -gt 5000 ] && exec sleep 60; exit 0`)
	s := speaker(t, local(t), "default", nil)
	sink := &enginetest.Sink{}
	enginetest.Start(t, s, sink)
	enginetest.WaitFor(t, "speaker", func() bool { return sink.Last().State == device.Online })
	began := time.Now()
	if err := s.Say(within(t, 300*time.Millisecond), "请A012号"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 30*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestOtherTextsAreSpoken(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng isn't installed")
	}
	dir := player(t, "exit 0")
	s := speaker(t, local(t), "default", nil)
	sink := &enginetest.Sink{}
	enginetest.Start(t, s, sink)
	enginetest.WaitFor(t, "speaker", func() bool { return sink.Last().State == device.Online })
	if err := s.Say(within(t, 20*time.Second), "综合服务区今天提前下班 -v en"); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	if length, err := audio.Length(kept); err != nil || length < time.Second || length > 20*time.Second {
		t.Errorf("speech lasts %v, %v", length, err)
	}
}

func TestLoudspeakerOnTheNetworkMustSayOK(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		hangUp bool
		want   device.State
	}{
		"plays":                 {"OK\n", false, device.Online},
		"plays after noise":     {"\x00\xffOK\n", true, device.Online},
		"hangs up":              {"", true, device.Offline},
		"says something else":   {strings.Repeat("ERROR ", 300), false, device.Offline},
		"hangs up in its words": {"O", true, device.Offline},
	} {
		t.Run(name, func(t *testing.T) {
			address, conns := enginetest.Listen(t)
			s := speaker(t, local(t), address, nil)
			sink := &enginetest.Sink{}
			ended := make(chan error, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { ended <- s.Run(ctx, sink) }()
			conn := <-conns
			answer(conn, tt.answer, tt.hangUp)
			if tt.want == device.Online {
				enginetest.WaitFor(t, "speaker", func() bool { return sink.Last().State == device.Online })
				cancel()
				<-ended
				return
			}
			if err := <-ended; device.StateOf(err) != tt.want {
				t.Errorf("Run ends with %v", err)
			}
		})
	}
}

func answer(conn net.Conn, text string, hangUp bool) {
	_, _ = conn.Read(make([]byte, 4096))
	_, _ = conn.Write([]byte(text)) // a driver that has heard enough hangs up
	if hangUp {
		_ = conn.Close()
	}
}

func TestRecordedTexts(t *testing.T) {
	for text, want := range map[string]string{
		"请A012号到3号窗口办理":          "qing A 0 1 2 hao dao 3 hao chuangkou banli",
		"请 b7 号到12号窗口":           "qing B 7 hao dao shi 2 hao chuangkou",
		"请A012号":                 "qing A 0 1 2 hao",
		"A-12，请到B区":              "",
		"3号窗口":                   "3 hao chuangkou",
		"请张三到3号窗口":               "",
		strings.Repeat("请", 100): "",
		"":                       "",
	} {
		if got := strings.Join(audio.Recorded(text), " "); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestPortsThatAreNoOutput(t *testing.T) {
	for _, port := range []string{"", "http://10.0.0.1", "tcp://", "--help"} {
		if _, err := audio.New(local(t), device.Config{Port: port}, enginetest.Log()); err == nil {
			t.Errorf("%q was taken", port)
		}
	}
	if _, err := audio.New(local(t), device.Config{Port: "default", Params: map[string]string{"clips": t.TempDir()}}, enginetest.Log()); err == nil {
		t.Error("an empty folder was taken as a voice")
	}
}

func FuzzLength(f *testing.F) {
	f.Add(audio.EncodeWAV([]int16{1, 2, 3}))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := audio.Length(data); err == nil && (d < 0 || d > time.Duration(len(data))*time.Second/16000) {
			t.Fatalf("%d bytes last %v", len(data), d)
		}
	})
}

func FuzzRecorded(f *testing.F) {
	f.Add("请A012号到3号窗口办理")
	f.Add("\xff请")
	voice, err := audio.Shipped()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range audio.Recorded(text) {
			if len(voice[name]) == 0 {
				t.Fatalf("%q needs the clip %q", text, name)
			}
		}
	})
}
