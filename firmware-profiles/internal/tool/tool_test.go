package tool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/internal/tool"
	"smarthall/firmware-profiles/profile"
)

// run executes a command line.
func run(ctx context.Context, args ...string) (code int, out, complaints string) {
	var stdout, stderr bytes.Buffer
	code = tool.Run(ctx, args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func shippedPad(t *testing.T) string {
	t.Helper()
	data, err := catalog.FS.ReadFile("pad/generic-pad-5key-bin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCheckSaysWhatIsWrongInBothLanguages(t *testing.T) {
	good := write(t, "good.yaml", shippedPad(t))
	bad := write(t, "bad.yaml", strings.Replace(shippedPad(t), "timing:", "timming:", 1))
	code, out, complaints := run(t.Context(), "check", good, bad)
	if code != 1 {
		t.Errorf("code %d", code)
	}
	if !strings.Contains(out, "generic/pad-5key-bin") || strings.Contains(out, "bad.yaml") {
		t.Errorf("out: %s", out)
	}
	for _, want := range []string{"bad.yaml:35:1:", "不认识的项“timming”", `unknown key "timming"`} {
		if !strings.Contains(complaints, want) {
			t.Errorf("complaints lack %q:\n%s", want, complaints)
		}
	}
	if strings.Contains(complaints, "good.yaml") {
		t.Errorf("complaints: %s", complaints)
	}
}

func TestCheckLetsAFileInheritAShippedProfile(t *testing.T) {
	child := `schema: hall.device/v1
id: test/slow-scanner
inherits: generic/scanner-serial
class: scanner
names: {zh: 慢扫描器, en: Slow scanner}
timing: {idle: 200ms}
evidence: {timing: guess}
vectors:
  - {do: scan, in: A, out: "41 0D"}
  - {do: scan, recv: "41 0D", is: {code: A}}
  - {do: scan, recv: "0D", is: {none: true}}
`
	if code, _, complaints := run(t.Context(), "check", write(t, "slow.yaml", child)); code != 0 {
		t.Errorf("code %d: %s", code, complaints)
	}
	wrong := strings.Replace(child, `out: "41 0D"`, `out: "42 0D"`, 1)
	code, out, complaints := run(t.Context(), "test", write(t, "wrong.yaml", wrong))
	if code != 1 || !strings.Contains(out, "2/3") || !strings.Contains(complaints, "wrong.yaml:9:") {
		t.Errorf("code %d\n%s%s", code, out, complaints)
	}
}

func TestTestPlaysTheWholeCatalogueAndTalksToItsSimulators(t *testing.T) {
	code, out, complaints := run(t.Context(), "test")
	if code != 0 || complaints != "" {
		t.Fatalf("code %d: %s", code, complaints)
	}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range cat.All() {
		talked := p.ID + ": 与模拟设备对话通过"
		if p.Engine == profile.EngineSANE {
			talked = p.ID + ": 未与模拟设备对话" // a driver of others has no simulator
		}
		for _, want := range []string{fmt.Sprintf("%s: %d/%d", p.ID, len(p.Vectors), len(p.Vectors)), talked} {
			if !strings.Contains(out, want) {
				t.Errorf("lacks %q:\n%s", want, out)
			}
		}
	}
}

func TestListShowsEveryShippedProfile(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	code, out, _ := run(t.Context(), "list")
	if code != 0 || strings.Count(out, "\n") != len(cat.All()) || !strings.Contains(out, "generic/sam-v-serial") || !strings.Contains(out, "仰邦") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

func TestWrongCommandLines(t *testing.T) {
	tests := []struct {
		args []string
		want int
	}{
		{nil, 2},
		{[]string{"fly"}, 2},
		{[]string{"check"}, 2},
		{[]string{"check", "--lang", "fr", "x.yaml"}, 2},
		{[]string{"check", "--loud", "x.yaml"}, 2},
		{[]string{"test", "--speed", "9"}, 2},
		{[]string{"list", "x"}, 2},
		{[]string{"new", "acme/pad"}, 2},
		{[]string{"new", "--from", "generic/pad-5key-bin"}, 2},
		{[]string{"new", "--from", "no/such", "acme/pad"}, 1},
		{[]string{"explain"}, 2},
		{[]string{"explain", "--all"}, 2},
		{[]string{"explain", "no/such"}, 1},
		{[]string{"try", "generic/pad-5key-bin"}, 2},
		{[]string{"try", "generic/pad-5key-bin", "/nowhere/tty", "--wait", "-1s"}, 2},
		{[]string{"try", "generic/pad-5key-bin", "/nowhere/tty", "--set", "address"}, 2},
		{[]string{"try", "generic/pad-5key-bin", "/nowhere/tty", "--set", "address=0"}, 1},
		{[]string{"try", "no/such", "/nowhere/tty"}, 1},
		{[]string{"sniff"}, 2},
		{[]string{"sniff", "a", "b", "c"}, 2},
		{[]string{"sniff", "a", "--gap", "1us"}, 2},
		{[]string{"sniff", "a", "--profile", "no/such"}, 1},
		{[]string{"simulate"}, 2},
		{[]string{"simulate", "--speed", "9"}, 2},
		{[]string{"check", "/nowhere/x.yaml"}, 1},
		{[]string{"test", "/nowhere/x.yaml"}, 1},
		{[]string{"simulate", "--config", "/nowhere/x.yaml"}, 1},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			code, out, complaints := run(t.Context(), tt.args...)
			if code != tt.want || complaints == "" || out != "" {
				t.Errorf("code %d, out %q, complaints %q", code, out, complaints)
			}
		})
	}
	if code, out, _ := run(t.Context(), "help"); code != 0 || !strings.Contains(out, "smarthall-profile check") {
		t.Errorf("help: code %d: %s", code, out)
	}
}

func TestSimulateServesTheConsoleUntilItIsStopped(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	config := write(t, "devices.yaml", fmt.Sprintf("devices:\n  - {id: pad, agent: counter-1, profile: generic/pad-5key-bin, port: %s}\n", filepath.Join(t.TempDir(), "pad")))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		code, _, _ := run(ctx, "simulate", "--config", config, "--listen", address)
		ended <- code
	}()
	if err := await(t, "http://"+address+"/api/devices"); err != nil {
		t.Error(err)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("code %d", code)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// await polls an address until it answers 200.
func await(t *testing.T, url string) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		if err := resp.Body.Close(); err != nil {
			return err
		}
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	return errors.New("no answer from " + url)
}
