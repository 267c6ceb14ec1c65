package kiosk_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
	"smarthall/kiosk-agent/kiosk"
)

// Speeds of the lines in the benchmark, those that the generic profiles name
// first.
const (
	readerBaud  = 115200
	printerBaud = 19200
	// cardBytes pass over the reader's line from the question that finds a card
	// to its last byte: find, select and read with their answers.
	cardBytes = 10 + 15 + 10 + 19 + 10 + 1295
)

// lineTime is how long n bytes take at a speed, ten bits a byte.
func lineTime(n, baud int) time.Duration {
	return time.Duration(n) * 10 * time.Second / time.Duration(baud)
}

// slowLine is a serial line's pace between two TCP ends.
type slowLine struct {
	address string
	baud    int

	mu    sync.Mutex
	mark  []byte    // looked for in what goes to the device
	seen  time.Time // when mark's last byte arrived there
	bytes int       // both ways, from watch to mark
}

func newSlowLine(b *testing.B, port string, baud int) *slowLine {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &slowLine{address: "tcp://" + l.Addr().String(), baud: baud}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			host, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(host, strings.TrimPrefix(port, "tcp://")) })
		}
	})
	b.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return s
}

func (s *slowLine) serve(host net.Conn, port string) {
	defer func() { _ = host.Close() }()
	dev, err := net.Dial("tcp", port)
	if err != nil {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.pass(host, dev, false) })
	s.pass(dev, host, true)
	_ = dev.Close()
	wg.Wait()
}

// pass moves bytes at the line's speed, a few at a time.
func (s *slowLine) pass(to, from net.Conn, down bool) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 32)
	var tail []byte
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		time.Sleep(lineTime(n, s.baud))
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
		s.mu.Lock()
		if s.mark != nil && s.seen.IsZero() {
			s.bytes += n
			if tail = append(tail, buf[:n]...); down && bytes.Contains(tail, s.mark) {
				s.seen = time.Now()
			}
			tail = tail[max(0, len(tail)-len(s.mark)):]
		}
		s.mu.Unlock()
	}
}

// watch looks for mark from now on.
func (s *slowLine) watch(mark []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark, s.seen, s.bytes = mark, time.Time{}, 0
}

// found is when the mark arrived, and after how many bytes both ways.
func (s *slowLine) found() (time.Time, int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen, s.bytes, !s.seen.IsZero()
}

// BenchmarkCardToFirstByte is the whole way of a visitor who touches the screen
// at once: card laid, read, shown to the page, ticket taken at a real hall,
// paper ordered, first byte at the printer. Its lines are as slow as serial
// lines; line-ms is what the same bytes take on them when nobody thinks, and
// x-line the ratio. Waiting for the reader's poll is part of card-ms.
func BenchmarkCardToFirstByte(b *testing.B) {
	hall := testkit.Hall(b)
	reader, printer := simulated(b, "reader", "generic/sam-v-serial"), simulated(b, "printer", "generic/escpos-80")
	cardLine, paperLine := newSlowLine(b, reader.Port(), readerBaud), newSlowLine(b, printer.Port(), printerBaud)
	log := slog.New(slog.DiscardHandler)
	open, err := all.Opener(log)
	if err != nil {
		b.Fatal(err)
	}
	k, err := kiosk.New(kiosk.Options{Open: open, Pages: fstest.MapFS{}, Log: log, Config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(hall.URL, "http") + "/link", Token: hall.Token("kiosk", "", "kiosk-1"),
		Listen: "127.0.0.1:0", Data: b.TempDir(), Idle: time.Minute,
		Devices: []device.Config{
			{ID: "printer", Profile: "generic/escpos-80", Port: paperLine.address},
			{ID: "reader", Profile: "generic/sam-v-serial", Port: cardLine.address},
		},
	}})
	if err != nil {
		b.Fatal(err)
	}
	agenttest.Start(b, k, k.Agent().Ready())
	agenttest.WaitFor(b, "link and devices are up", func() bool {
		for _, d := range k.Agent().Devices.All() {
			if d.State() != device.Online {
				return false
			}
		}
		_, known := k.Agent().Hall()
		return known && k.Agent().Client.Online()
	})
	page, _ := agenttest.Open(b, k.Agent().Addr())
	var card, ticket, line time.Duration
	n := 0
	for b.Loop() {
		n++
		began := time.Now()
		if err := reader.Lay(device.Identity{
			Kind: device.Citizen, Name: "王样例", Sex: "女", Nation: "汉", Number: fmt.Sprintf("11000019880517%04d", n),
			Birth: time.Date(1988, 5, 17, 0, 0, 0, 0, time.UTC),
		}); err != nil {
			b.Fatal(err)
		}
		var read link.CardRead
		page.Next(link.TypeCardRead, &read)
		touched := time.Now()
		paperLine.watch([]byte{0x1B, 0x40}) // the first command of a ticket
		id := fmt.Sprintf("take-%d", n)
		page.Send(link.TypeTicketTake, id, link.TakeForSession{Service: "tax", Session: read.Session})
		if m := page.Answer(id, nil); m.Type == link.TypeError {
			b.Fatalf("got %s", m.Body)
		}
		agenttest.WaitFor(b, "the first byte", func() bool { _, _, ok := paperLine.found(); return ok })
		first, sent, _ := paperLine.found()
		card += touched.Sub(began)
		ticket += first.Sub(touched)
		line += lineTime(cardBytes, readerBaud) + lineTime(sent, printerBaud)

		page.Next(link.TypePrintDone, nil)
		if err := reader.Lift(); err != nil {
			b.Fatal(err)
		}
		page.Next(link.TypeCardRemoved, nil)
	}
	mean := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n) }
	b.ReportMetric(mean(card), "card-ms")
	b.ReportMetric(mean(ticket), "ticket-ms")
	b.ReportMetric(mean(card+ticket), "total-ms")
	b.ReportMetric(mean(line), "line-ms")
	b.ReportMetric(float64(card+ticket)/float64(line), "x-line")
}
