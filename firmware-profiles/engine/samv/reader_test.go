package samv_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/samv"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick is the shipped profile with little patience.
func quick(t *testing.T) *profile.Profile {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	shipped, ok := cat.Get("generic/sam-v-serial")
	if !ok {
		t.Fatal("the profile is not shipped")
	}
	p := *shipped
	ms := func(n int) profile.Duration { return profile.Duration(time.Duration(n) * time.Millisecond) }
	p.Timing = profile.Timing{Find: ms(60), Select: ms(60), Read: ms(200), Status: ms(60), Poll: ms(4), Hold: ms(150)}
	return &p
}

func newReader(t *testing.T, p *profile.Profile, address string) device.Device {
	t.Helper()
	d, err := samv.New(p, device.Config{ID: "reader", Profile: p.ID, Port: address}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// start runs the driver against a module over TCP.
func start(t *testing.T, p *profile.Profile, m *module) (*enginetest.Sink, func() error) {
	t.Helper()
	address, conns := enginetest.Listen(t)
	served := make(chan struct{})
	t.Cleanup(func() { <-served }) // runs after the driver was stopped
	sink := &enginetest.Sink{}
	stop := enginetest.Start(t, newReader(t, p, address), sink)
	conn := <-conns
	go func() { defer close(served); m.serve(conn) }()
	return sink, stop
}

// story is what the events so far tell.
func story(sink *enginetest.Sink) []string {
	var out []string
	for _, e := range sink.Events() {
		switch e := e.(type) {
		case device.CardPresent:
			out = append(out, "present "+e.Identity.Name)
		case device.CardRemoved:
			out = append(out, "removed")
		case device.CardFailed:
			out = append(out, "failed")
		default:
			out = append(out, fmt.Sprintf("%T", e))
		}
	}
	return out
}

func waitStory(t *testing.T, sink *enginetest.Sink, want ...string) {
	t.Helper()
	enginetest.WaitFor(t, strings.Join(want, ", "), func() bool { return len(story(sink)) >= len(want) })
	if diff := cmp.Diff(want, story(sink)); diff != "" {
		t.Fatal(diff)
	}
}

// waitPolls lets the driver ask n more questions of a kind.
func waitPolls(t *testing.T, m *module, req samv.Request, n int) {
	t.Helper()
	from := m.count(req)
	enginetest.WaitFor(t, "polls", func() bool { return m.count(req) >= from+n })
}

// A card that stays is read once and its lift is seen, whatever the module
// answers to "find" meanwhile.
func TestACardIsReadOnceUntilItIsLifted(t *testing.T) {
	tests := []struct {
		name      string
		readsOnce bool
		address   addressAnswer
		watch     samv.Request // what the driver asks while the card lies
	}{
		{"80 after a read, knows 30 03", true, knowsAddress, samv.ReadAddress},
		{"9F after a read, knows 30 03", false, knowsAddress, samv.ReadAddress},
		{"9F after a read, refuses 30 03", false, refusesAddress, samv.FindCard},
		{"9F after a read, silent on 30 03", false, silentOnAddress, samv.FindCard},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &module{readsOnce: tt.readsOnce, address: tt.address}
			sink, stop := start(t, quick(t), m)
			waitPolls(t, m, samv.FindCard, 2)
			m.lay(cards()[device.Citizen])
			waitStory(t, sink, "present 测试甲")
			waitPolls(t, m, tt.watch, 30)
			waitStory(t, sink, "present 测试甲")
			m.lift()
			waitStory(t, sink, "present 测试甲", "removed")
			asked := m.count(samv.ReadAddress)
			m.lay(cards()[device.Foreigner2017])
			waitStory(t, sink, "present 测试甲", "removed", "present 测试丙")
			if tt.address == silentOnAddress && m.count(samv.ReadAddress) > asked {
				t.Error("a module that stayed silent is asked again")
			}
			if err := stop(); err == nil {
				t.Error("a stopped driver must tell why")
			}
			waitStory(t, sink, "present 测试甲", "removed", "present 测试丙", "removed")
		})
	}
}

func TestTheAddressAddedToACardComesWithIt(t *testing.T) {
	m := &module{}
	sink, _ := start(t, quick(t), m)
	card := cards()[device.Citizen]
	card.NewAddress = "浙江省杭州市上城区样例新村 3 幢 𠮷号"
	m.lay(card)
	waitStory(t, sink, "present 测试甲")
	if got := sink.Events()[0].(device.CardPresent).Identity.NewAddress; got != card.NewAddress {
		t.Errorf("got %q, want %q", got, card.NewAddress)
	}
}

func TestAnAddressThatCantBeReadIsNoFaultOfTheCard(t *testing.T) {
	for _, data := range [][]byte{nil, make([]byte, 69), make([]byte, 71), make([]byte, 300)} {
		if got, err := samv.ParseAddress(data); err == nil {
			t.Errorf("%d bytes are %q, want an error", len(data), got)
		}
	}
	if got, err := samv.ParseAddress(make([]byte, 70)); got != "" || err != nil {
		t.Errorf("an empty one: %q, %v", got, err)
	}
}

// Where the lift can't be seen the card counts as gone after the hold time or
// when the next one is found, and the one that stays is not read again.
func TestALiftThatCantBeSeen(t *testing.T) {
	m := &module{readsOnce: true, address: refusesAddress}
	p := quick(t)
	sink, _ := start(t, p, m)
	m.lay(cards()[device.Citizen])
	waitStory(t, sink, "present 测试甲", "removed")
	waitPolls(t, m, samv.FindCard, 20)
	waitStory(t, sink, "present 测试甲", "removed")
	if n := m.count(samv.ReadCard); n != 1 {
		t.Errorf("the card was read %d times", n)
	}

	slow := *p
	slow.Timing.Hold = profile.Duration(time.Hour)
	m = &module{readsOnce: true, address: refusesAddress}
	sink, _ = start(t, &slow, m)
	m.lay(cards()[device.Citizen])
	waitStory(t, sink, "present 测试甲")
	waitPolls(t, m, samv.FindCard, 3)
	m.lift()
	m.lay(cards()[device.Foreigner2017])
	waitStory(t, sink, "present 测试甲", "removed", "present 测试丙")
}

func TestTheQuirkForbids3003(t *testing.T) {
	p := quick(t)
	p.Quirks = []profile.Quirk{profile.QuirkNoAppRead}
	m := &module{}
	sink, _ := start(t, p, m)
	m.lay(cards()[device.Citizen])
	waitStory(t, sink, "present 测试甲")
	m.lift()
	waitStory(t, sink, "present 测试甲", "removed")
	if n := m.count(samv.ReadAddress); n != 0 {
		t.Errorf("30 03 was sent %d times", n)
	}
}

// A card that can't be read is reported once and must be lifted.
func TestACardThatCantBeRead(t *testing.T) {
	broken := func(at int) func([]byte) []byte {
		return func(b []byte) []byte {
			if len(b) > 1000 {
				b[at] ^= 1
			}
			return b
		}
	}
	tests := []struct {
		name   string
		change func(m *module)
		cause  error
	}{
		{"module says 41", func(m *module) { m.readSays = samv.ReadFailed }, nil},
		{"module says 31", func(m *module) { m.readSays = samv.CardRefusesSAM }, nil},
		{"wrong checksum", func(m *module) { m.mangle = broken(100) }, device.ErrChecksum},
		{"length lies", func(m *module) { m.mangle = broken(5) }, device.ErrChecksum},
		{"length beyond the cap", func(m *module) {
			m.mangle = func(b []byte) []byte {
				if len(b) > 1000 {
					b[5] = 0xFF
				}
				return b
			}
		}, device.ErrFrame},
		{"unknown layout", func(m *module) { m.card.Kind = "?" }, nil},
		{"lifted in the middle of the answer", func(m *module) {
			m.mangle = func(b []byte) []byte { return b[:min(len(b), 700)] }
		}, device.ErrTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &module{}
			m.lay(cards()[device.Citizen])
			if tt.name == "unknown layout" {
				tt.change = func(m *module) {
					m.mangle = func(b []byte) []byte {
						if len(b) < 1000 {
							return b
						}
						data := append([]byte(nil), b[10:len(b)-1]...)
						data[4+248] = 'Z'
						return samv.Response(samv.OK, data)
					}
				}
			}
			m.change(tt.change)
			sink, _ := start(t, quick(t), m)
			waitStory(t, sink, "failed")
			cause := sink.Events()[0].(device.CardFailed).Cause
			if tt.cause != nil && !errors.Is(cause, tt.cause) {
				t.Errorf("got %v, want %v", cause, tt.cause)
			}
			waitPolls(t, m, samv.FindCard, 10)
			waitStory(t, sink, "failed")
			if s := sink.Last(); s.State != device.Online {
				t.Errorf("the reader is %v, but only the card is bad", s)
			}
			m.lift()
			waitStory(t, sink, "failed", "removed")
			m.change(func(m *module) { m.mangle, m.readSays = nil, 0 })
			m.lay(cards()[device.ResidentPermit])
			waitStory(t, sink, "failed", "removed", "present 测试乙")
		})
	}
}

func TestABrokenModuleIsReportedUntilItIsWell(t *testing.T) {
	for sw3, want := range map[samv.Status]device.State{samv.SelfTestFailed: device.Fault, samv.SAMNotAuthorised: device.Unauthorised} {
		t.Run(string(want), func(t *testing.T) {
			m := &module{fault: sw3}
			sink, _ := start(t, quick(t), m)
			enginetest.WaitFor(t, "the fault", func() bool { return sink.Last().State == want })
			if detail := sink.Last().Detail; !strings.Contains(detail, fmt.Sprintf("%02X", byte(sw3))) {
				t.Errorf("detail: got %q", detail)
			}
			waitPolls(t, m, samv.ReadStatus, 3)
			if n := len(sink.States()); n != 1 {
				t.Errorf("reported %d times", n)
			}
			m.change(func(m *module) { m.fault = 0 })
			enginetest.WaitFor(t, "recovery", func() bool { return sink.Last().State == device.Online })
			m.change(func(m *module) { m.fault = sw3 })
			enginetest.WaitFor(t, "the fault again", func() bool { return sink.Last().State == want })
		})
	}
}

func TestGarbageAroundAnswersDoesntMatter(t *testing.T) {
	m := &module{mangle: func(b []byte) []byte {
		return append(append([]byte{0x00, 0xAA, 0xAA, 0x96, 0x69, 0xFF}, b...), 0xAA, 0x13)
	}}
	sink, _ := start(t, quick(t), m)
	m.lay(cards()[device.Foreigner2023])
	waitStory(t, sink, "present SAMPLE, PERSON WITH A VERY LONG NAME, INDEED")
}

func TestASilentReaderIsGivenUp(t *testing.T) {
	m := &module{}
	address, conns := enginetest.Listen(t)
	sink := &enginetest.Sink{}
	ended := make(chan error, 1)
	d := newReader(t, quick(t), address)
	go func() { ended <- d.Run(t.Context(), sink) }()
	served := make(chan struct{})
	conn := <-conns
	go func() { defer close(served); m.serve(conn) }()
	waitPolls(t, m, samv.FindCard, 2)
	m.change(func(m *module) { m.mangle = func([]byte) []byte { return nil } })
	if err := <-ended; !errors.Is(err, device.ErrTimeout) || !device.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
	<-served
	if s := sink.States(); len(s) != 1 || s[0].State != device.Online {
		t.Errorf("states: got %v, the cause is the runtime's to report", s)
	}
}

func TestNoReaderAtAll(t *testing.T) {
	address, conns := enginetest.Listen(t)
	p := quick(t)
	d := newReader(t, p, address)
	sink := &enginetest.Sink{}
	err := d.Run(t.Context(), sink)
	if !errors.Is(err, device.ErrTimeout) || device.StateOf(err) != device.Offline || !device.IsTemporary(err) {
		t.Errorf("got %v", err)
	}
	<-conns
	err = newReader(t, p, "/nowhere/ttyUSB0").Run(t.Context(), sink)
	if !errors.Is(err, device.ErrOffline) {
		t.Errorf("no port: got %v", err)
	}
	if len(sink.States())+len(sink.Events()) != 0 {
		t.Errorf("said %v %v", sink.States(), sink.Events())
	}
}

// Over a serial line, byte by byte, and unplugged while a card lies there.
func TestASerialReaderIsUnplugged(t *testing.T) {
	dev, path := enginetest.PTY(t)
	m := &module{}
	m.lay(cards()[device.Citizen])
	sink := &enginetest.Sink{}
	ended := make(chan error, 1)
	d := newReader(t, quick(t), path)
	go func() { ended <- d.Run(t.Context(), sink) }()
	served := make(chan struct{})
	go func() { defer close(served); m.serve(byteByByte{dev}) }()
	waitStory(t, sink, "present 测试甲")
	waitPolls(t, m, samv.ReadAddress, 2)
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	<-served
	if err := <-ended; !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
	waitStory(t, sink, "present 测试甲", "removed")
}

// The reader's speed is found among those of the profile.
func TestTheSpeedIsFound(t *testing.T) {
	dev, path := enginetest.PTY(t)
	m := &module{}
	first := true
	m.mangle = func(b []byte) []byte {
		if first { // as if the first speed were wrong
			first = false
			return []byte{0xF8, 0x00}
		}
		return b
	}
	sink := &enginetest.Sink{}
	stop := enginetest.Start(t, newReader(t, quick(t), path), sink)
	served := make(chan struct{})
	go func() { defer close(served); m.serve(dev) }()
	enginetest.WaitFor(t, "online", func() bool { return sink.Last().State == device.Online })
	_ = stop() // context.Canceled
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	<-served
}

// Neither states nor errors tell who a card belongs to.
func TestNothingTellsWhoTheHolderIs(t *testing.T) {
	m := &module{}
	sink, stop := start(t, quick(t), m)
	m.lay(cards()[device.Citizen])
	waitStory(t, sink, "present 测试甲")
	said := fmt.Sprint(sink.States(), stop(), sink.Events()[0].(device.CardPresent).Identity)
	for _, secret := range []string{"测试甲", "11010519491231002X", "样例"} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is in %s", secret, said)
		}
	}
}
