package simulator_test

import (
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const readerID = "generic/sam-v-serial"

// cards are the identities read so far.
func cards(s *sink) []device.Identity {
	var out []device.Identity
	for _, e := range s.all() {
		if c, ok := e.(device.CardPresent); ok {
			out = append(out, c.Identity)
		}
	}
	return out
}

// count counts the events of a type.
func count[E any](s *sink) int {
	n := 0
	for _, e := range s.all() {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

// sure waits a little and checks that nothing changes that must not.
func sure(t *testing.T, what string, still func() bool) {
	t.Helper()
	until := time.Now().Add(time.Second)
	for time.Now().Before(until) {
		if !still() {
			t.Fatalf("%s changed", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestEveryCardKindIsReadOnce(t *testing.T) {
	t.Parallel()
	kinds := []device.IdentityKind{device.Citizen, device.ResidentPermit, device.Foreigner2017, device.Foreigner2023}
	for _, transport := range transports {
		for _, once := range []bool{false, true} {
			name := transport + " answers as long as the card lies"
			if once {
				name = transport + " reads once"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				sim := start(t, readerID, transport, func(c *simulator.Config) { c.ReadOnce = once })
				s := run(t, open(t, sim))
				waitState(t, s, device.Online)
				for i, kind := range kinds {
					want, err := sim.LayKind(kind, simulator.Person{})
					must(t, err)
					waitFor(t, "card "+string(kind), func() bool { return len(cards(s)) > i })
					got := cards(s)[i]
					if got.Kind != kind || got.Name != want.Name || got.Number != want.Number || !got.Birth.Equal(want.Birth) || got.LatinName != want.LatinName {
						t.Errorf("%s: read a different identity than was laid", kind)
					}
					if len(got.Photo) != 1024 {
						t.Errorf("%s: photo of %d bytes", kind, len(got.Photo))
					}
					must(t, sim.Lift())
					waitFor(t, "lift", func() bool { return count[device.CardRemoved](s) > i })
				}
			})
		}
	}
}

func TestCardThatStaysIsNotReadAgain(t *testing.T) {
	t.Parallel()
	sim := start(t, readerID, "pty")
	s := run(t, open(t, sim))
	_, err := sim.LayKind(device.Citizen, simulator.Person{})
	must(t, err)
	waitFor(t, "card", func() bool { return len(cards(s)) == 1 })
	sure(t, "the card", func() bool { return len(cards(s)) == 1 && count[device.CardRemoved](s) == 0 })
}

func TestCardLiftedDuringReadFails(t *testing.T) {
	t.Parallel()
	sim := start(t, readerID, "tcp")
	s := run(t, open(t, sim))
	waitState(t, s, device.Online)
	must(t, sim.LiftDuringRead(400))
	must(t, sim.Lay(identity()))
	waitFor(t, "failure", func() bool { return count[device.CardFailed](s) == 1 })
	if n := len(cards(s)); n != 0 {
		t.Errorf("%d cards were read", n)
	}
	// A reader whose answer came too late is opened anew, and knows of no card.
	waitFor(t, "lift", func() bool { return count[device.CardRemoved](s) == 1 || s.had(device.Offline) })
	must(t, sim.Lay(identity()))
	waitFor(t, "card", func() bool { return len(cards(s)) == 1 })
}

func identity() device.Identity {
	return device.Identity{
		Kind: device.Citizen, Name: "王样例", Sex: "女", Nation: "汉", Number: "110000198805170008",
		Birth: time.Date(1988, 5, 17, 0, 0, 0, 0, time.UTC), Address: "示例省样本市测试路1号",
	}
}

func TestDisturbedReaderReadsAllTheSame(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, readerID, transport, func(c *simulator.Config) { c.Split = true })
			s := run(t, open(t, sim))
			waitState(t, s, device.Online)
			must(t, sim.Garbage())
			waitFor(t, "answer after noise", func() bool { return len(sim.Snapshot().Conditions) == 0 })
			must(t, sim.WrongChecksum())
			waitFor(t, "wrong checksum", func() bool { return len(sim.Snapshot().Conditions) == 0 })
			must(t, sim.Lay(identity()))
			waitFor(t, "card", func() bool { return len(cards(s)) == 1 })
		})
	}
}

func TestReaderFaultsAreReported(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code samv.Status
		want device.State
	}{
		{samv.SelfTestFailed, device.Fault},
		{samv.SAMNotAuthorised, device.Unauthorised},
	}
	for _, tt := range tests {
		t.Run(string(tt.want), func(t *testing.T) {
			t.Parallel()
			sim := start(t, readerID, "tcp")
			s := run(t, open(t, sim))
			waitState(t, s, device.Online)
			must(t, sim.ModuleFault(tt.code))
			waitState(t, s, tt.want)
			must(t, sim.ModuleFault(0))
			waitState(t, s, device.Online)
		})
	}
}

func TestReaderComesBackAfterReplug(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, readerID, transport)
			s := run(t, open(t, sim))
			waitState(t, s, device.Online)
			sim.Unplug()
			waitState(t, s, device.Offline)
			must(t, sim.Plug())
			waitState(t, s, device.Online)
			must(t, sim.Lay(identity()))
			waitFor(t, "card", func() bool { return len(cards(s)) == 1 })
		})
	}
}
