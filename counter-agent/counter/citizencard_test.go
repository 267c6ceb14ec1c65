package counter_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/counter-agent/counter"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestACitizenCardFillsTheVisitLikeACardThatWasLaid(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetSnapshot(link.Snapshot{
		Hall:    link.HallView{CitizenCards: []link.CitizenCardView{{Name: "市民卡", Pattern: "DHM[12][0-9]{12}"}}},
		Windows: []link.WindowView{{ID: "3", Ticket: &link.TicketView{ID: "t", Number: "B012"}}},
	})
	to, err := url.Parse("http" + strings.TrimSuffix(strings.TrimPrefix(hall.URL, "ws"), "/link"))
	if err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool
	pass := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/api/v1/citizen-card":
			pass.ServeHTTP(w, r)
		case away.Load():
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"code":"card.used","detail":"这个市民卡码已经用过，请刷新后再出示，或使用身份证"}`)
		default:
			_, _ = io.WriteString(w, `{"name":"周敏","idNumber":"330100195501011002"}`)
		}
	}))
	t.Cleanup(server.Close)
	r := &rig{hall: hall}
	c, err := counter.New(counter.Options{
		Config: &agent.Config{
			Agent: "counter-1", Hall: "ws" + strings.TrimPrefix(server.URL, "http") + "/link", Token: agenttest.Token, Listen: "127.0.0.1:0",
			Data: t.TempDir(), Window: "3", RatingWait: time.Second, Devices: []device.Config{{ID: "scanner", Profile: "scanner"}, {ID: "reader", Profile: "id-reader"}},
		},
		Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.counter, r.stop = c, agenttest.Start(t, c, c.Agent().Ready())
	agenttest.WaitFor(t, "the counter has its hall", func() bool {
		s, ok := c.Agent().Hall()
		return ok && len(s.Hall.CitizenCards) == 1 && c.Agent().Client.Online() && r.fakes.Get("scanner").Opened() > 0 && r.fakes.Get("reader").Opened() > 0
	})
	r.page, _ = agenttest.Open(t, c.Agent().Addr())

	r.fakes.Get("scanner").Event(device.CodeScanned{Text: "DHM1202611230001"})
	var read link.CardRead
	r.page.Next(link.TypeCardRead, &read)
	if read.KindName != "市民卡" || read.Name != "周*" || strings.Contains(read.Number, "19550101") {
		t.Errorf("the page sees %+v", read)
	}
	want := counter.Holder{Kind: "citizen-card", Name: "周敏", Number: "330100195501011002", Sex: "女", Birth: "1955-01-01"}
	agenttest.WaitFor(t, "the visit has its holder", func() bool { got, _ := r.holder(t, "t"); return got == want })

	away.Store(true)
	r.fakes.Get("scanner").Event(device.CodeScanned{Text: "DHM1202611230001"})
	var failed link.DeviceProblem
	r.page.Next(link.TypeCardFailed, &failed)
	if !strings.Contains(failed.Detail, "已经用过") {
		t.Errorf("the clerk is told %+v", failed)
	}
	r.layCard(t)
	if got, _ := r.holder(t, "t"); got.Kind != "citizen" {
		t.Errorf("a card that is laid counts: %+v", got)
	}
	r.fakes.Get("scanner").Event(device.CodeScanned{Text: "20261123B012"})
	var scanned link.Scanned
	if r.page.Next(link.TypeScanned, &scanned); scanned.Text != "20261123B012" {
		t.Errorf("a paper: %+v", scanned)
	}
}
