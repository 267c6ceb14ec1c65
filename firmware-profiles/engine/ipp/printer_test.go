package ipp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/ipp"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var onePage = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

// printer is the engine's device for a port, with short waits.
func printer(t *testing.T, port string) *ipp.Printer {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	shipped, _ := cat.Get("generic/ipp-a4")
	p := *shipped
	p.Timing.Status, p.Status.Poll = profile.Duration(time.Second), profile.Duration(50*time.Millisecond)
	d, err := ipp.New(&p, device.Config{ID: "printer", Port: port}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	pr, ok := d.(*ipp.Printer)
	if !ok {
		t.Fatalf("engine made a %T", d)
	}
	return pr
}

// fake is a printer that answers as the test says.
func fake(t *testing.T, answer func(m ipp.Message, document []byte) (ipp.Message, bool)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the engine was stopped while it asked
		}
		m, doc, err := ipp.Parse(body)
		if err != nil {
			t.Errorf("the engine sent % X: %v", body, err)
			return
		}
		out, ok := answer(m, doc)
		if !ok {
			panic(http.ErrAbortHandler) // hangs up in the middle
		}
		out.ID = m.ID
		b, err := out.Append(nil)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(b)
	}))
	t.Cleanup(s.Close)
	return "ipp" + strings.TrimPrefix(s.URL, "http") + "/ipp/print"
}

// idle is the answer of a printer that is well, with these operations.
func idle(operations ...int) ipp.Message {
	return ipp.Message{Version: ipp.Version2, Groups: []ipp.Group{{Tag: ipp.TagPrinter, Attributes: []ipp.Attribute{
		ipp.Number(ipp.TagEnum, "printer-state", ipp.PrinterIdle), ipp.Number(ipp.TagEnum, "operations-supported", operations...),
	}}}}
}

// job is an answer about job 1.
func job(state int) ipp.Message {
	return ipp.Message{Version: ipp.Version2, Groups: []ipp.Group{{Tag: ipp.TagJob, Attributes: []ipp.Attribute{
		ipp.Number(ipp.TagInteger, "job-id", 1), ipp.Number(ipp.TagEnum, "job-state", state),
	}}}}
}

func online(t *testing.T, p *ipp.Printer) *enginetest.Sink {
	t.Helper()
	sink := &enginetest.Sink{}
	enginetest.Start(t, p, sink)
	enginetest.WaitFor(t, "printer", func() bool { return sink.Last().State != "" })
	return sink
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestDocumentWithoutItsAnswerIsNeverSentAgain(t *testing.T) {
	var sent atomic.Int32
	p := printer(t, fake(t, func(m ipp.Message, _ []byte) (ipp.Message, bool) {
		if m.Code == ipp.OpPrintJob {
			sent.Add(1)
			return ipp.Message{}, false
		}
		return idle(), true
	}))
	online(t, p)
	if err := p.PrintPDF(within(t, 5*time.Second), device.PageJob{PDF: onePage}); !errors.Is(err, device.ErrTimeout) || !errors.Is(err, device.ErrPartly) {
		t.Errorf("error %v", err)
	}
	if sent.Load() != 1 {
		t.Errorf("sent %d times", sent.Load())
	}
}

func TestPrinterWithoutPrintJobGetsTheDocumentAfterwards(t *testing.T) {
	var got atomic.Value
	p := printer(t, fake(t, func(m ipp.Message, doc []byte) (ipp.Message, bool) {
		switch m.Code {
		case ipp.OpGetPrinterAttributes:
			return idle(ipp.OpCreateJob, ipp.OpSendDocument, ipp.OpGetJobAttributes), true
		case ipp.OpSendDocument:
			got.Store(string(doc))
			return job(ipp.JobProcessing), true
		case ipp.OpGetJobAttributes:
			return job(ipp.JobCompleted), true
		default:
			return job(ipp.JobHeld), true
		}
	}))
	online(t, p)
	if err := p.PrintPDF(within(t, 5*time.Second), device.PageJob{PDF: onePage}); err != nil {
		t.Fatal(err)
	}
	if got.Load() != string(onePage) {
		t.Errorf("document is %q", got.Load())
	}
}

func TestPrinterThatForgetsAJobHasPrintedIt(t *testing.T) {
	p := printer(t, fake(t, func(m ipp.Message, _ []byte) (ipp.Message, bool) {
		switch m.Code {
		case ipp.OpPrintJob:
			return job(ipp.JobPending), true
		case ipp.OpGetJobAttributes:
			return ipp.Message{Version: ipp.Version2, Code: ipp.StatusNotFound}, true
		default:
			return idle(), true
		}
	}))
	online(t, p)
	if err := p.PrintPDF(within(t, 5*time.Second), device.PageJob{PDF: onePage}); err != nil {
		t.Error(err)
	}
}

func TestJobThatThePrinterGivesUpIsAFault(t *testing.T) {
	p := printer(t, fake(t, func(m ipp.Message, _ []byte) (ipp.Message, bool) {
		switch m.Code {
		case ipp.OpPrintJob:
			return job(ipp.JobPending), true
		case ipp.OpGetJobAttributes:
			return job(ipp.JobAborted), true
		default:
			return idle(), true
		}
	}))
	online(t, p)
	if err := p.PrintPDF(within(t, 5*time.Second), device.PageJob{PDF: onePage}); !errors.Is(err, device.ErrFault) {
		t.Errorf("error %v", err)
	}
}

func TestOldPrinterIsAskedInItsVersion(t *testing.T) {
	p := printer(t, fake(t, func(m ipp.Message, _ []byte) (ipp.Message, bool) {
		if m.Version != 0x0101 {
			return ipp.Message{Version: 0x0101, Code: ipp.StatusVersion}, true
		}
		switch m.Code {
		case ipp.OpPrintJob, ipp.OpGetJobAttributes:
			return job(ipp.JobCompleted), true
		default:
			return idle(), true
		}
	}))
	sink := online(t, p)
	if err := p.PrintPDF(within(t, 5*time.Second), device.PageJob{PDF: onePage}); err != nil || sink.Last().State != device.Online {
		t.Errorf("%v, %v", sink.Last(), err)
	}
}

func TestRefusalsBecomeStatesThatSayWhatToDo(t *testing.T) {
	for code, want := range map[uint16]device.State{ipp.StatusForbidden: device.Unauthorised, ipp.StatusNotFound: device.Fault} {
		p := printer(t, fake(t, func(ipp.Message, []byte) (ipp.Message, bool) {
			return ipp.Message{Version: ipp.Version2, Code: code}, true
		}))
		if got := online(t, p).Last(); got.State != want || got.Detail == "" {
			t.Errorf("status %04x: %+v", code, got)
		}
	}
}

// What isn't IPP ends Run with an error, and nothing hangs.
func TestAnswersThatAreNoneAreErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		want   error
	}{
		"web page":       {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", device.ErrFrame},
		"moved":          {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", device.ErrFrame},
		"no IPP":         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", device.ErrFrame},
		"cut short":      {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n\x02\x00", device.ErrTimeout},
		"no HTTP":        {"\x02\x00\x00\x00garbage\n", device.ErrTimeout},
		"other's answer": {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x02\x00\x00\x00\x00\x00\x00\x63\x03", device.ErrFrame},
		"endless":        {"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 2<<20), device.ErrFrame},
		"silence":        {"", device.ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			address, conns := enginetest.Listen(t)
			p := printer(t, address)
			ended := make(chan error, 1)
			go func() { ended <- p.Run(within(t, 8*time.Second), &enginetest.Sink{}) }()
			conn := <-conns
			// The whole question is read: closing a connection with bytes
			// unread resets it, and what was answered is lost.
			if question, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, question.Body)
			}
			_, _ = io.WriteString(conn, tt.answer) // an engine that has heard enough hangs up
			if tt.answer != "" {
				_ = conn.Close()
			}
			if err := <-ended; !errors.Is(err, tt.want) {
				t.Errorf("Run ends with %v, want %v", err, tt.want)
			}
		})
	}
}

func TestPrinterThatIsAwayIsOffline(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "ipp://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p := printer(t, address)
	if err := p.Run(within(t, 5*time.Second), &enginetest.Sink{}); !errors.Is(err, device.ErrOffline) {
		t.Errorf("Run ends with %v", err)
	}
	if err := p.PrintPDF(within(t, time.Second), device.PageJob{PDF: onePage}); !errors.Is(err, device.ErrOffline) || errors.Is(err, device.ErrPartly) {
		t.Errorf("PrintPDF ends with %v", err)
	}
}

// TestPrintsOnTheIPPEverywherePrinterOfCUPS talks to an independent printer.
func TestPrintsOnTheIPPEverywherePrinterOfCUPS(t *testing.T) {
	program, err := exec.LookPath("ippeveprinter")
	if err != nil {
		t.Skip("ippeveprinter isn't installed (Debian: cups-ipp-utils)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	spool := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, "-k", "-r", "off", "-n", "localhost", "-p", strconv.Itoa(port), "-d", spool, "-f", "application/pdf", "hall")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	said := &strings.Builder{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed
	t.Cleanup(func() { cancel(); <-ended })

	sink := &enginetest.Sink{}
	p := printer(t, "ipp://localhost:"+strconv.Itoa(port)+"/ipp/print")
	for deadline := time.Now().Add(time.Minute); sink.Last().State != device.Online; {
		select {
		case <-ended:
			t.Skipf("ippeveprinter can't run here: %s", said)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the printer isn't online: %+v", sink.Last())
		}
		_ = p.Run(within(t, 300*time.Millisecond), sink) // until it is up
	}
	enginetest.Start(t, p, sink)
	enginetest.WaitFor(t, "running printer", func() bool {
		err := p.PrintPDF(within(t, 20*time.Second), device.PageJob{Title: "办事指南", PDF: onePage, Copies: 2, TwoSided: true})
		if err != nil && !errors.Is(err, device.ErrOffline) {
			t.Fatal(err)
		}
		return err == nil
	})
	files, err := filepath.Glob(filepath.Join(spool, "*.pdf"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files in the spool: %q, %v", files, err)
	}
	for _, f := range files {
		if got, err := os.ReadFile(f); err != nil || string(got) != string(onePage) {
			t.Errorf("%s holds %d bytes, %v", f, len(got), err)
		}
	}
}
