// Package photo has the photo of an ID card turned into a picture by a program
// that the hall brings along, for the photo's coding (WLT) is closed and its
// decoders may not be shipped. The card's raw bytes flow into the program's
// standard input, a PNG or JPEG file flows out of its standard output.
//
// The program is a stranger: it runs in a process group of its own with bounds
// on time, memory, files and output, sees none of our environment but PATH, LANG
// and LD_LIBRARY_PATH, and leaves no core file. Whatever it does to itself, its
// caller gets an error. What it says on its standard error may tell of a person
// and is thrown away.
package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the two kinds of picture that are accepted
	_ "image/png"
	"os"
	"os/exec"
	"time"
)

// RawSize is the size of a card's photo in bytes.
const RawSize = 1024

// The bounds of a run.
const (
	timeLimit   = 5 * time.Second
	memoryLimit = 512 << 20 // bytes of writable memory
	fileLimit   = 1 << 20   // bytes of a file that it writes
	outputLimit = 1 << 20   // bytes of the picture
	sideLimit   = 2000      // pixels
	// killGrace is how long its pipes are waited for after it was killed.
	killGrace = time.Second
)

// Errors of Decode. Compare with errors.Is.
var (
	// ErrNone says that there is no decoder, or no photo.
	ErrNone = errors.New("no photo to show")
	// ErrDecoder says that the program failed.
	ErrDecoder = errors.New("photo decoder failed")
	// ErrPicture says that what came out is no picture.
	ErrPicture = errors.New("photo decoder gave no PNG or JPEG picture")
)

// Picture is a decoded photo. It is personal data.
type Picture struct {
	// Type is image/png or image/jpeg.
	Type string
	Data []byte
}

// Decoder runs one program. Its zero value decodes nothing. It may be used from
// any goroutine; the program runs once at a time.
type Decoder struct {
	command []string
	turn    chan struct{} // holds a token while the program runs
	timeout time.Duration
}

// NewDecoder returns a decoder that runs the command with its arguments; none
// is fine.
func NewDecoder(command []string) *Decoder {
	return &Decoder{command: command, turn: make(chan struct{}, 1), timeout: timeLimit}
}

// Decode turns a card's raw photo into a picture. The error wraps ErrNone,
// ErrDecoder or ErrPicture, or is ctx's.
func (d *Decoder) Decode(ctx context.Context, raw []byte) (Picture, error) {
	if d == nil || len(d.command) == 0 || len(raw) == 0 {
		return Picture{}, ErrNone
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
	out, err := d.run(ctx, raw)
	if ctx.Err() != nil {
		return Picture{}, ctx.Err()
	}
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrDecoder, err)
	}
	return picture(out)
}

// errTooMuch is the error of an output beyond outputLimit.
var errTooMuch = fmt.Errorf("output of more than %d bytes", outputLimit)

// run runs the program once.
func (d *Decoder) run(ctx context.Context, raw []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.command[0], d.command[1:]...)
	cmd.Env = environment()
	cmd.Dir = os.TempDir()
	cmd.WaitDelay = killGrace
	alone(cmd)
	out := &bounded{stop: cancel}
	cmd.Stdout = out
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	// The bounds are set before it has anything to work on.
	err = limit(cmd.Process.Pid, d.timeout)
	if err == nil {
		_, _ = in.Write(raw) // a program that doesn't want it all may still do its work
	} else {
		cancel()
	}
	_ = in.Close()
	if waitErr := cmd.Wait(); err == nil {
		err = waitErr
	}
	switch {
	case out.over:
		return nil, errTooMuch
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, context.DeadlineExceeded
	}
	return out.buf.Bytes(), err
}

// environment is what the program may know of ours.
func environment() []string {
	var env []string
	for _, name := range []string{"PATH", "LANG", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// bounded collects at most outputLimit bytes and stops whoever says more.
type bounded struct {
	buf  bytes.Buffer
	over bool
	stop func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.buf.Len()+len(p) > outputLimit {
		b.over = true
		b.stop()
		return 0, errTooMuch
	}
	return b.buf.Write(p)
}

// picture checks what came out.
func picture(data []byte) (Picture, error) {
	size, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return Picture{}, fmt.Errorf("%d bytes: %w", len(data), ErrPicture)
	}
	if max(size.Width, size.Height) > sideLimit {
		return Picture{}, fmt.Errorf("%d × %d pixels: %w", size.Width, size.Height, ErrPicture)
	}
	return Picture{Type: "image/" + format, Data: data}, nil
}
