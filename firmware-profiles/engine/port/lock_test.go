package port

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/device"
)

func TestBusyPortSaysWhoHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := takeLock(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = takeLock(path)
	var busy *BusyError
	if !errors.As(err, &busy) || !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v, want a BusyError", err)
	}
	want := &BusyError{Port: path, PID: os.Getpid(), Program: filepath.Base(os.Args[0])}
	if diff := cmp.Diff(want, busy); diff != "" {
		t.Error(diff)
	}
	var explained device.Explainer
	if !errors.As(err, &explained) || explained.Explain() != "端口被本程序的另一个设备占用" {
		t.Errorf("it explains %q", busy.Explain())
	}
	first.release()
	next, err := takeLock(path)
	if err != nil {
		t.Fatalf("after it was let go: %v", err)
	}
	next.release()
}

// A service that may write to the second folder only, and a technician who may
// write to both, still keep each other off a port.
func TestUsersWhoMayWriteElsewhereKeepEachOtherOff(t *testing.T) {
	before := lockDirs
	t.Cleanup(func() { lockDirs = before })
	closed, first, second := filepath.Join(t.TempDir(), "none"), t.TempDir(), t.TempDir()
	port := filepath.Join(t.TempDir(), "tty")
	if err := os.WriteFile(port, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	lockDirs = []string{closed, second}
	service, err := takeLock(port)
	if err != nil {
		t.Fatal(err)
	}
	lockDirs = []string{first, second}
	var busy *BusyError
	if _, err := takeLock(port); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Fatalf("got %v, want a BusyError that names the service", err)
	}
	service.release()
	technician, err := takeLock(port)
	if err != nil {
		t.Fatalf("what was refused holds a lock: %v", err)
	}
	lockDirs = []string{closed, second}
	if _, err := takeLock(port); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	technician.release()
	lockDirs = []string{closed}
	if _, err := takeLock(port); err == nil || errors.Is(err, ErrBusy) {
		t.Errorf("without a folder: %v", err)
	}
}

func TestBusyErrorInWords(t *testing.T) {
	tests := []struct {
		name string
		err  BusyError
		en   string
		zh   string
	}{
		{"known", BusyError{"/dev/ttyUSB0", 4242, "kiosk-agent"}, "by kiosk-agent (process 4242)", "端口被 kiosk-agent 占用（进程 4242）"},
		{"unknown", BusyError{Port: "/dev/ttyUSB0"}, "/dev/ttyUSB0: port is in use", "端口被其他程序占用"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); !strings.Contains(got, tt.en) {
				t.Errorf("got %q", got)
			}
			if got := tt.err.Explain(); got != tt.zh {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHolderIsReadFromItsSignature(t *testing.T) {
	tests := []struct {
		name, in string
		want     BusyError
	}{
		{"signature", "17 kiosk-agent\n", BusyError{PID: 17, Program: "kiosk-agent"}},
		{"name with a space", "17 a b\n", BusyError{PID: 17, Program: "a b"}},
		{"empty", "", BusyError{}},
		{"no program", "17\n", BusyError{}},
		{"no number", "x kiosk\n", BusyError{}},
		{"negative", "-1 kiosk\n", BusyError{}},
		{"control characters", "17 \x1b[31mred\n", BusyError{}},
		{"no text", "17 \xff\xfe\n", BusyError{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := *holder(strings.NewReader(tt.in)); got != tt.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A lock file may be written by anybody: what it says is only shown, and only
// if it can be.
func FuzzHolder(f *testing.F) {
	f.Add("17 kiosk-agent\n")
	f.Add("99999999999999999999 x")
	f.Add(strings.Repeat("1 ", 1000))
	f.Fuzz(func(t *testing.T, in string) {
		b := holder(strings.NewReader(in))
		if len(b.Program) > maxHolder || strings.ContainsAny(b.Explain(), "\n\r\x1b\x00") {
			t.Errorf("%q became %q", in, b.Explain())
		}
	})
}
