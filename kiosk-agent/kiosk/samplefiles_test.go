package kiosk_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const fileGuide = `{"items":[{"id":"food","name":"食品经营许可证核发","item":{"materials":[
	{"id":"pdf","name":"申请书","sample":{"url":"/forms/a.pdf"},"blank":{"url":"/forms/none.pdf"}},
	{"id":"png","name":"承诺书","blank":{"url":"/forms/b.png"}}]}}]}`

const keptForms = `{"files":[{"url":"/forms/a.pdf","id":"aa","type":"application/pdf","pages":1},{"url":"/forms/b.png","id":"bb","type":"image/png","pages":1}]}`

// startForms starts a kiosk in front of a hall that keeps two forms.
func startForms(t *testing.T, devices ...device.Config) visitor {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	give := func(w http.ResponseWriter, kind, text string) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, text)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+agenttest.Token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch r.URL.Path {
		case "/api/v1/items":
			give(w, "application/json", fileGuide)
		case "/api/v1/sample-files":
			give(w, "application/json", keptForms)
		case "/api/v1/sample-files/aa":
			give(w, "application/pdf", "%PDF-1.4 as it is")
		case "/api/v1/sample-files/bb", "/api/v1/sample-files/aa/pages/1":
			give(w, "image/png", picture.String())
		case "/api/v1/sample-files/evil/pages/1":
			give(w, "text/html", "<script>")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	r := &rig{config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(server.URL, "http") + "/link", Token: agenttest.Token,
		Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute, Devices: devices,
	}}
	r.boot(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	return visitor{r, page}
}

func TestAFormThatIsAFileIsPrintedAsItIs(t *testing.T) {
	v := startForms(t, device.Config{ID: "pages", Profile: "page-printer"})
	for i, body := range []link.PaperPrint{{Item: "food", Form: "pdf", Filled: true}, {Item: "food", Form: "png"}} {
		key := string(rune('a' + i))
		v.page.Send(link.TypePaperPrint, key, body)
		if m := v.page.Answer(key, nil); m.Type != link.TypeAnswer {
			t.Fatalf("%+v: %s", body, m.Body)
		}
	}
	jobs := v.fakes.Get("pages").Pages()
	if len(jobs) != 2 || string(jobs[0].PDF) != "%PDF-1.4 as it is" || !bytes.HasPrefix(jobs[1].PDF, []byte("%PDF-")) || !bytes.Contains(jobs[1].PDF, []byte("/Image")) {
		t.Fatalf("%d jobs", len(jobs))
	}
	for _, body := range []link.PaperPrint{{Item: "food", Form: "pdf"}, {Item: "food", Form: "png", Filled: true}} {
		if _, p := v.ask(t, link.TypePaperPrint, body); p.Code != "paper.unknown" {
			t.Errorf("%+v: %+v", body, p)
		}
	}
}

func TestAMachineWithoutAPagePrinterSaysSo(t *testing.T) {
	v := startForms(t, device.Config{ID: "printer", Profile: "printer"})
	if _, p := v.ask(t, link.TypePaperPrint, link.PaperPrint{Item: "food", Form: "pdf", Filled: true}); p.Code != "page.no-printer" || p.Detail == "" {
		t.Errorf("%+v", p)
	}
	if n := len(v.fakes.Get("printer").Printed()); n > 0 {
		t.Errorf("%d slips came out", n)
	}
}

func TestThePageSeesPicturesOfFormsAndNothingElse(t *testing.T) {
	v := startForms(t, device.Config{ID: "pages", Profile: "page-printer"})
	for path, want := range map[string]int{
		"/samples": 200, "/samples/aa/1": 200, "/samples/aa/2": 404, "/samples/aa/0": 404, "/samples/aa/x": 404, "/samples/none/1": 404,
		"/samples/evil/1": 404, "/samples/..%2Fitems%3F/1": 404,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+v.kiosk.Agent().Addr().String()+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("%s: status %d, %v", path, resp.StatusCode, err)
		}
		if bytes.Contains(body, []byte("<script>")) {
			t.Errorf("%s: %s", path, body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
