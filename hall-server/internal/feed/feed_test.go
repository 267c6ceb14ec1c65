package feed_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/feed"
	"smarthall/hall-server/internal/layout"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

const weather = `{"now": {"text": "多云", "temp": 8.50}, "days": [{"d": "明天", "t": {"low": 3}}, {"d": "后天", "t": {"low": -1}}]}`

func TestAnswersBecomeFeeds(t *testing.T) {
	long := strings.Repeat("长", 100)
	for _, tt := range []struct {
		name string
		from layout.Source
		body string
		want link.FeedView
		fail string
	}{
		{"a text", layout.Source{}, " 多云\n8–15℃ ", link.FeedView{Text: "多云 8–15℃"}, ""},
		{"a feed as others tell it", layout.Source{}, "\uFEFF" + `{"title":"天气","text":"晴","rows":[{"label":"湿度","value":"40%"}],"more":1}`, link.FeedView{Title: "天气", Text: "晴", Rows: []link.FeedRow{{Label: "湿度", Value: "40%"}}}, ""},
		{"values in a template", layout.Source{Text: "{/now/text} {/now/temp}℃"}, weather, link.FeedView{Text: "多云 8.50℃"}, ""},
		{"rows", layout.Source{Rows: "/days", Label: "{/d}", Value: "低温 {/t/low}"}, weather, link.FeedView{Rows: []link.FeedRow{{Label: "明天", Value: "低温 3"}, {Label: "后天", Value: "低温 -1"}}}, ""},
		{"one of a list", layout.Source{Text: "{/days/1/d}"}, weather, link.FeedView{Text: "后天"}, ""},
		{"names with slashes", layout.Source{Text: "{/a~1b}"}, `{"a/b":"x"}`, link.FeedView{Text: "x"}, ""},
		{"no rows today", layout.Source{Text: "暂无", Rows: "/days", Label: "{/d}"}, `{"days":[]}`, link.FeedView{Text: "暂无"}, ""},
		{"a long label is cut", layout.Source{Rows: "/r", Label: "{/d}"}, `{"r":[{"d":"` + long + `"}]}`, link.FeedView{Rows: []link.FeedRow{{Label: strings.Repeat("长", 59) + "…"}}}, ""},
		{"lines and controls become spaces", layout.Source{Text: "{/a}"}, `{"a":"x\n\u0007y"}`, link.FeedView{Text: "x y"}, ""},
		{"a value that isn't there", layout.Source{Text: "{/now/wind}"}, weather, link.FeedView{}, "没有 /now/wind"},
		{"a list as a value", layout.Source{Text: "{/days}"}, weather, link.FeedView{}, "不是文字"},
		{"no list", layout.Source{Rows: "/now", Label: "{/d}"}, weather, link.FeedView{}, "没有列表"},
		{"a brace too few", layout.Source{Text: "{/now/text"}, weather, link.FeedView{}, "少了 }"},
		{"no JSON", layout.Source{Text: "{/a}"}, "busy, later", link.FeedView{}, "不是 JSON"},
		{"two documents", layout.Source{Text: "{/a}"}, `{"a":1}{"a":2}`, link.FeedView{}, "还有别的"},
		{"a page", layout.Source{}, "<html>login", link.FeedView{}, "网页"},
		{"a list without a word on it", layout.Source{}, "[1]", link.FeedView{}, "列表"},
		{"a book", layout.Source{}, long + long + long, link.FeedView{}, "超过"},
		{"another encoding", layout.Source{}, "\xb6\xe0\xd4\xc6", link.FeedView{}, "UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := feed.Read(tt.from, []byte(tt.body))
			if tt.fail != "" {
				if err == nil || !strings.Contains(feed.Words(err), tt.fail) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("{/now/text} {/days/0/d}", "/days", "{/d}", weather)
	f.Add("", "", "", "多云")
	f.Add("{", "/", "{}", `[[{"":null}]]`)
	f.Fuzz(func(t *testing.T, text, rows, label, body string) {
		v, err := feed.Read(layout.Source{Text: text, Rows: rows, Label: label}, []byte(body))
		if err == nil && len(v.Rows) > 20 {
			t.Errorf("%d rows", len(v.Rows))
		}
	})
}

func TestOnlyAllowedHostsAreSources(t *testing.T) {
	hosts := []string{"weather.example.cn", "10.0.0.5:8090"}
	good := layout.Source{Name: "weather", Kind: layout.SourceAddress, URL: "https://weather.example.cn/now?city=1", Every: 10, Keep: 60}
	if err := layout.CheckSource(good, hosts); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(s *layout.Source){
		"another host":              func(s *layout.Source) { s.URL = "https://evil.example/now" },
		"the host as a user":        func(s *layout.Source) { s.URL = "https://weather.example.cn@evil.example/" },
		"a password":                func(s *layout.Source) { s.URL = "https://a:b@weather.example.cn/" },
		"another port":              func(s *layout.Source) { s.URL = "http://10.0.0.5:22/" },
		"a file":                    func(s *layout.Source) { s.URL = "file:///etc/passwd" },
		"a host behind the host":    func(s *layout.Source) { s.URL = "https://weather.example.cn.evil.example/" },
		"no name":                   func(s *layout.Source) { s.Name = "../x" },
		"every second":              func(s *layout.Source) { s.Every = 0 },
		"shown shorter than asked":  func(s *layout.Source) { s.Keep = 5 },
		"rows of which nobody says": func(s *layout.Source) { s.Label = "{/a}" },
		"an address of the list":    func(s *layout.Source) { s.Kind = layout.SourceReady },
	} {
		bad := good
		change(&bad)
		if err := layout.CheckSource(bad, hosts); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// city is a platform on which two results wait.
type city struct{ away bool }

func (c city) Ask(_ context.Context, topic, _ string, _, answer any) error {
	if c.away || topic != "ready-list" {
		return problem.New(http.StatusServiceUnavailable, "platform.away", "连不上市级平台")
	}
	return json.Unmarshal([]byte(`{"cases":[{"applicant":"王*","tail":"0123","result":"食品经营许可证"}]}`), answer)
}

// layouts opens a hall's layouts on a database of their own.
func layouts(t *testing.T, now func() time.Time) *layout.Service {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err := layout.Open(t.Context(), layout.Config{Table: db, Dir: t.TempDir(), Now: now, Changed: func() {}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAddressesThatMisbehaveChangeNothing(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a host that isn't allowed was asked") }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good":
			_, _ = w.Write([]byte("多云"))
		case "/moved":
			http.Redirect(w, r, "/good", http.StatusFound)
		case "/elsewhere":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		case "/slow":
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	s := feed.New(feed.Config{Hosts: []string{host}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	ask := func(ctx context.Context, path string) (link.FeedView, error) {
		return s.Ask(ctx, layout.Source{Name: "weather", Title: "天气", Kind: layout.SourceAddress, URL: server.URL + path})
	}
	for _, path := range []string{"/good", "/moved"} {
		if v, err := ask(t.Context(), path); err != nil || v.Text != "多云" || v.Title != "天气" || v.Name != "weather" {
			t.Errorf("%s: %+v, %v", path, v, err)
		}
	}
	for path, says := range map[string]string{"/elsewhere": "别的地址", "/round": "别的地址", "/endless": "超过", "/closed": "403"} {
		if v, err := ask(t.Context(), path); err == nil || !strings.Contains(feed.Words(err), says) {
			t.Errorf("%s: %+v, %v", path, v, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := ask(ctx, "/slow"); err == nil || !strings.Contains(feed.Words(err), "没有回答") {
		t.Errorf("slow: %v", err)
	}
	narrow := feed.New(feed.Config{Hosts: nil, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if _, err := narrow.Ask(t.Context(), layout.Source{Name: "x", Kind: layout.SourceAddress, URL: server.URL + "/good"}); err == nil || !strings.Contains(feed.Words(err), "不再允许") {
		t.Errorf("a host that is no longer allowed: %v", err)
	}
}

// TestTheLastGoodAnswerStays plays a source that answers, fails, and answers again.
func TestTheLastGoodAnswerStays(t *testing.T) {
	s := layouts(t, time.Now) // its database has goroutines of its own
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		away := false
		asks := cityFunc(func(answer any) error {
			mu.Lock()
			defer mu.Unlock()
			return city{away}.Ask(t.Context(), "ready-list", "", nil, answer)
		})
		if _, err := s.SetSources(t.Context(), 0, []layout.Source{{Name: "ready", Kind: layout.SourceReady, Every: 5, Keep: 60}}, nil, "李"); err != nil {
			t.Fatal(err)
		}
		f := feed.New(feed.Config{Layouts: s, City: asks, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = f.Run(ctx) })
		told := func() link.FeedView {
			t.Helper()
			list := s.Feeds()
			if len(list) != 1 {
				t.Fatalf("%d feeds", len(list))
			}
			return list[0]
		}
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		wait(time.Minute)
		if len(s.Feeds()) != 1 || told().Rows[0] != (link.FeedRow{Label: "王* 尾号0123", Value: "食品经营许可证"}) {
			t.Fatalf("told %+v", s.Feeds())
		}
		if out := f.Outcomes()["ready"]; out.Failed != "" || out.At.IsZero() {
			t.Errorf("outcome %+v", out)
		}
		mu.Lock()
		away = true
		mu.Unlock()
		wait(10 * time.Minute)
		if out := f.Outcomes()["ready"]; !strings.Contains(out.Failed, "连不上") {
			t.Errorf("outcome %+v", out)
		}
		if len(told().Rows) != 1 {
			t.Errorf("the last good one is gone: %+v", told())
		}
		mu.Lock()
		away = false
		mu.Unlock()
		wait(10 * time.Minute)
		if out := f.Outcomes()["ready"]; out.Failed != "" {
			t.Errorf("outcome %+v", out)
		}
		cancel()
		running.Wait()
	})
}

type cityFunc func(answer any) error

func (c cityFunc) Ask(_ context.Context, _, _ string, _, answer any) error { return c(answer) }
