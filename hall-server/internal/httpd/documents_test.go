package httpd_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// pdfFile begins and ends as PDF files do.
func pdfFile(size int) string {
	tail := "\nstartxref\n9\n%%EOF\n"
	return "%PDF-1.4\n" + strings.Repeat("x", max(0, size-9-len(tail))) + tail
}

func jpegFile(t *testing.T) string {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// announced describes a document of a visit.
func announced(ticket, kind, data string) map[string]any {
	sum := sha256.Sum256([]byte(data))
	return map[string]any{
		"id": ulid.Make().String(), "ticket": ticket, "kind": "material", "name": "身份证复印件", "type": kind,
		"size": len(data), "sha256": hex.EncodeToString(sum[:]),
	}
}

// put sends a part of a document.
func (f *fixture) put(who, id, offset, part string) testkit.Answer {
	f.Helper()
	return f.hall.Do(testkit.Request{
		Method: "PUT", Path: api + "/documents/" + id + "/content?offset=" + offset, Token: f.tokens[who], Body: part,
		Header: http.Header{"Content-Type": {"application/octet-stream"}},
	})
}

// stored brings a document of a visit to the hall and returns its id.
func (f *fixture) stored(ticket string) (id, data string) {
	f.Helper()
	data = pdfFile(2000)
	body := announced(ticket, "application/pdf", data)
	id, _ = body["id"].(string)
	if a := f.as(clerk, "POST", api+"/documents", body); a.Status != http.StatusCreated {
		f.Fatalf("announce: %s", a.Body)
	}
	if a := f.put(clerk, id, "0", data); a.Status != http.StatusOK || !strings.Contains(a.Body, `"stored":true`) {
		f.Fatalf("put: %s", a.Body)
	}
	return id, data
}

func TestWhoMayHaveToDoWithDocuments(t *testing.T) {
	f := newFixture(t)
	ticket := f.ticket("serving")
	id, data := f.stored(ticket)
	for _, tt := range []struct {
		name, method, path string
		body               func() any
		// want are the statuses for everybody.
		want [7]int
	}{
		{"announce", "POST", "/documents", func() any { return announced(ticket, "application/pdf", data) }, [7]int{401, 403, 403, 201, 403, 201, 201}},
		{"look", "GET", "/documents/" + id, nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"read", "GET", "/documents/" + id + "/content", nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"list", "GET", "/tickets/" + ticket + "/documents", nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"open the upload by phone", "POST", "/tickets/" + ticket + "/phone-upload", nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"see the upload by phone", "GET", "/tickets/" + ticket + "/phone-upload", nil, [7]int{401, 403, 403, 200, 403, 200, 200}},
		{"end the upload by phone", "DELETE", "/tickets/" + ticket + "/phone-upload", nil, [7]int{401, 403, 403, 204, 403, 204, 204}},
		{"delete", "DELETE", "/documents/" + id, nil, [7]int{401, 403, 403, 204, 404, 404, 404}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			for i, who := range everybody {
				var body any
				if tt.body != nil {
					body = tt.body()
				}
				a := f.as(who, tt.method, api+tt.path, body)
				if a.Status != tt.want[i] {
					t.Errorf("%s: got %d %s, want %d", who, a.Status, a.Body, tt.want[i])
				}
				if a.Status >= 400 {
					f.problem(a)
				}
				if tt.name == "read" && a.Status == http.StatusOK {
					h := a.Header
					if a.Body != data || h.Get("Content-Type") != "application/pdf" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
						t.Errorf("%s: got %d bytes with %v", who, len(a.Body), h)
					}
				}
			}
		})
	}
}

func TestAWindowSeesAVisitNoMoreThanItHasIt(t *testing.T) {
	f := newFixture(t)
	ticket := f.ticket("serving")
	id, _ := f.stored(ticket)
	f.must(http.StatusOK, "POST", api+"/tickets/"+ticket+"/transfer", map[string]any{"window": "1", "service": "tax"}, nil)
	f.must(http.StatusOK, "POST", api+"/windows/1/sign-in", map[string]any{"staff": "wang"}, nil)
	f.must(http.StatusOK, "POST", api+"/windows/1/call", map[string]any{"ticket": ticket}, nil)
	for _, tt := range []struct {
		who, method, path string
		want              int
	}{
		{clerk, "GET", "/documents/" + id + "/content", 403},
		{clerk, "DELETE", "/documents/" + id, 403},
		{clerk, "GET", "/tickets/" + ticket + "/documents", 403},
		{other, "GET", "/documents/" + id + "/content", 200},
		{other, "GET", "/tickets/" + ticket + "/documents", 200},
	} {
		if a := f.as(tt.who, tt.method, api+tt.path, nil); a.Status != tt.want {
			t.Errorf("%s %s %s: got %d %s, want %d", tt.who, tt.method, tt.path, a.Status, a.Body, tt.want)
		}
	}
	// What the first window still has in its queue arrives.
	data := pdfFile(3000)
	if a := f.as(clerk, "POST", api+"/documents", announced(ticket, "application/pdf", data)); a.Status != http.StatusCreated {
		t.Errorf("a late document: %s", a.Body)
	}
}

func TestHostileDocumentsChangeNothing(t *testing.T) {
	f := newFixture(t)
	ticket := f.ticket("serving")
	id, data := f.stored(ticket)
	pdf := pdfFile(70_000)
	with := func(changes map[string]any) map[string]any {
		body := announced(ticket, "application/pdf", pdf)
		for k, v := range changes {
			body[k] = v
		}
		return body
	}
	html := "<html><script>alert(1)</script></html>"
	files := func() int {
		found, err := filepath.Glob(filepath.Join(f.hall.Data, "documents", "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	for _, tt := range []struct {
		name   string
		body   map[string]any
		part   string // sent as the first part if the description is taken
		offset string
		status int
		code   string
	}{
		{"a visit that isn't there", with(map[string]any{"ticket": ulid.Make().String()}), "", "", 404, "ticket.unknown"},
		{"a path as visit", with(map[string]any{"ticket": "../../etc"}), "", "", 404, "ticket.unknown"},
		{"a path as id", with(map[string]any{"id": "../../../../etc/passwd"}), "", "", 422, "document.invalid"},
		{"the id of another document", with(map[string]any{"id": id}), "", "", 409, "document.taken"},
		{"a kind that phones have", with(map[string]any{"kind": "phone"}), "", "", 422, "request.invalid"},
		{"no name", with(map[string]any{"name": ""}), "", "", 422, "request.invalid"},
		{"a film", with(map[string]any{"type": "video/mp4"}), "", "", 415, "document.type"},
		{"a web page", with(map[string]any{"type": "text/html"}), "", "", 415, "document.type"},
		{"nothing", with(map[string]any{"size": 0}), "", "", 413, "document.size"},
		{"less than nothing", with(map[string]any{"size": -5}), "", "", 413, "document.size"},
		{"huge", with(map[string]any{"size": 1 << 40}), "", "", 413, "document.size"},
		{"no hash", with(map[string]any{"sha256": ""}), "", "", 422, "document.invalid"},
		{"a page dressed as PDF", announced(ticket, "application/pdf", html), html, "0", 415, "document.type"},
		{"a page dressed as JPEG", announced(ticket, "image/jpeg", html), html, "0", 415, "document.type"},
		{"a PDF that was cut off", announced(ticket, "application/pdf", pdf[:60_000]), pdf[:60_000], "0", 422, "document.damaged"},
		{"another content", with(map[string]any{"sha256": strings.Repeat("0", 64)}), pdf, "0", 422, "document.hash"},
		{"more than announced", with(nil), pdf + "x", "0", 422, "document.part"},
		{"a crumb", with(nil), pdf[:100], "0", 422, "document.part"},
		{"a gap", with(nil), pdf[:65_000], "5000", 409, "document.offset"},
		{"before the beginning", with(nil), pdf, "-1", 422, "request.invalid"},
		{"a place that isn't a number", with(nil), pdf, "x", 422, "request.invalid"},
		{"a part of 2 MB", with(map[string]any{"size": 3 << 20}), strings.Repeat("x", 2<<20), "0", 413, "request.too-large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			before := f.records()
			a := f.as(clerk, "POST", api+"/documents", tt.body)
			if tt.part != "" {
				if a.Status != http.StatusCreated {
					t.Fatalf("announce: %s", a.Body)
				}
				sent, _ := tt.body["id"].(string)
				a = f.put(clerk, sent, tt.offset, tt.part)
				f.as(clerk, "DELETE", api+"/documents/"+sent, nil)
			}
			if p := f.problem(a); a.Status != tt.status || p.Code != tt.code {
				t.Errorf("got %s, want %d %s", a.Body, tt.status, tt.code)
			}
			if after := f.records(); before != after {
				t.Errorf("the log grew from %s to %s records", before, after)
			}
			if n := files(); n != 1 {
				t.Errorf("%d files on the disk", n)
			}
		})
	}
	if a := f.as(clerk, "GET", api+"/documents/"+id+"/content", nil); a.Body != data {
		t.Errorf("the document is now %d bytes", len(a.Body))
	}
}

func TestDocumentsOutliveARestartAndLeaveNoNameInTheLog(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	f := newFixture(t, testkit.Data(dir), testkit.Log(&log))
	ticket := f.ticket("serving")
	id, data := f.stored(ticket)
	half := announced(ticket, "application/pdf", pdfFile(100_000))
	halfID, _ := half["id"].(string)
	if a := f.as(clerk, "POST", api+"/documents", half); a.Status != http.StatusCreated {
		t.Fatal(a.Body)
	}
	if a := f.put(clerk, halfID, "0", pdfFile(100_000)[:65536]); a.Status != http.StatusOK {
		t.Fatal(a.Body)
	}
	f.as(clerk, "GET", api+"/documents/"+id+"/content", nil)
	f.hall.Stop()
	if text := log.String(); strings.Contains(text, "身份证") || !strings.Contains(text, `what="document read"`) || !strings.Contains(text, "by=clerk:li") {
		t.Errorf("the log says\n%s", text)
	}
	again := newFixture(t, testkit.Data(dir))
	if a := again.as(clerk, "GET", api+"/documents/"+id+"/content", nil); a.Status != http.StatusOK || a.Body != data {
		t.Errorf("after the restart: %d, %d bytes", a.Status, len(a.Body))
	}
	var v link.DocumentView
	if again.must(http.StatusOK, "GET", api+"/documents/"+halfID, nil, &v); v.Received != 65536 || v.Stored {
		t.Errorf("after the restart half is %+v", v)
	}
	if a := again.put(clerk, halfID, "65536", pdfFile(100_000)[65536:]); !strings.Contains(a.Body, `"stored":true`) {
		t.Errorf("the other half: %s", a.Body)
	}
	for _, name := range []string{"hall.db", "hall.db-wal"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil && bytes.Contains(text, []byte("身份证复印件")) {
			t.Errorf("%s tells a document's name", name)
		}
	}
}

// form is what a phone's browser sends.
func form(t *testing.T, id string, pictures ...string) (kind, body string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if id != "" {
		if err := w.WriteField("id", id); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pictures {
		part, err := w.CreateFormFile("picture", "x.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), buf.String()
}

func TestPicturesComeByPhone(t *testing.T) {
	f := newFixture(t)
	ticket := f.ticket("serving")
	var phone link.PaperPhone
	f.must(http.StatusOK, "POST", api+"/tickets/"+ticket+"/phone-upload", nil, &phone)
	path := strings.TrimPrefix(phone.URL, f.hall.URL)
	if !strings.HasPrefix(path, "/u/") {
		t.Fatalf("address %s", phone.URL)
	}
	page := f.hall.Do(testkit.Request{Method: "GET", Path: path})
	if page.Status != http.StatusOK || !strings.Contains(page.Body, `enctype="multipart/form-data"`) || !strings.Contains(page.Body, "上传材料") {
		t.Fatalf("the page: %d %s", page.Status, page.Body)
	}
	picture := jpegFile(t)
	cookie := ""
	send := func(part bool, id string, pictures ...string) testkit.Answer {
		t.Helper()
		kind, body := form(t, id, pictures...)
		h := http.Header{"Content-Type": {kind}}
		if part {
			h.Set("Smarthall-Part", "1")
		}
		if cookie != "" {
			h.Set("Cookie", cookie)
		}
		return f.hall.Do(testkit.Request{Method: "POST", Path: path, Body: body, Header: h})
	}
	id := ulid.Make().String()
	a := send(true, id, picture)
	if a.Status != http.StatusOK || strings.TrimSpace(a.Body) != `{"pictures":1}` {
		t.Fatalf("the first picture: %d %s", a.Status, a.Body)
	}
	set := a.Header.Get("Set-Cookie")
	if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Strict") {
		t.Errorf("cookie %s", set)
	}
	if a := send(true, ulid.Make().String(), picture); a.Status != http.StatusForbidden || f.problem(a).Code != "upload.other-phone" {
		t.Errorf("another phone: %d %s", a.Status, a.Body)
	}
	cookie, _, _ = strings.Cut(set, ";")
	if a := send(true, id, picture); strings.TrimSpace(a.Body) != `{"pictures":1}` {
		t.Errorf("the same picture again: %d %s", a.Status, a.Body)
	}
	if a := send(true, "", "<html>"); a.Status != http.StatusUnsupportedMediaType || f.problem(a).Code != "document.type" {
		t.Errorf("a page: %d %s", a.Status, a.Body)
	}
	if a := send(true, ""); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("nothing: %d %s", a.Status, a.Body)
	}
	if a := send(false, "", picture, picture); a.Status != http.StatusSeeOther || a.Header.Get("Location") != path+"?done=1" {
		t.Errorf("a form without scripts: %d %v", a.Status, a.Header)
	}
	if a := send(false, "", "<html>"); a.Status != http.StatusUnsupportedMediaType || !strings.Contains(a.Body, "只能上传") || !strings.Contains(a.Body, "<form") {
		t.Errorf("a page by a form: %d", a.Status)
	}
	var list struct{ Documents []link.DocumentView }
	f.must(http.StatusOK, "GET", api+"/tickets/"+ticket+"/documents", nil, &list)
	if len(list.Documents) != 3 || list.Documents[0].Kind != "phone" || list.Documents[0].Type != "image/jpeg" {
		t.Errorf("the visit has %+v", list.Documents)
	}
	if got := f.must(http.StatusOK, "GET", api+"/tickets/"+ticket+"/phone-upload", nil, &phone); phone.Pictures != 3 {
		t.Errorf("counted %s", got.Body)
	}
	f.as(clerk, "DELETE", api+"/tickets/"+ticket+"/phone-upload", nil)
	if a := f.hall.Do(testkit.Request{Method: "GET", Path: path}); a.Status != http.StatusNotFound || !strings.Contains(a.Body, "二维码已失效") || strings.Contains(a.Body, "<form") {
		t.Errorf("after the end: %d %s", a.Status, a.Body)
	}
	if a := send(true, "", picture); a.Status != http.StatusNotFound || f.problem(a).Code != "upload.code" {
		t.Errorf("after the end: %d %s", a.Status, a.Body)
	}
	f.must(http.StatusOK, "POST", api+"/tickets/"+ticket+"/finish", nil, nil)
	if a := f.as(clerk, "POST", api+"/tickets/"+ticket+"/phone-upload", nil); a.Status != http.StatusConflict {
		t.Errorf("after the visit: %d %s", a.Status, a.Body)
	}
}

func TestGuessingCodesIsSlow(t *testing.T) {
	f := newFixture(t)
	slow := false
	for range 200 {
		a := f.hall.Do(testkit.Request{Method: "GET", Path: "/u/" + strings.ToLower(ulid.Make().String()[10:])})
		if a.Status == http.StatusOK {
			t.Fatal("a guess was right")
		}
		slow = slow || a.Status == http.StatusTooManyRequests
	}
	if !slow {
		t.Error("200 guesses were answered")
	}
}

func TestAPhoneCantBeSentByAnotherSite(t *testing.T) {
	f := newFixture(t)
	var phone link.PaperPhone
	f.must(http.StatusOK, "POST", api+"/tickets/"+f.ticket("serving")+"/phone-upload", nil, &phone)
	kind, body := form(t, "", jpegFile(t))
	a := f.hall.Do(testkit.Request{
		Method: "POST", Path: strings.TrimPrefix(phone.URL, f.hall.URL), Body: body,
		Header: http.Header{"Content-Type": {kind}, "Origin": {"http://elsewhere.example"}},
	})
	if a.Status != http.StatusForbidden || f.problem(a).Code != "request.cross-origin" {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}
