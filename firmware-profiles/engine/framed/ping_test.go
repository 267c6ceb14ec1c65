package framed_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/framed"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// answering is a device made from a shipped profile that answers every command,
// unless it is deaf.
type answering struct {
	codec *profile.Codec

	mu   sync.Mutex
	deaf bool           // guarded by mu
	said profile.Values // guarded by mu: the inputs of the latest command that had any
}

func (a *answering) serve(t *testing.T, conns <-chan net.Conn) {
	t.Helper()
	conn := <-conns
	decoder := a.codec.CommandDecoder()
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		decoder.Feed(buf[:n])
		for found, ok := decoder.Next(); ok; found, ok = decoder.Next() {
			if reply := a.hear(found); reply != nil {
				if _, err := conn.Write(reply); err != nil {
					return
				}
			}
		}
	}
}

// hear is the reply to a command, nil for none.
func (a *answering) hear(found profile.Decoded) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	name, ok := a.codec.CommandOf(found)
	if !ok || a.deaf {
		return nil
	}
	if in := a.codec.InputsOf(name, found); len(in) > 0 {
		a.said = in
	}
	reply, err := a.codec.EncodeReply(name)
	if err != nil {
		return nil
	}
	return reply
}

func (a *answering) setDeaf(deaf bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deaf = deaf
}

// asked starts a shipped device with its other side.
func asked(t *testing.T, id string, deaf bool) (device.Device, *answering, *enginetest.Sink, *profile.Profile) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	shipped, ok := cat.Get(id)
	if !ok {
		t.Fatalf("%s is not shipped", id)
	}
	p := *shipped
	p.Status.Poll = profile.Duration(20 * time.Millisecond)
	params, err := p.ResolveParams(nil)
	if err != nil {
		t.Fatal(err)
	}
	address, conns := enginetest.Listen(t)
	d, err := framed.New(&p, device.Config{ID: "d", Port: address}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	other, sink := &answering{codec: p.Codec(params), deaf: deaf}, &enginetest.Sink{}
	go other.serve(t, conns)
	enginetest.Start(t, d, sink)
	return d, other, sink, &p
}

// A port that opens says nothing of the device behind it.
func TestAnAskedDeviceIsOnlineOnceItAnswers(t *testing.T) {
	_, other, sink, _ := asked(t, "generic/button-call", true)
	enginetest.WaitFor(t, "the silence to be told", func() bool { return sink.Last().State == device.Offline })
	if states := sink.States(); len(states) != 1 || states[0].Detail == "" {
		t.Errorf("told %+v", states)
	}
	other.setDeaf(false)
	enginetest.WaitFor(t, "the answer", func() bool { return sink.Last().State == device.Online })
	other.setDeaf(true)
	enginetest.WaitFor(t, "the silence", func() bool { return sink.Last().State == device.Offline })
}

// What a sensor told counts until it tells something else, also when it was away
// meanwhile.
func TestASensorKeepsWhatItToldOverASilence(t *testing.T) {
	d, other, sink, p := asked(t, "generic/sensor-contact", false)
	enginetest.WaitFor(t, "the answer", func() bool { return sink.Last().State == device.Online })
	if _, strip := d.(device.Strip); strip {
		t.Error("a sensor is no strip")
	}
	params, err := p.ResolveParams(nil)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := p.Codec(params).EncodeEvent(profile.EmitState, string(device.CoverOpen))
	if err != nil {
		t.Fatal(err)
	}
	framed.Hear(d, frame)
	if got := sink.Last().State; got != device.CoverOpen {
		t.Fatalf("told %s", got)
	}
	other.setDeaf(true)
	enginetest.WaitFor(t, "the silence", func() bool { return sink.Last().State == device.Offline })
	other.setDeaf(false)
	enginetest.WaitFor(t, "what it told before", func() bool { return sink.Last().State == device.CoverOpen })
}

func TestAStripShowsWhatItsFieldHolds(t *testing.T) {
	d, other, sink, _ := asked(t, "generic/led-rs485-text", false)
	enginetest.WaitFor(t, "the answer", func() bool { return sink.Last().State == device.Online })
	strip, ok := d.(device.Strip)
	if !ok {
		t.Fatalf("engine made a %T", d)
	}
	long := ""
	for range 40 {
		long += "号"
	}
	for _, tt := range []struct{ text, want string }{
		{"请A012号到3号窗口", "请A012号到3号窗口"},
		{"", ""},
		{"请𠮷先生\n到3号窗口", "请〓先生?到3号窗口"},
		{"a" + long, "a" + long[:31*len("号")]},
	} {
		if err := strip.Show(t.Context(), tt.text); err != nil {
			t.Fatalf("%q: %v", tt.text, err)
		}
		other.mu.Lock()
		got := other.said[profile.InputText]
		other.mu.Unlock()
		if got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.text, got, tt.want)
		}
	}
	other.setDeaf(true)
	if err := strip.Show(t.Context(), "A1"); err == nil {
		t.Error("a strip that doesn't confirm shows it")
	}
}
