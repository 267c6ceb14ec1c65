package httpd_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// openPage is a phone whose page stays open: one connection, asked again and
// again.
type openPage struct {
	conn net.Conn
	ask  []byte
}

// BenchmarkOpenPages has 5,000 phones look at their tickets, all waiting in
// one hall. ns/op is the time of one look, of which a page near its turn makes
// one in 3 s and others one in 5 to 12 s; B/page is the memory of a page's
// connection, both ends in this process.
func BenchmarkOpenPages(b *testing.B) {
	const pages = 5000
	hall := testkit.Hall(b)
	token := hall.Token("kiosk", "", "kiosk-1")
	services := openServices(b, hall, token)
	ids := make([]string, pages)
	for i := range ids {
		var t link.TicketView
		hall.Must(http.StatusCreated, testkit.Request{
			Method: "POST", Path: api + "/tickets", Token: token,
			Body: map[string]any{"service": services[i%len(services)], "channel": "mobile"},
		}, &t)
		ids[i] = t.ID
	}
	hall.Client().CloseIdleConnections()
	before := memory()
	phones := make([]openPage, pages)
	for i, id := range ids {
		phones[i] = open(b, hall.URL, id)
	}
	var buf [8 << 10]byte
	look := func(p openPage) {
		if _, err := p.conn.Write(p.ask); err != nil {
			b.Fatal(err)
		}
		if n, err := p.conn.Read(buf[:]); err != nil || !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 304") {
			b.Fatalf("%v %s", err, buf[:n])
		}
	}
	for _, p := range phones {
		look(p)
	}
	perPage := float64(memory()-before) / pages
	for i := 0; b.Loop(); i++ {
		look(phones[i%pages])
	}
	b.ReportMetric(perPage, "B/page")
	for _, p := range phones {
		_ = p.conn.Close()
	}
}

// openServices are the services that give tickets, by id.
func openServices(b *testing.B, hall *testkit.Running, token string) (ids []string) {
	b.Helper()
	var list struct{ Services []link.ServiceView }
	hall.Must(http.StatusOK, testkit.Request{Method: "GET", Path: api + "/services", Token: token}, &list)
	for _, s := range list.Services {
		if s.Available {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// open asks once without a version, to learn it.
func open(b *testing.B, url, id string) openPage {
	b.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(url, "http://"), 5*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		b.Fatal(err)
	}
	path := "GET /t/" + id + "/live HTTP/1.1\r\nHost: hall\r\n"
	if _, err := conn.Write([]byte(path + "\r\n")); err != nil {
		b.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
	}
	return openPage{conn, fmt.Appendf(nil, "%sIf-None-Match: %s\r\n\r\n", path, resp.Header.Get("ETag"))}
}
