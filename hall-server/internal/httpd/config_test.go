package httpd_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// saved is the answer to a change of the hall's file.
type saved struct {
	Version string
	Changes []string
	Effects []struct{ Level, Text string }
	Saved   bool
}

// edit is one edit of a form.
func edit(op, path string, value any) map[string]any {
	return map[string]any{"op": op, "path": path, "value": value}
}

// file is the hall's file as it is on disk and in force, with its version.
func (f *fixture) file() (text, version string) {
	f.Helper()
	a := f.as(admin, "GET", api+"/hall/config", nil)
	return a.Body, a.Header.Get("ETag")
}

// change sends edits in the administrator's name.
func (f *fixture) change(status int, base string, dry bool, edits ...map[string]any) saved {
	f.Helper()
	var out saved
	f.hall.Must(status, testkit.Request{
		Method: "POST", Path: api + "/hall/config/edits", Token: f.tokens[admin],
		Body: map[string]any{"base": base, "edits": edits, "dryRun": dry, "note": "试一试"},
	}, &out)
	return out
}

func TestFormsChangeTheHall(t *testing.T) {
	f := newFixture(t)
	before, base := f.file()
	target := edit("set", "services/food-licence/target_wait", "25m")
	window := map[string]any{"op": "insert", "path": "windows", "value": map[string]any{"id": "13", "number": "13", "name": "综合", "zone": "A", "services": []string{"tax"}}}
	want := []string{"业务 食品经营许可的目标等候 20 分钟 → 25 分钟", "新增窗口 13 号 综合"}

	dry := f.change(http.StatusOK, base, true, target, window)
	if text, version := f.file(); dry.Saved || text != before || version != base || dry.Version != base {
		t.Error("a dry run changed the file")
	}
	out := f.change(http.StatusOK, base, false, target, window)
	for _, got := range []saved{dry, out} {
		if !slices.Equal(got.Changes, want) || len(got.Effects) != 0 {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
	text, version := f.file()
	if !out.Saved || out.Version != version || version == base || !strings.Contains(text, "target_wait: 25m          # 希望多久之内叫到") {
		t.Errorf("got %+v and version %s", out, version)
	}
	var windows struct{ Windows []struct{ ID string } }
	f.must(http.StatusOK, "GET", api+"/windows", nil, &windows)
	if len(windows.Windows) != 13 || windows.Windows[12].ID != "13" {
		t.Errorf("got windows %+v", windows.Windows)
	}

	// Another administrator still has the old one.
	p := f.problem(f.as(admin, "POST", api+"/hall/config/edits", map[string]any{"base": base, "edits": []any{target}}))
	if p.Status != http.StatusConflict || !strings.Contains(p.Detail, "系统管理员") {
		t.Errorf("got %+v, which names nobody", p)
	}
}

func TestEveryVersionIsKeptAndComesBack(t *testing.T) {
	f := newFixture(t)
	before, base := f.file()
	f.change(http.StatusOK, base, false, edit("set", "name", "=HYPERLINK(1)"))
	type version struct {
		ID, Restored          int64
		By, Name, Cause, Note string
		Changes               []string
		Current               bool
		Text                  string
	}
	var list struct{ Versions []version }
	f.must(http.StatusOK, "GET", api+"/hall/config/versions", nil, &list)
	if len(list.Versions) != 2 || list.Versions[1].Cause != "first" || list.Versions[0].By != "admin:admin" ||
		list.Versions[0].Note != "试一试" || !list.Versions[0].Current || list.Versions[1].Current {
		t.Fatalf("got %+v", list.Versions)
	}
	csv := f.as(manager, "GET", api+"/hall/config/versions.csv", nil)
	if !strings.Contains(csv.Body, "版本,时间,账号,姓名,方式,修改内容,说明\r\n2,") || !strings.Contains(csv.Body, "系统管理员,表单修改,大厅名称 ") {
		t.Errorf("got %s", csv.Body)
	}
	var one version
	f.must(http.StatusOK, "GET", api+"/hall/config/versions/1", nil, &one)
	if one.Text != "" {
		t.Error("a manager reads the hashes of passwords")
	}
	_, now := f.file()
	var out saved
	restore := testkit.Request{Method: "POST", Path: api + "/hall/config/versions/1/restore", Token: f.tokens[admin], Body: map[string]any{"base": now}}
	f.hall.Must(http.StatusOK, restore, &out)
	if text, _ := f.file(); text != before || !out.Saved {
		t.Errorf("got %+v and another file", out)
	}
	f.must(http.StatusOK, "GET", api+"/hall/config/versions?limit=1", nil, &list)
	if v := list.Versions[0]; v.ID != 3 || v.Restored != 1 || v.Cause != "restore" {
		t.Errorf("got %+v", v)
	}
	var changes struct{ Changes []string }
	f.must(http.StatusOK, "GET", api+"/hall/config/versions/2/changes?to=3", nil, &changes)
	if want := []string{"大厅名称 =HYPERLINK(1) → 东湖区政务服务中心"}; !slices.Equal(changes.Changes, want) {
		t.Errorf("got %q, want %q", changes.Changes, want)
	}
	if a := f.as(manager, "GET", api+"/hall/config/versions/9", nil); a.Status != http.StatusNotFound {
		t.Errorf("got %d for a version that isn't there", a.Status)
	}
}

func TestAFileEditedOnDiskIsTakenInAsAVersion(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "hall.yaml")
	write(t, file, string(hall.Demo))
	h := testkit.Hall(t, testkit.Data(dir), testkit.File(file))
	h.Stop()
	write(t, file, strings.Replace(string(hall.Demo), "overtaking: 10", "overtaking: 12", 1))
	h = testkit.Hall(t, testkit.Data(dir), testkit.File(file))
	var list struct {
		Versions []struct {
			Cause   string
			Changes []string
		}
	}
	h.Must(http.StatusOK, testkit.Request{Method: "GET", Path: api + "/hall/config/versions", Token: h.Token("manager", "", "m")}, &list)
	if len(list.Versions) != 2 || list.Versions[0].Cause != "disk" || !slices.Equal(list.Versions[0].Changes, []string{"排队规则的最多被超过的次数 10 → 12"}) {
		t.Errorf("got %+v", list.Versions)
	}
}

func TestEffectsAreToldBeforeSaving(t *testing.T) {
	f := newFixture(t)
	_, base := f.file()
	f.ticket("serving") // 涉税 at window 4
	f.take()
	without := func(window string, services ...string) map[string]any {
		return edit("set", "windows/"+window+"/services", services)
	}
	tests := []struct {
		name  string
		edits []map[string]any
		want  []string // level and a part of the text
	}{
		{"nobody is concerned", []map[string]any{edit("set", "tips/0", "x")}, nil},
		{"a window with a clerk", []map[string]any{edit("set", "windows/4/disabled", true)}, []string{"refuse 4 号窗口有人"}},
		{"a service with people", []map[string]any{
			without("1", "business-licence"), without("2", "business-licence"), without("4", "business-licence"),
		}, []string{"warn 涉税业务办理还有 1 人等候，改后没有窗口办理", "warn 4 号窗口正在办理"}},
		{"another target", []map[string]any{edit("set", "services/tax/target_wait", "1h")}, []string{"warn 涉税业务办理的新目标等候"}},
		{"no more tickets", []map[string]any{edit("set", "services/tax/closed", "系统维护")}, []string{"warn 涉税业务办理停止取号后"}},
		{"a site", []map[string]any{edit("set", "sites/0/address", "https://www.gov.cn/")}, []string{"warn 网站“东湖市政务服务网”能否在终端里显示还不知道"}},
		{"other numbers", []map[string]any{edit("set", "series/C/prefix", "Q")}, []string{"warn 号段 C 今天已经发过号"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			got := f.change(http.StatusOK, base, true, tt.edits...).Effects
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v, want %q", got, tt.want)
			}
			for i, e := range got {
				if !strings.HasPrefix(e.Level+" "+e.Text, tt.want[i]) {
					t.Errorf("got %+v, want %q", e, tt.want[i])
				}
			}
		})
	}
	if text, version := f.file(); version != base || text == "" {
		t.Error("asking changed the file")
	}
	p := f.problem(f.as(admin, "POST", api+"/hall/config/edits", map[string]any{"base": base, "edits": []any{tests[1].edits[0]}}))
	if p.Status != http.StatusConflict || p.Code != "hall.window-in-use" {
		t.Errorf("saved all the same: %+v", p)
	}
}

func TestHostileChangesChangeNothing(t *testing.T) {
	f := newFixture(t)
	before, base := f.file()
	tests := []struct {
		name string
		body any
		want int
	}{
		{"no edits", map[string]any{"base": base, "edits": []any{}}, 422},
		{"a hundred thousand edits", map[string]any{"base": base, "edits": make([]map[string]any, 100_000)}, 413},
		{"more than a hundred", map[string]any{"base": base, "edits": slices.Repeat([]any{edit("set", "tips/0", "x")}, 101)}, 422},
		{"a place that isn't there", map[string]any{"base": base, "edits": []any{edit("set", "windows/99/name", "x")}}, 422},
		{"a long path", map[string]any{"base": base, "edits": []any{edit("set", strings.Repeat("x/", 150), "x")}}, 422},
		{"another operation", map[string]any{"base": base, "edits": []any{edit("key", "name", "x")}}, 422},
		{"lines of its own", map[string]any{"base": base, "edits": []any{edit("set", "name", "x\r\nstaff: []")}}, 422},
		{"the last administrator goes", map[string]any{"base": base, "edits": []any{edit("remove", "staff/admin", nil)}}, 422},
		{"or is disabled", map[string]any{"base": base, "edits": []any{edit("set", "staff/admin/disabled", true)}}, 422},
		{"or becomes another", map[string]any{"base": base, "edits": []any{edit("set", "staff/admin/role", "clerk")}}, 422},
		{"a short password", map[string]any{"base": base, "edits": []any{edit("set", "staff/li/password", "short")}}, 422},
		{"no text as a password", map[string]any{"base": base, "edits": []any{edit("set", "staff/li/password", 12345678)}}, 422},
		{"a hash of their own", map[string]any{"base": base, "edits": []any{edit("set", "staff/li", map[string]any{"id": "li", "name": "x", "role": "admin", "password": "$2a$10$x"})}}, 422},
		{"staff without a password", map[string]any{"base": base, "edits": []any{map[string]any{"op": "insert", "path": "staff", "value": map[string]any{"id": "n", "name": "n", "role": "clerk"}}}}, 422},
		{"a note without end", map[string]any{"base": base, "note": strings.Repeat("x", 300), "edits": []any{edit("set", "tips/0", "x")}}, 422},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			records := f.records()
			p := f.problem(f.as(admin, "POST", api+"/hall/config/edits", tt.body))
			if p.Status != tt.want {
				t.Errorf("got %+v, want %d", p, tt.want)
			}
			if text, version := f.file(); text != before || version != base || f.records() != records {
				t.Error("something changed")
			}
		})
	}
}

func TestStaffComeAndGo(t *testing.T) {
	f := newFixture(t)
	_, base := f.file()
	enter := func(who, password string) testkit.Answer {
		return f.hall.Do(testkit.Request{Method: "POST", Path: api + "/sessions", Body: map[string]any{"staff": who, "password": password}})
	}
	me := func(cookie string) int {
		return f.hall.Do(testkit.Request{Method: "GET", Path: api + "/sessions/current", Token: cookie}).Status
	}
	out := f.change(http.StatusOK, base, false, map[string]any{"op": "insert", "path": "staff", "value": map[string]any{"id": "qian", "name": "钱进", "role": "manager", "password": "a-good-one"}})
	text, base := f.file()
	if len(out.Changes) != 1 || out.Changes[0] != "新增人员 钱进" || strings.Contains(text, "a-good-one") {
		t.Errorf("got %+v", out)
	}
	a := enter("qian", "a-good-one")
	if a.Status != http.StatusOK {
		t.Fatalf("got %s", a.Body)
	}
	token, _, _ := strings.Cut(strings.TrimPrefix(a.Header.Get("Set-Cookie"), "smarthall_session="), ";")
	if me(token) != http.StatusOK {
		t.Error("the session doesn't hold")
	}
	var list struct {
		Staff []struct{ ID, Name, Role, LastSeen, Password string }
	}
	f.must(http.StatusOK, "GET", api+"/staff", nil, &list)
	i := slices.IndexFunc(list.Staff, func(s struct{ ID, Name, Role, LastSeen, Password string }) bool { return s.ID == "qian" })
	if i < 0 || list.Staff[i].LastSeen == "" || list.Staff[0].LastSeen != "" {
		t.Errorf("got %+v", list.Staff)
	}
	values := f.as(manager, "GET", api+"/hall/config/values", nil)
	if strings.Contains(values.Body, "$2a$") || strings.Contains(values.Body, "password") || !strings.Contains(values.Body, "钱进") {
		t.Error("the values have secrets, or no staff")
	}

	out = f.change(http.StatusOK, base, false, edit("set", "staff/qian/password", "another-one"))
	if !slices.Equal(out.Changes, []string{"人员 钱进的口令 已更改"}) {
		t.Errorf("got %q", out.Changes)
	}
	if enter("qian", "a-good-one").Status != http.StatusForbidden || enter("qian", "another-one").Status != http.StatusOK {
		t.Error("the new password isn't the only one")
	}
	out = f.change(http.StatusOK, out.Version, false, edit("set", "staff/qian/disabled", true))
	if a := enter("qian", "another-one"); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "停用") {
		t.Errorf("got %s", a.Body)
	}
	if got := me(token); got != http.StatusUnauthorized {
		t.Errorf("the session of somebody disabled answers %d", got)
	}
}

func TestTheTicketIsShownAsItIsPrinted(t *testing.T) {
	f := newFixture(t)
	var usual struct{ Lines []map[string]any }
	f.must(http.StatusOK, "GET", api+"/hall/ticket", nil, &usual)
	var out struct {
		Columns int
		Rows    []struct {
			Kind, Text, Align string
			Columns, Size     int
			Modules           []string
		}
	}
	for _, mm := range []int{80, 58} {
		f.must(http.StatusOK, "POST", api+"/hall/ticket/preview", map[string]any{"lines": usual.Lines, "mm": mm}, &out)
		var kinds []string
		for _, r := range out.Rows {
			kinds = append(kinds, r.Kind)
			if r.Columns > out.Columns {
				t.Errorf("%d mm: %q takes %d columns of %d", mm, r.Text, r.Columns, out.Columns)
			}
		}
		if kinds[len(kinds)-1] != "cut" || !slices.Contains(kinds, "qr") {
			t.Errorf("%d mm: got %q", mm, kinds)
		}
	}
	for name, lines := range map[string][]map[string]any{
		"no number":     {{"show": "rule"}},
		"two numbers":   {{"show": "number"}, {"show": "number"}},
		"unknown":       {{"show": "number"}, {"show": "<script>"}},
		"out of size":   {{"show": "number", "size": 9}},
		"empty text":    {{"show": "number"}, {"show": "text", "text": " "}},
		"without limit": slices.Repeat([]map[string]any{{"show": "rule"}}, 99),
	} {
		if p := f.problem(f.as(admin, "POST", api+"/hall/ticket/preview", map[string]any{"lines": lines})); p.Status != 422 {
			t.Errorf("%s: got %+v", name, p)
		}
	}
	_, base := f.file()
	f.change(http.StatusUnprocessableEntity, base, false, edit("set", "ticket/lines", []any{map[string]any{"show": "rule"}}))
	got := f.change(http.StatusOK, base, false, edit("set", "ticket/lines", []any{
		map[string]any{"show": "number", "size": 4}, map[string]any{"show": "text", "text": "# 不是注释"},
	}))
	if len(got.Changes) != 1 {
		t.Errorf("got %q", got.Changes)
	}
	f.must(http.StatusOK, "GET", api+"/hall/ticket", nil, &usual)
	if len(usual.Lines) != 2 || fmt.Sprint(usual.Lines[1]["text"]) != "# 不是注释" {
		t.Errorf("got %v", usual.Lines)
	}
	if a := f.as(admin, "POST", api+"/agents/kiosk-1/test-print", map[string]any{}); a.Status != http.StatusConflict {
		t.Errorf("a kiosk that isn't there printed: %s", a.Body)
	}
	if a := f.as(admin, "POST", api+"/agents/counter-1/test-print", map[string]any{}); a.Status != http.StatusNotFound {
		t.Errorf("a counter printed: %s", a.Body)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOutsideOpeningHoursKiosksSayWhenItOpens(t *testing.T) {
	evening := time.Date(2026, 11, 23, 18, 30, 0, 0, time.FixedZone("CST", 8*60*60)) // a Monday
	f := newFixture(t, testkit.Clock(evening))
	_, base := f.file()
	f.change(http.StatusOK, base, false, edit("set", "hours", map[string]any{
		"week": map[string]any{"mon": []string{"09:00-12:00", "13:00-17:00"}, "tue": []string{"09:00-17:00"}}, "calendar": true,
	}))
	var list struct{ Services []link.ServiceView }
	f.must(http.StatusOK, "GET", api+"/services", nil, &list)
	for _, s := range list.Services {
		if s.Available || s.Why != "现在不在取号时间，明天 09:00 开始取号" {
			t.Errorf("%s: available %t because %q", s.ID, s.Available, s.Why)
		}
	}
	a := f.as(kiosk, "POST", api+"/tickets", map[string]any{"service": "tax", "channel": "phone"})
	if p := f.problem(a); p.Status != http.StatusConflict || p.Code != "hall.shut" || p.Detail != "现在不在取号时间，11 月 24 日 09:00 开始取号" {
		t.Errorf("got %+v", p)
	}
	_, base = f.file()
	f.change(http.StatusOK, base, false, edit("remove", "hours", nil))
	if a := f.as(kiosk, "POST", api+"/tickets", map[string]any{"service": "tax", "channel": "phone"}); a.Status != http.StatusCreated {
		t.Errorf("without hours: %s", a.Body)
	}
}
