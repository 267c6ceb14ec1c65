package sane

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"smarthall/internal/device"
)

// program is the scanimage that is run.
type program struct {
	path   string
	device string // as `scanimage -L` shows it; empty is the first
}

const (
	// killAfter is how long scanimage may take to cancel and end.
	killAfter = 5 * time.Second
	maxList   = 1 << 20 // bytes of a list of options
	maxCause  = 4 << 10 // bytes of what it complains about
)

// command is a run of scanimage. When ctx ends it is asked to stop, so that it
// can send the scanner's carriage home, and killed if it doesn't.
func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	if p.device != "" {
		args = append([]string{"--device-name=" + p.device}, args...)
	}
	cmd := exec.CommandContext(ctx, p.path, args...) //nolint:gosec // no shell; the device is one argument
	cmd.Env = append(os.Environ(), "LC_ALL=C")       // its words are read
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = killAfter
	return cmd
}

// list opens the scanner and returns its options.
func (p program) list(ctx context.Context) ([]byte, error) {
	cmd := p.command(ctx, "--format=jpeg", "-A")
	out, cause := &bounded{max: maxList}, &tail{}
	cmd.Stdout, cmd.Stderr = out, cause
	if err := cmd.Run(); err != nil {
		return nil, ended(ctx, err, cause.last)
	}
	return out.Bytes(), nil
}

// batch runs a scan and calls page with the file of each page as soon as it is
// whole. Each has to come within patience.
func (p program) batch(ctx context.Context, patience time.Duration, args []string, page func(file string) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(patience, func() { cancel(device.ErrTimeout) })
	defer late.Stop()
	cmd := p.command(ctx, args...)
	cause := &tail{}
	cmd.Stderr = cause
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run scanimage: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return ended(ctx, err, nil)
	}
	var refused error
	files := bufio.NewScanner(out)
	for files.Scan() {
		late.Reset(patience)
		if refused == nil {
			if refused = page(strings.TrimSpace(files.Text())); refused != nil {
				cancel(refused)
			}
		}
	}
	_, _ = io.Copy(io.Discard, out) // after a line that is too long
	err = cmd.Wait()
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return ended(ctx, err, cause.last)
	default:
		return hidden(cause.last)
	}
}

// lastStatus is what scanimage says of each page of a batch.
var lastStatus = regexp.MustCompile(`\(scanner status = ([0-9]{1,3})\)`)

// hidden is the error that a successful end hides: when the driver's own
// reading process dies of the page that was broken off, scanimage ends with 0
// whatever went wrong before (seen with version 1.2.1).
func hidden(said []byte) error {
	found := lastStatus.FindAllSubmatch(said, -1)
	if len(found) == 0 {
		return nil
	}
	code, err := strconv.Atoi(string(found[len(found)-1][1]))
	if err != nil || code == statusGood || code == statusEOF {
		return nil
	}
	return &failure{code: code, said: lastLine(said)}
}

// ended says why scanimage failed.
func ended(ctx context.Context, err error, said []byte) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, device.ErrTimeout), errors.Is(cause, context.DeadlineExceeded):
		return device.Temporary(fmt.Errorf("scanimage: %w", device.ErrTimeout))
	case cause != nil:
		return cause
	case errors.Is(err, exec.ErrNotFound):
		return &failure{code: notInstalled, said: err.Error()}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &failure{code: exit.ExitCode(), said: lastLine(said)}
	}
	return fmt.Errorf("run scanimage: %w: %w", device.ErrFault, err)
}

// lastLine is the last line in which scanimage says what a driver answered, or
// else the first that it complains with.
func lastLine(said []byte) string {
	line := ""
	for l := range bytes.Lines(said) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(string(l)), "scanimage: "); ok && (line == "" || strings.HasPrefix(text, "sane_") || strings.HasPrefix(text, "open of")) {
			line = text
		}
	}
	return line
}

// Exit codes of scanimage: those of SANE_Status, and 1 for a scanner that it
// can't open. notInstalled is ours.
const (
	notInstalled = -2
	statusGood   = 0
	cantOpen     = 1
	cancelled    = 2
	busy         = 3
	statusEOF    = 5 // the page is whole
	jammed       = 6
	noDocuments  = 7
	coverOpen    = 8
	ioError      = 9
	denied       = 11
)

// failure is an end of scanimage other than success. It wraps what it means as
// an error of package device.
type failure struct {
	code int
	said string // in its own words
}

func (f *failure) Error() string {
	if f.said == "" {
		return fmt.Sprintf("scanimage ended with code %d", f.code)
	}
	return fmt.Sprintf("scanimage: %s (code %d)", f.said, f.code)
}

func (f *failure) busy() bool { return f.code == busy || strings.Contains(f.said, "Device busy") }

// Unwrap is what it means.
func (f *failure) Unwrap() error {
	switch f.code {
	case jammed:
		return device.ErrJam
	case noDocuments:
		return device.ErrNoPaper
	case coverOpen:
		return device.ErrCoverOpen
	case cantOpen, ioError:
		if f.busy() {
			return device.Temporary(device.ErrFault)
		}
		return device.Temporary(device.ErrOffline)
	case busy, cancelled:
		return device.Temporary(device.ErrFault)
	default:
		return device.ErrFault
	}
}

// Explain implements device.Explainer.
func (f *failure) Explain() string {
	switch {
	case f.code == notInstalled:
		return "这台电脑没有安装 scanimage 程序（软件包 sane-utils）"
	case f.busy():
		return "扫描仪正被别的程序使用，请稍后再试"
	case f.code == jammed:
		return "进纸器卡纸"
	case f.code == noDocuments:
		return "进纸器里没有纸"
	case f.code == coverOpen:
		return "扫描仪盖板未合上"
	case f.code == cantOpen, f.code == ioError:
		return "打不开扫描仪，请检查电源、数据线和名称"
	case f.code == denied:
		return "没有使用扫描仪的权限，请把当前用户加入 scanner 组"
	case f.code == cancelled:
		return "扫描已在扫描仪上取消"
	default:
		return "扫描仪没有完成扫描"
	}
}

var _ device.Explainer = (*failure)(nil)

// tail keeps the end of what is written to it.
type tail struct{ last []byte }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.last = append(t.last, p...)
	if over := len(t.last) - maxCause; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	return len(p), nil
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	max int
}

// Write implements io.Writer; it takes everything and keeps what fits.
func (b *bounded) Write(p []byte) (int, error) {
	if room := b.max - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
