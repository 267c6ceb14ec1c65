package audio

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// errNoPlayer says that no program of the profile is installed.
var errNoPlayer = fmt.Errorf("no player program is installed: %w", device.ErrFault)

// openOutput reads a port.
func openOutput(p *profile.Profile, port string) (output, error) {
	host, network := strings.CutPrefix(port, "tcp://")
	switch {
	case network && host != "":
		return remote{host}, nil
	case port == "none":
		return nothing{}, nil
	case port == "" || strings.Contains(port, "://") || strings.HasPrefix(port, "-"):
		return nil, fmt.Errorf("port %q is neither a sound output such as default nor tcp://host:port", port)
	default:
		return &program{players: p.Caps.Players, name: port}, nil
	}
}

// nothing is the output of a place without a loudspeaker.
type nothing struct{}

func (nothing) check(context.Context) error { return nil }

func (nothing) play(ctx context.Context, _ []byte, length time.Duration) error {
	return wait(ctx, length)
}

// wait waits, unless ctx ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// program plays by a program of this machine.
type program struct {
	players []string // in the order they are tried
	name    string   // of the output; default is the machine's own choice
	checked bool     // it has played once; used with the speaker's turn
}

// silence50 is what an output is checked with.
var silence50 = EncodeWAV(make([]int16, clipRate/20))

// check looks for the program, and lets it play a moment of silence if it
// hasn't played yet or failed last.
func (p *program) check(ctx context.Context) error {
	if _, _, err := p.find(); err != nil {
		return err
	}
	if p.checked {
		return nil
	}
	return p.play(ctx, silence50, 0)
}

// find is the first player that is installed.
func (p *program) find() (name, path string, err error) {
	for _, name := range p.players {
		if path, err := exec.LookPath(name); err == nil {
			return name, path, nil
		}
	}
	return "", "", errNoPlayer
}

// arguments are how a player is told the output and the file.
func (p *program) arguments(player, file string) []string {
	switch player {
	case "paplay":
		if p.name != "default" {
			return []string{"--device=" + p.name, file}
		}
		return []string{file}
	case "ffplay": // it takes the output from the environment
		return []string{"-nodisp", "-autoexit", "-loglevel", "error", file}
	default:
		return []string{"-q", "-D", p.name, file}
	}
}

func (p *program) play(ctx context.Context, wav []byte, _ time.Duration) (err error) {
	p.checked = false
	player, path, err := p.find()
	if err != nil {
		return err
	}
	file, remove, err := tempFile(wav)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := run(exec.CommandContext(ctx, path, p.arguments(player, file)...), nil); err != nil {
		return err
	}
	p.checked = true
	return nil
}

// killWait is how long a killed program may keep its output open.
const killWait = time.Second

// run runs a program; what it complains about is in the error.
func run(cmd *exec.Cmd, stdin io.Reader) error {
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr, cmd.WaitDelay = stdin, &limited{w: &said, left: 2000}, killWait
	if err := cmd.Run(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%s: %w: %.120s: %w", filepath.Base(cmd.Path), err, cmp.Or(first, "no reason given"), device.ErrFault)
	}
	return nil
}

// limited writes at most left bytes and drops the rest.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(l.left, len(p))
	l.left -= n
	if _, err := l.w.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// tempFile is a file with these bytes; remove deletes it.
func tempFile(data []byte) (path string, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "smarthall-sound-")
	if err != nil {
		return "", nil, fmt.Errorf("make sound file: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	path = filepath.Join(dir, "sound.wav")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", nil, errors.Join(fmt.Errorf("make sound file: %w", err), remove())
	}
	return path, remove, nil
}

// remote is a loudspeaker on the network. It takes one WAV file per connection
// and says OK when it has played it, as this does:
//
//	socat TCP-LISTEN:4953,fork,reuseaddr SYSTEM:"aplay -q - && echo OK"
type remote struct{ host string }

// dialTimeout bounds the connection to a loudspeaker on the hall's own network.
const dialTimeout = 3 * time.Second

// check lets it play a moment of silence.
func (n remote) check(ctx context.Context) error { return n.play(ctx, silence50, 0) }

// play returns when the loudspeaker said OK, but not before the file's length
// has passed: some take it all at once and play it then.
func (n remote) play(ctx context.Context, wav []byte, length time.Duration) error {
	began := time.Now()
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", n.host)
	if err != nil {
		return away("connect to loudspeaker", err)
	}
	defer func() { _ = conn.Close() }() // all was said by then
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(wav); err != nil {
		return away("send to loudspeaker", err)
	}
	if err := awaitOK(conn); err != nil {
		return away("wait for loudspeaker", err)
	}
	return wait(ctx, length-time.Since(began))
}

// maxAnswer bounds what a loudspeaker says, in bytes.
const maxAnswer = 1 << 10

// awaitOK reads until there is OK in what came.
func awaitOK(r io.Reader) error {
	var answer []byte
	buf := make([]byte, 64)
	for len(answer) < maxAnswer {
		n, err := r.Read(buf)
		if answer = append(answer, buf[:n]...); bytes.Contains(answer, []byte("OK")) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return device.ErrFrame
}

func away(doing string, cause error) error {
	return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrOffline, cause))
}

// speech is the program that speaks any text.
const speech = "espeak-ng"

// speak lets espeak-ng speak a text into a WAV file.
func speak(ctx context.Context, text, voice string, volume int) (wav []byte, err error) {
	path, err := exec.LookPath(speech)
	if err != nil {
		return nil, fmt.Errorf("%s isn't installed: %w", speech, device.ErrFault)
	}
	file, remove, err := tempFile(nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	// 100 is its normal loudness, ours is 50 percent of what it can do.
	cmd := exec.CommandContext(ctx, path, "-v", cmp.Or(voice, "cmn"), "-a", strconv.Itoa(2*volume), "-w", file, "--stdin")
	if err := run(cmd, strings.NewReader(text)); err != nil {
		return nil, err
	}
	if wav, err = os.ReadFile(file); err != nil {
		return nil, fmt.Errorf("read speech: %w", err)
	}
	return wav, nil
}

// Length is how long a WAV file of 16-bit mono samples lasts, at any rate from
// 8 to 48 kHz. A data chunk that says it is longer than the file ends with it.
func Length(wav []byte) (time.Duration, error) {
	if len(wav) < 12 || string(wav[:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
		return 0, fmt.Errorf("no WAV file: %w", device.ErrFrame)
	}
	rate := uint32(0)
	for rest := wav[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), min(uint64(binary.LittleEndian.Uint32(rest[4:])), uint64(len(rest)-8))
		chunk := rest[8 : 8+size]
		switch {
		case id == "fmt " && len(chunk) >= 16:
			rate = binary.LittleEndian.Uint32(chunk[4:])
			if rate < 8000 || rate > 48000 || binary.LittleEndian.Uint16(chunk) != 1 ||
				binary.LittleEndian.Uint16(chunk[2:]) != 1 || binary.LittleEndian.Uint16(chunk[14:]) != 16 {
				return 0, fmt.Errorf("not 16-bit mono samples: %w", device.ErrFrame)
			}
		case id == "data" && rate > 0:
			return time.Duration(len(chunk)/2) * time.Second / time.Duration(rate), nil
		}
		rest = rest[8+min(size+size%2, uint64(len(rest)-8)):]
	}
	return 0, fmt.Errorf("WAV file without samples: %w", device.ErrFrame)
}
