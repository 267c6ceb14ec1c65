package framed_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/framed"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// padDevice is the device's side of the shipped pad.
type padDevice struct {
	codec *profile.Codec
	line  io.ReadWriter

	mu       sync.Mutex
	armed    int                      // times
	heard    string                   // the latest command
	deaf     int                      // arm frames to leave without reply
	onArm    func(write func([]byte)) // after the reply
	mangle   func([]byte) []byte
	writeErr error
}

func (d *padDevice) set(f func(d *padDevice)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d)
}

func (d *padDevice) armedTimes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.armed
}

func (d *padDevice) last() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.heard
}

// serve answers until the line breaks.
func (d *padDevice) serve() {
	decoder := d.codec.CommandDecoder()
	buf := make([]byte, 64)
	for {
		n, err := d.line.Read(buf)
		if err != nil {
			return
		}
		decoder.Feed(buf[:n])
		for found, ok := decoder.Next(); ok; found, ok = decoder.Next() {
			if name, is := d.codec.CommandOf(found); is {
				d.obey(name)
			}
		}
	}
}

func (d *padDevice) obey(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed++
	d.heard = name
	if d.deaf > 0 {
		d.deaf--
		return
	}
	reply, err := d.codec.EncodeReply(name)
	if err != nil {
		d.writeErr = err
		return
	}
	d.write(reply)
	if d.onArm != nil {
		d.onArm(d.write)
	}
}

func (d *padDevice) write(p []byte) {
	if d.mangle != nil {
		p = d.mangle(p)
	}
	if _, err := d.line.Write(p); err != nil {
		d.writeErr = err
	}
}

// press is the frame of a rating.
func (d *padDevice) press(t *testing.T, score int) []byte {
	t.Helper()
	p, err := d.codec.EncodeEvent(profile.EmitScore, score)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (d *padDevice) send(t *testing.T, p []byte) {
	t.Helper()
	if _, err := d.line.Write(p); err != nil {
		t.Fatal(err)
	}
}

// quick is the shipped pad with little patience.
func quick(t *testing.T) *profile.Profile {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	shipped, ok := cat.Get("generic/pad-5key-bin")
	if !ok {
		t.Fatal("the profile is not shipped")
	}
	p := *shipped
	p.Timing = profile.Timing{AnswerWindow: profile.Duration(enginetest.Patience), Idle: profile.Duration(20 * time.Millisecond)}
	return &p
}

func codecOf(t *testing.T, p *profile.Profile, params map[string]string) *profile.Codec {
	t.Helper()
	values, err := p.ResolveParams(params)
	if err != nil {
		t.Fatal(err)
	}
	return p.Codec(values)
}

// start runs the driver of a pad over TCP.
func start(t *testing.T, p *profile.Profile) (device.Pad, *padDevice, *enginetest.Sink) {
	t.Helper()
	address, conns := enginetest.Listen(t)
	served := make(chan struct{})
	t.Cleanup(func() { <-served }) // runs after the driver was stopped
	d, err := framed.New(p, device.Config{ID: "pad", Profile: p.ID, Port: address}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	pad, ok := d.(device.Pad)
	if !ok {
		t.Fatalf("a profile of class pad gives a %T", d)
	}
	sink := &enginetest.Sink{}
	enginetest.Start(t, d, sink)
	dev := &padDevice{codec: codecOf(t, p, nil), line: <-conns}
	go func() { defer close(served); dev.serve() }()
	enginetest.WaitFor(t, "online", func() bool { return sink.Last().State == device.Online })
	return pad, dev, sink
}

func TestEveryKeyIsItsScore(t *testing.T) {
	pad, dev, sink := start(t, quick(t))
	for score := 1; score <= 5; score++ {
		frame := dev.press(t, score)
		dev.set(func(d *padDevice) { d.onArm = func(write func([]byte)) { write(frame) } })
		got, err := pad.Ask(t.Context())
		if err != nil || got != score {
			t.Errorf("score %d: got %d, %v", score, got, err)
		}
	}
	if e := sink.Events(); len(e) != 0 {
		t.Errorf("an awaited key was also reported: %v", e)
	}
}

func TestAKeyIsUnderstoodThroughNoise(t *testing.T) {
	noises := map[string]func([]byte) []byte{
		"garbage before":            func(p []byte) []byte { return append([]byte{0x00, 0xAA, 0xAA, 0x01}, p...) },
		"wrong checksum, then good": func(p []byte) []byte { return append([]byte{0xAA, 1, 2, 1, 0, 0x55}, p...) },
		"key that is not mapped":    func(p []byte) []byte { return append([]byte{0xAA, 1, 2, 9, 1 ^ 2 ^ 9, 0x55}, p...) },
		"the neighbour's key":       func(p []byte) []byte { return append([]byte{0xAA, 2, 2, 5, 5, 0x55}, p...) },
	}
	for name, noise := range noises {
		t.Run(name, func(t *testing.T) {
			pad, dev, _ := start(t, quick(t))
			frame := dev.press(t, 4)
			dev.set(func(d *padDevice) { d.mangle, d.onArm = noise, func(write func([]byte)) { write(frame) } })
			if got, err := pad.Ask(t.Context()); err != nil || got != 4 {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
}

// A frame that was cut off is forgotten after a silence, so that it can't
// swallow the key that is pressed later.
func TestACutOffFrameIsForgotten(t *testing.T) {
	pad, dev, _ := start(t, quick(t))
	dev.send(t, []byte{0xAA, 1, 2})
	time.Sleep(60 * time.Millisecond) // three times the idle time of the line
	frame := dev.press(t, 2)
	dev.set(func(d *padDevice) { d.onArm = func(write func([]byte)) { write(frame) } })
	if got, err := pad.Ask(t.Context()); err != nil || got != 2 {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestNobodyPresses(t *testing.T) {
	p := quick(t)
	p.Timing.AnswerWindow = profile.Duration(50 * time.Millisecond)
	pad, dev, sink := start(t, p)
	if _, err := pad.Ask(t.Context()); !errors.Is(err, device.ErrTimeout) || errors.Is(err, device.ErrOffline) {
		t.Errorf("window: got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	p.Timing.AnswerWindow = profile.Duration(time.Hour)
	if _, err := pad.Ask(ctx); !errors.Is(err, device.ErrTimeout) {
		t.Errorf("deadline: got %v", err)
	}
	cancelled, stop := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, stop)
	if _, err := pad.Ask(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if sink.Last().State != device.Online {
		t.Errorf("the pad is %v, but only nobody pressed", sink.Last())
	}
	if n := dev.armedTimes(); n != 3 {
		t.Errorf("armed %d times, want 3", n)
	}
}

func TestAPadThatDoesntConfirmIsOfflineUntilItSpeaks(t *testing.T) {
	p := quick(t)
	arm := p.Commands[framed.CommandArm]
	arm.ReplyWithin = profile.Duration(40 * time.Millisecond)
	p.Commands = map[string]profile.Command{framed.CommandArm: arm}
	pad, dev, sink := start(t, p)

	dev.set(func(d *padDevice) { d.deaf = 1 })
	frame := dev.press(t, 5)
	dev.set(func(d *padDevice) { d.onArm = func(write func([]byte)) { write(frame) } })
	if got, err := pad.Ask(t.Context()); err != nil || got != 5 {
		t.Errorf("one lost frame: got %d, %v", got, err)
	}
	dev.set(func(d *padDevice) { d.deaf = 2 })
	if _, err := pad.Ask(t.Context()); !errors.Is(err, device.ErrOffline) {
		t.Errorf("deaf: got %v", err)
	}
	if s := sink.Last(); s.State != device.Offline || !strings.Contains(s.Detail, "arm") {
		t.Errorf("got %v", s)
	}
	dev.send(t, dev.press(t, 1))
	enginetest.WaitFor(t, "online again", func() bool { return sink.Last().State == device.Online })
}

func TestOneAskAtATime(t *testing.T) {
	pad, dev, _ := start(t, quick(t))
	first := make(chan error, 1)
	go func() {
		_, err := pad.Ask(t.Context())
		first <- err
	}()
	enginetest.WaitFor(t, "arming", func() bool { return dev.armedTimes() >= 1 })
	if _, err := pad.Ask(t.Context()); err == nil {
		t.Error("two people were asked at once")
	}
	dev.send(t, dev.press(t, 3))
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// Outside Ask a key is an event, and the bounce of a key is not a second one.
func TestKeysOutsideAskAreEventsOnce(t *testing.T) {
	_, dev, sink := start(t, quick(t))
	five, one := dev.press(t, 5), dev.press(t, 1)
	for _, frame := range [][]byte{five, five, five, one, one} {
		dev.send(t, frame)
	}
	want := []any{device.KeyPressed{Key: 5}, device.KeyPressed{Key: 1}}
	enginetest.WaitFor(t, "two keys", func() bool { return len(sink.Events()) >= 2 })
	time.Sleep(20 * time.Millisecond) // a third event would come by now
	if diff := cmp.Diff(want, sink.Events()); diff != "" {
		t.Error(diff)
	}
}

func TestAskWithoutALine(t *testing.T) {
	p := quick(t)
	d, err := framed.New(p, device.Config{ID: "pad", Port: "/nowhere/ttyS9"}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.(device.Pad).Ask(t.Context()); !errors.Is(err, device.ErrOffline) {
		t.Errorf("before Run: got %v", err)
	}
	if err := d.Run(t.Context(), &enginetest.Sink{}); !errors.Is(err, device.ErrOffline) {
		t.Errorf("run: got %v", err)
	}
}

// Over a real serial line that is unplugged while a citizen is asked.
func TestUnpluggedWhileAsking(t *testing.T) {
	devLine, path := enginetest.PTY(t)
	p := quick(t)
	d, err := framed.New(p, device.Config{ID: "pad", Port: path, Params: map[string]string{"address": "7"}}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	ran := make(chan error, 1)
	go func() { ran <- d.Run(t.Context(), sink) }()
	enginetest.WaitFor(t, "online", func() bool { return sink.Last().State == device.Online })
	dev := &padDevice{codec: codecOf(t, p, map[string]string{"address": "7"}), line: devLine}
	served := make(chan struct{})
	go func() { defer close(served); dev.serve() }()

	asked := make(chan error, 1)
	go func() {
		_, err := d.(device.Pad).Ask(t.Context())
		asked <- err
	}()
	enginetest.WaitFor(t, "arming", func() bool { return dev.armedTimes() >= 1 })
	if err := devLine.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	<-served
	for name, ch := range map[string]chan error{"ask": asked, "run": ran} {
		if err := <-ch; !errors.Is(err, device.ErrOffline) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestConfigurationsThatCantWork(t *testing.T) {
	p := quick(t)
	if _, err := framed.New(p, device.Config{ID: "pad", Params: map[string]string{"speed": "1"}}, enginetest.Log()); err == nil {
		t.Error("an unknown parameter was taken")
	}
	p.Commands = nil
	if _, err := framed.New(p, device.Config{ID: "pad"}, enginetest.Log()); err == nil || !strings.Contains(err.Error(), "arm") {
		t.Errorf("a pad that can't be armed: got %v", err)
	}
}

// A framed device that is no pad reports what its events are mapped to.
func TestAButtonBoxByAFileAlone(t *testing.T) {
	const box = `schema: hall.device/v1
id: test/box
class: button
engine: framed-serial
names: {zh: 测试, en: Test}
transports: [{kind: serial, baud: 9600}]
frames:
  key: [{lit: "4B"}, {u8: key}, {lit: "0D"}]
  code: [{lit: "02"}, {text: {name: code, enc: gb18030, max: 40}}, {lit: "03"}]
  state: [{lit: "53"}, {u8: state}, {lit: "0D"}]
events:
  - {frame: key, when: {}, emit: key, map: {key: {7: 1, 8: 0}}}
  - {frame: code, when: {}, emit: code, value: code}
  - {frame: state, when: {}, emit: state, map: {state: {0: online, 1: fault}}}
evidence: {frames: guess, transports: guess, events: guess}
vectors:
  - {recv: "4B 07 0D", is: {key: 1}}
  - {recv: "02 B0ECBCFE 03", is: {code: 办件}}
  - {recv: "53 01 0D", is: {state: fault}}
`
	doc, err := profile.ReadDoc("box.yaml", []byte(box))
	if err != nil {
		t.Fatal(err)
	}
	p, err := doc.Profile(nil)
	if err != nil {
		t.Fatal(err)
	}
	address, conns := enginetest.Listen(t)
	d, err := framed.New(p, device.Config{ID: "box", Port: address}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	if _, isPad := d.(device.Pad); isPad {
		t.Error("a box is no pad")
	}
	sink := &enginetest.Sink{}
	enginetest.Start(t, d, sink)
	conn := <-conns
	if _, err := conn.Write([]byte("\x4B\x07\x0D\x02\xB0\xEC\xBC\xFE\x03\x53\x01\x0D")); err != nil {
		t.Fatal(err)
	}
	enginetest.WaitFor(t, "the state", func() bool { return sink.Last().State == device.Fault })
	if diff := cmp.Diff([]any{device.KeyPressed{Key: device.KeyHelp}, device.CodeScanned{Text: "办件"}}, sink.Events()); diff != "" {
		t.Error(diff)
	}
}
