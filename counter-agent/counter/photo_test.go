package counter_test

import (
	"bytes"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"smarthall/counter-agent/counter"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// tinyPNG is a picture of one pixel, as printf writes it.
const tinyPNG = `\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\000\001\000\000\000\001\010\000\000\000\000\072\176\233\125\000\000\000\012\111\104\101\124\170\234\143\370\017\000\001\001\001\000\261\070\366\024\000\000\000\000\111\105\116\104\256\102\140\202`

// startPhoto starts a counter with a decoder.
func startPhoto(t *testing.T, decoder ...string) (*counter.Counter, *agenttest.Devices) {
	t.Helper()
	hall, fakes := agenttest.NewHall(t), &agenttest.Devices{}
	c, err := counter.New(counter.Options{
		Config: &agent.Config{
			Agent: "counter-1", Hall: hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(), Window: "3",
			Devices: []device.Config{{ID: "reader", Profile: "id-reader"}}, PhotoDecoder: decoder,
		},
		Open: fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	agenttest.Start(t, c, c.Agent().Ready())
	agenttest.WaitFor(t, "the reader is up", func() bool { return c.Agent().Devices.All()[0].State() == device.Online })
	return c, fakes
}

func lay(fakes *agenttest.Devices) {
	fakes.Get("reader").Event(device.CardPresent{Identity: device.Identity{Kind: device.Citizen, Name: "王样例", Photo: make([]byte, 1024)}})
}

func get(t *testing.T, c *counter.Counter, path string) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.Get("http://" + c.Agent().Addr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestTheClerkSeesThePhotoWhileTheCardLiesThere(t *testing.T) {
	c, fakes := startPhoto(t, "sh", "-c", "cat >/dev/null; printf '"+tinyPNG+"'")
	page, _ := agenttest.Open(t, c.Agent().Addr())
	lay(fakes)
	var read link.CardRead
	page.Next(link.TypeCardRead, &read)
	first := read.Session
	if read.Photo != "" {
		t.Errorf("at once: %q", read.Photo)
	}
	page.Next(link.TypeCardRead, &read)
	if read.Session != first || !strings.HasPrefix(read.Photo, "/card/photo/") {
		t.Fatalf("then: %+v", read)
	}
	resp, body := get(t, c, read.Photo)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "image/png" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s %v", resp.Status, resp.Header)
	}
	if _, err := png.Decode(bytes.NewReader(body)); err != nil {
		t.Error(err)
	}
	if _, s := agenttest.Open(t, c.Agent().Addr()); s.Card == nil || s.Card.Photo != read.Photo {
		t.Errorf("a page that reloads sees %+v", s.Card)
	}
	if resp, _ := get(t, c, "/card/photo/other"); resp.StatusCode != 404 {
		t.Errorf("another card: %s", resp.Status)
	}
	fakes.Get("reader").Event(device.CardRemoved{})
	page.Next(link.TypeCardRemoved, nil)
	agenttest.WaitFor(t, "the photo is gone", func() bool { resp, _ := get(t, c, read.Photo); return resp.StatusCode == 404 })
}

func TestACardThatWasLiftedShowsNoPhotoLate(t *testing.T) {
	c, fakes := startPhoto(t, "sh", "-c", "cat >/dev/null; sleep 0.2; printf '"+tinyPNG+"'")
	page, _ := agenttest.Open(t, c.Agent().Addr())
	lay(fakes)
	var read link.CardRead
	page.Next(link.TypeCardRead, &read)
	fakes.Get("reader").Event(device.CardRemoved{})
	page.Next(link.TypeCardRemoved, nil)
	lay(fakes) // the next person
	page.Next(link.TypeCardRead, &read)
	var late link.CardRead
	page.Next(link.TypeCardRead, &late)
	if late.Session != read.Session || late.Photo != "/card/photo/"+read.Session {
		t.Errorf("got %+v for %s", late, read.Session)
	}
}

func TestADecoderThatFailsHarmsNobody(t *testing.T) {
	c, fakes := startPhoto(t, "false")
	page, _ := agenttest.Open(t, c.Agent().Addr())
	for range 3 {
		lay(fakes)
		var read link.CardRead
		page.Next(link.TypeCardRead, &read)
		if read.Photo != "" {
			t.Errorf("got %q", read.Photo)
		}
		fakes.Get("reader").Event(device.CardRemoved{})
		page.Next(link.TypeCardRemoved, nil)
	}
	if _, s := agenttest.Open(t, c.Agent().Addr()); s.Card != nil {
		t.Errorf("got %+v", s.Card)
	}
}
