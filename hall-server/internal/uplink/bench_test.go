package uplink_test

import (
	"fmt"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// BenchmarkUp measures how long it takes from a ticket's taking until the
// platform has heard of it, one at a time.
func BenchmarkUp(b *testing.B) {
	p := newPlatform(b)
	f := newFixture(b, p)
	eventually(b, "the link", func() bool { return len(p.all("hall.described")) == 1 })
	n := 0
	for b.Loop() {
		f.do(queue.TakeTicket{ID: queue.TicketID(fmt.Sprint("t", n)), Service: "tax", Channel: "staff"})
		n++
		for len(p.all("ticket.taken")) < n {
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// BenchmarkUpMany measures how fast a hall catches up: events that wait in its
// log, as after a long time without a disk to write to.
func BenchmarkUpMany(b *testing.B) {
	p := newPlatform(b)
	f := newFixture(b, nil)
	f.stop()
	f.alone, f.address = true, "nats-leaf://east:token@"+p.addr
	f.start()
	for n := range b.N {
		f.do(queue.TakeTicket{ID: queue.TicketID(fmt.Sprint("t", n)), Service: "tax", Channel: "staff"})
	}
	f.stop()
	f.alone = false
	b.ResetTimer()
	f.start()
	eventually(b, "all tickets", func() bool { return len(p.all("ticket.taken")) == b.N })
}

// BenchmarkDown measures how fast appointments of the platform come into the
// queue.
func BenchmarkDown(b *testing.B) {
	p := newPlatform(b)
	f := newFixture(b, p)
	for n := range b.N {
		id := fmt.Sprint("a", n)
		p.say(id, "appointment.booked", id, booking(id, time.Hour))
	}
	b.ResetTimer()
	eventually(b, "all bookings", func() bool { _, ok := f.appointment(fmt.Sprint("a", b.N-1)); return ok })
}
