package httpd_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"smarthall/hall-server/internal/httpd"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// page is a layout of a few blocks.
func page(blocks ...map[string]any) map[string]any {
	return map[string]any{
		"id": "new", "name": "等候区", "kind": "screen", "width": 1920, "height": 1080, "blocks": blocks,
	}
}

func block(kind string, set map[string]any) map[string]any {
	if set == nil {
		set = map[string]any{}
	}
	return map[string]any{"id": kind, "kind": kind, "x": 0, "y": 0, "w": 400, "h": 200, "set": set, "style": map[string]any{}}
}

func (f *fixture) layout(v map[string]any) httpd.LayoutDoc {
	f.Helper()
	var doc httpd.LayoutDoc
	f.must(http.StatusCreated, "POST", api+"/layouts", map[string]any{"layout": v}, &doc)
	return doc
}

// upload sends bytes as a file.
func (f *fixture) upload(who, name string, content io.Reader) (int, string) {
	f.Helper()
	req, err := http.NewRequest(http.MethodPost, f.hall.URL+api+"/layouts/files?name="+name, content)
	if err != nil {
		f.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.tokens[who])
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestOnlyStaffMakesLayouts(t *testing.T) {
	f := newFixture(t)
	doc := f.layout(page())
	before := f.as(manager, "GET", api+"/layouts", nil).Body
	for _, who := range []string{guest, kiosk, display, clerk} {
		for _, r := range []struct {
			method, path string
			body         any
		}{
			{"GET", "/layouts", nil},
			{"POST", "/layouts", map[string]any{"layout": page()}},
			{"GET", "/layouts/" + doc.ID, nil},
			{"PUT", "/layouts/" + doc.ID, map[string]any{"rev": 1, "layout": page()}},
			{"PUT", "/layouts/" + doc.ID + "/published", map[string]any{"rev": 1}},
			{"DELETE", "/layouts/" + doc.ID, nil},
			{"PUT", "/layouts/screens", map[string]any{"rev": 0, "screens": []any{}, "voice": []any{}}},
			{"POST", "/layouts/feeds/weather", map[string]any{"text": "晴"}},
			{"GET", "/layouts/led-preview?text=a&width=64&height=16", nil},
			{"GET", "/layouts/changes", nil},
		} {
			a := f.as(who, r.method, api+r.path, r.body)
			if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[who == guest]; a.Status != want {
				t.Errorf("%s %s as %s: got %d, want %d", r.method, r.path, who, a.Status, want)
			}
		}
		if status, _ := f.upload(who, "a.png", strings.NewReader("x")); status != http.StatusForbidden && status != http.StatusUnauthorized {
			t.Errorf("%s uploads: got %d", who, status)
		}
	}
	if after := f.as(manager, "GET", api+"/layouts", nil).Body; after != before {
		t.Errorf("refused requests changed layouts to %s", after)
	}
}

func TestALayoutIsPublishedUndoneAndAudited(t *testing.T) {
	f := newFixture(t)
	doc := f.layout(page(block("hero", map[string]any{"zone": "A"})))
	path := api + "/layouts/" + doc.ID
	publish := func(rev, version int) (out httpd.LayoutDoc) {
		f.must(http.StatusOK, "PUT", path+"/published", map[string]any{"rev": rev, "version": version}, &out)
		return out
	}
	first := publish(doc.Rev, 0)
	if first.Version != 1 || first.Changed {
		t.Errorf("published as %+v", first)
	}
	var saved httpd.LayoutDoc
	f.must(http.StatusOK, "PUT", path, map[string]any{"rev": first.Rev, "layout": page(block("clock", nil))}, &saved)
	if !saved.Changed || saved.Version != 1 {
		t.Errorf("saved as %+v", saved)
	}
	stale := f.as(manager, "PUT", path, map[string]any{"rev": first.Rev, "layout": page()})
	if p := f.problem(stale); stale.Status != http.StatusConflict || p.Code != "layout.changed" {
		t.Errorf("a stale save got %s", stale.Body)
	}
	second := publish(saved.Rev, 0)
	back := publish(second.Rev, 1)
	if back.Version != 3 || len(back.Draft.Blocks) != 1 || back.Draft.Blocks[0].Kind != "hero" {
		t.Errorf("restored as %+v", back)
	}
	if a := f.as(manager, "PUT", path+"/published", map[string]any{"rev": back.Rev, "version": 9}); a.Status != http.StatusNotFound {
		t.Errorf("a version that isn't there: got %d", a.Status)
	}
	var changes struct{ Changes []httpd.LayoutChange }
	f.must(http.StatusOK, "GET", api+"/layouts/changes", nil, &changes)
	var did []string
	for _, c := range changes.Changes {
		did = append(did, c.What)
		if c.By != "manager:manager" || c.At.IsZero() {
			t.Errorf("noted %+v", c)
		}
	}
	if got := strings.Join(did, " "); got != "restore publish publish create" {
		t.Errorf("noted %s", got)
	}
}

func TestWhatNoScreenCanShowIsRefusedWithTheBlock(t *testing.T) {
	f := newFixture(t)
	doc := f.layout(page())
	long := strings.Repeat("长", 501)
	area := func(x, w int) map[string]any {
		return map[string]any{"x": x, "y": 0, "w": w, "h": 16, "text": "A"}
	}
	divided := func(areas ...map[string]any) map[string]any {
		return map[string]any{
			"id": "x", "name": "条屏", "kind": "strip", "width": 64, "height": 16,
			"strip": map[string]any{"called": []any{map[string]any{"text": "A", "seconds": 3, "areas": areas}}},
		}
	}
	strip := func(text string, seconds int) map[string]any {
		return map[string]any{
			"id": "x", "name": "条屏", "kind": "strip", "width": 64, "height": 16,
			"strip": map[string]any{"called": []any{map[string]any{"text": text, "seconds": seconds}}},
		}
	}
	with := func(key string, value any) map[string]any {
		v := page()
		v[key] = value
		return v
	}
	outside := block("clock", nil)
	outside["x"] = 1700
	overflow := block("clock", nil)
	overflow["x"], overflow["w"] = 9223372036854775807, 1000
	many := make([]map[string]any, 61)
	for i := range many {
		many[i] = block("clock", nil)
		many[i]["id"] = fmt.Sprint(i)
	}
	for _, tt := range []struct {
		name string
		in   map[string]any
		code string
		says string
	}{
		{"an unknown kind", page(block("clock", nil), block("iframe", nil)), "layout.block", "第 2 块"},
		{"a block outside", page(outside), "layout.place", "第 1 块（时钟）"},
		{"a block far outside", page(overflow), "layout.place", "超出"},
		{"two blocks of one id", page(block("clock", nil), block("clock", nil)), "layout.block", "编号"},
		{"too many blocks", page(many...), "layout.blocks", "60"},
		{"a huge screen", with("width", 100000), "layout.size", "7680"},
		{"no name", with("name", "  "), "layout.name", "名字"},
		{"a kind of layout nobody knows", with("kind", "hologram"), "", ""},
		{"a foreign file", page(block("picture", map[string]any{"file": strings.Repeat("a", 64)})), "layout.file", "不存在"},
		{"a path for a file", page(block("picture", map[string]any{"file": "../../token.key"})), "layout.file", "不存在"},
		{"no file", page(block("video", nil)), "layout.empty", "文件"},
		{"a long text", page(block("text", map[string]any{"text": long})), "layout.text", "第 1 块（文字）"},
		{"a long zone", page(block("calls", map[string]any{"zone": long})), "layout.text", "太长"},
		{"no text", page(block("text", map[string]any{"text": " "})), "layout.empty", "第 1 块（文字）"},
		{"too many rows", page(block("calls", map[string]any{"count": 99})), "layout.count", "行"},
		{"a feed of a strange name", page(block("feed", map[string]any{"feed": "../x"})), "layout.feed", "来源"},
		{"a strip's variable", strip("{password}", 3), "layout.variable", "变量"},
		{"a strip's page of a day", strip("x", 86400), "layout.seconds", "秒"},
		{"areas on each other", divided(area(0, 32), area(24, 32)), "layout.place", "重叠"},
		{"an area outside", divided(area(40, 32)), "layout.place", "超出"},
		{"an area without width", divided(area(0, 0)), "layout.place", "太小"},
		{"an area of unknown words", divided(map[string]any{"x": 0, "y": 0, "w": 32, "h": 16, "text": "{secret}"}), "layout.variable", "变量"},
		{"five areas", divided(area(0, 8), area(8, 8), area(16, 8), area(24, 8), area(32, 8)), "layout.areas", "4 个"},
		{"a strip of blocks", func() map[string]any {
			v := strip("x", 3)
			v["blocks"] = []any{block("clock", nil)}
			return v
		}(), "layout.kind", "条屏"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := f.as(manager, "PUT", api+"/layouts/"+doc.ID, map[string]any{"rev": doc.Rev, "layout": tt.in})
			p := f.problem(a)
			if a.Status != http.StatusUnprocessableEntity || (tt.code != "" && p.Code != tt.code) || !strings.Contains(p.Detail, tt.says) {
				t.Errorf("got %s", a.Body)
			}
		})
	}
	script := `<script>alert(1)</script>`
	kept := f.layout(page(block("text", map[string]any{"text": script})))
	if got := kept.Draft.Blocks[0].Set.Text; got != script {
		t.Errorf("a text is kept as %q; it is only ever a text", got)
	}
}

func TestFilesAreWhatTheyContain(t *testing.T) {
	f := newFixture(t)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]io.Reader{
		"a.svg":  strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"b.png":  strings.NewReader("<!doctype html><script>alert(1)</script>"),
		"c.png":  strings.NewReader("\x89PNG\r\n\x1a\n not a picture at all, though it begins as one"),
		"d.mp4":  strings.NewReader("MZ\x90\x00 a program"),
		"e.jpg":  strings.NewReader("GIF89a"),
		"f.webp": strings.NewReader("RIFF\x00\x00\x00\x00WAVE"),
	} {
		if status, body := f.upload(manager, name, content); status != http.StatusUnsupportedMediaType || !strings.Contains(body, "file.type") {
			t.Errorf("%s: got %d %s", name, status, body)
		}
	}
	if status, body := f.upload(manager, "empty.png", strings.NewReader("")); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an empty file: got %d %s", status, body)
	}
	if status, body := f.upload(manager, "film.mp4", io.MultiReader(strings.NewReader("\x00\x00\x00\x18ftypmp42"), zeros(65<<20))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long film: got %d %s", status, body)
	}
	status, body := f.upload(manager, "logo.html", bytes.NewReader(picture.Bytes()))
	if status != http.StatusCreated || !strings.Contains(body, `"image/png"`) {
		t.Fatalf("a picture of a strange name: got %d %s", status, body)
	}
	var files struct{ Files []httpd.LayoutFileView }
	f.must(http.StatusOK, "GET", api+"/layouts/files", nil, &files)
	if len(files.Files) != 1 {
		t.Fatalf("kept %+v", files.Files)
	}
	id := files.Files[0].ID
	content := f.as(display, "GET", api+"/layouts/files/"+id+"/content", nil)
	if content.Status != http.StatusOK || content.Body != picture.String() || content.Header.Get("Content-Type") != "image/png" ||
		content.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a display gets %d %v", content.Status, content.Header)
	}
	for _, who := range []string{guest, kiosk, clerk} {
		if a := f.as(who, "GET", api+"/layouts/files/"+id+"/content", nil); a.Status != http.StatusForbidden && a.Status != http.StatusUnauthorized {
			t.Errorf("%s gets %d", who, a.Status)
		}
	}
	doc := f.layout(page(block("picture", map[string]any{"file": id})))
	if a := f.as(manager, "DELETE", api+"/layouts/files/"+id, nil); a.Status != http.StatusConflict || !strings.Contains(a.Body, "等候区") {
		t.Errorf("a file in use: got %s", a.Body)
	}
	if a := f.as(manager, "PUT", api+"/layouts/"+doc.ID, map[string]any{"rev": doc.Rev, "layout": page(block("video", map[string]any{"file": id}))}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a picture as a video: got %s", a.Body)
	}
	f.must(http.StatusNoContent, "DELETE", api+"/layouts/"+doc.ID, nil, nil)
	f.must(http.StatusNoContent, "DELETE", api+"/layouts/files/"+id, nil, nil)
	if a := f.as(display, "GET", api+"/layouts/files/"+id+"/content", nil); a.Status != http.StatusNotFound {
		t.Errorf("a deleted file: got %d", a.Status)
	}
}

// zeros is so many bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestPlansOfScreensAreUnambiguous(t *testing.T) {
	f := newFixture(t)
	doc, draft := f.layout(page()), f.layout(page())
	f.must(http.StatusOK, "PUT", api+"/layouts/"+doc.ID+"/published", map[string]any{"rev": doc.Rev}, nil)
	slot := func(more map[string]any) map[string]any {
		s := map[string]any{"layout": doc.ID}
		for k, v := range more {
			s[k] = v
		}
		return s
	}
	plan := func(rev int, slots ...map[string]any) map[string]any {
		return map[string]any{"rev": rev, "voice": []any{}, "screens": []any{map[string]any{"screen": "board-A", "slots": slots}}}
	}
	for _, tt := range []struct {
		name, code string
		in         map[string]any
	}{
		{"a layout that isn't there", "screens.layout", plan(0, map[string]any{"layout": "gone"})},
		{"the plan itself", "screens.layout", plan(0, map[string]any{"layout": "~screens"})},
		{"a draft", "screens.unpublished", plan(0, map[string]any{"layout": draft.ID})},
		{"two at the same time", "screens.overlap", plan(0, slot(nil), slot(map[string]any{"from": "12:00", "to": "13:00"}))},
		{"a time that isn't one", "screens.hours", plan(0, slot(map[string]any{"from": "25:00", "to": "26:00"}))},
		{"from without to", "screens.hours", plan(0, slot(map[string]any{"from": "12:00"}))},
		{"the eighth day", "screens.days", plan(0, slot(map[string]any{"weekdays": []int{8}}))},
		{"an end before its beginning", "screens.days", plan(0, slot(map[string]any{"first": "2026-12-01", "last": "2026-11-01"}))},
		{"a strange screen", "screens.name", map[string]any{"rev": 0, "voice": []any{}, "screens": []any{map[string]any{"screen": "<b>", "slots": []any{}}}}},
		{"a voice that deafens", "voice.range", map[string]any{"rev": 0, "screens": []any{}, "voice": []any{map[string]any{"volume": 101}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := f.as(manager, "PUT", api+"/layouts/screens", tt.in)
			if p := f.problem(a); a.Status != http.StatusUnprocessableEntity || p.Code != tt.code {
				t.Errorf("got %s", a.Body)
			}
		})
	}
	var view httpd.ScreensView
	f.must(http.StatusOK, "PUT", api+"/layouts/screens", plan(0, slot(nil), slot(map[string]any{"from": "12:00", "to": "13:00", "priority": 1})), &view)
	if a := f.as(manager, "PUT", api+"/layouts/screens", plan(0)); a.Status != http.StatusConflict {
		t.Errorf("a stale plan: got %s", a.Body)
	}
	if a := f.as(manager, "DELETE", api+"/layouts/"+doc.ID, nil); a.Status != http.StatusConflict || !strings.Contains(a.Body, "board-A") {
		t.Errorf("a layout in use: got %s", a.Body)
	}
	var shown struct{ Layouts map[string]string }
	f.must(http.StatusOK, "GET", api+"/layouts/screens/at?at=2026-11-23T04:30:00Z", nil, &shown)
	if shown.Layouts["board-A"] != doc.ID {
		t.Errorf("shows %v", shown.Layouts)
	}
	f.must(http.StatusOK, "PUT", api+"/layouts/screens", map[string]any{"rev": view.Rev, "screens": []any{}, "voice": []any{}}, &view)
	f.must(http.StatusOK, "POST", api+"/layouts/screens/restore", map[string]any{"version": 1}, &view)
	if len(view.Screens) != 1 || len(view.Versions) != 3 {
		t.Errorf("restored %+v", view)
	}
}

func TestFeedsAreShortAndGrowOld(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct {
		name, path string
		in         map[string]any
	}{
		{"nothing", "weather", map[string]any{}},
		{"a strange name", "We%20ather", map[string]any{"text": "晴"}},
		{"for ever", "weather", map[string]any{"text": "晴", "minutes": 100000}},
		{"backwards", "weather", map[string]any{"text": "晴", "minutes": -5}},
		{"many rows", "weather", map[string]any{"rows": make([]link.FeedRow, 21)}},
		{"control characters", "weather", map[string]any{"text": "a\u0007b"}},
	} {
		if a := f.as(manager, "POST", api+"/layouts/feeds/"+tt.path, tt.in); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %s", tt.name, a.Body)
		}
	}
	var told link.FeedView
	f.must(http.StatusOK, "POST", api+"/layouts/feeds/weather", map[string]any{"text": "多云 8–15℃", "minutes": 30}, &told)
	if got := told.Until.Sub(told.At).Minutes(); got != 30 {
		t.Errorf("is fit for %v minutes", got)
	}
	var feeds link.FeedsView
	f.must(http.StatusOK, "GET", api+"/layouts/feeds", nil, &feeds)
	if len(feeds.Feeds) != 1 || feeds.Feeds[0].Text != "多云 8–15℃" {
		t.Errorf("got %+v", feeds)
	}
	f.must(http.StatusNoContent, "DELETE", api+"/layouts/feeds/weather", nil, nil)
	if a := f.as(manager, "DELETE", api+"/layouts/feeds/weather", nil); a.Status != http.StatusNotFound {
		t.Errorf("deleted twice: got %d", a.Status)
	}
}

func TestSourcesOfFeedsAreTheManagersAndOfAllowedHosts(t *testing.T) {
	f := newFixture(t)
	source := func(kind, url string) map[string]any {
		return map[string]any{"name": "weather", "kind": kind, "url": url, "every": 10, "keep": 60}
	}
	put := func(who string, rev int, list ...map[string]any) testkit.Answer {
		return f.as(who, "PUT", api+"/layouts/sources", map[string]any{"rev": rev, "sources": list})
	}
	for _, who := range []string{guest, kiosk, display, clerk} {
		if a := put(who, 0); a.Status < 400 {
			t.Errorf("%s may: %s", who, a.Body)
		}
	}
	if a := put(manager, 0, source("address", "http://169.254.169.254/latest")); a.Status != http.StatusUnprocessableEntity || f.problem(a).Code != "source.host" {
		t.Errorf("an address that nobody allowed: %s", a.Body)
	}
	a := f.as(manager, "POST", api+"/layouts/sources/try", map[string]any{"source": source("address", "http://127.0.0.1:1/")})
	if a.Status != http.StatusUnprocessableEntity || f.problem(a).Code != "source.host" {
		t.Errorf("it may be tried: %s", a.Body)
	}
	if a := put(manager, 0, source("ready", ""), source("ready", "")); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("two of a name: %s", a.Body)
	}
	var got httpd.FeedSources
	f.must(http.StatusOK, "PUT", api+"/layouts/sources", map[string]any{"rev": 0, "sources": []any{source("ready", "")}}, &got)
	if got.Rev != 1 || len(got.Sources) != 1 || got.Platform {
		t.Errorf("got %+v", got)
	}
	if a := put(manager, 0); a.Status != http.StatusConflict {
		t.Errorf("an old rev: %s", a.Body)
	}
	// Without a platform there is nothing to fetch, and it says so.
	a = f.as(manager, "POST", api+"/layouts/sources/try", map[string]any{"source": source("ready", "")})
	if p := f.problem(a); p.Code != "source.failed" || !strings.Contains(p.Detail, "没有接入市级平台") {
		t.Errorf("got %s", a.Body)
	}
	// The sources are no layout.
	if a := f.as(manager, "GET", api+"/layouts/~sources", nil); a.Status != http.StatusNotFound {
		t.Errorf("got %s", a.Body)
	}
	var list struct{ Layouts []httpd.LayoutDoc }
	f.must(http.StatusOK, "GET", api+"/layouts", nil, &list)
	if len(list.Layouts) != 0 {
		t.Errorf("got %+v", list)
	}
}

func TestStripsAreDrawnWithinBounds(t *testing.T) {
	f := newFixture(t)
	for _, query := range []string{"text=a&width=0&height=16", "text=a&width=100000&height=16", "text=a&width=64", "text=" + strings.Repeat("a", 201) + "&width=64&height=16"} {
		if a := f.as(manager, "GET", api+"/layouts/led-preview?"+query, nil); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%.40s: got %d", query, a.Status)
		}
	}
	a := f.as(manager, "GET", api+"/layouts/led-preview?text=%7Bnumber%7D&width=64&height=16", nil)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, `"text":"A012"`) {
		t.Errorf("got %s", a.Body)
	}
	if a := f.as(manager, "GET", api+"/layouts/qr.png?text=", nil); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("an empty code: got %d", a.Status)
	}
	if a := f.as(manager, "GET", api+"/layouts/qr.png?text=https://hall.example", nil); a.Header.Get("Content-Type") != "image/png" {
		t.Errorf("a code: got %v", a.Header)
	}
}
