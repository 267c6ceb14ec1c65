package httpd_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/internal/testkit"
)

// lobbyPrinter is a device model of the hall's own.
func lobbyPrinter(t *testing.T, note string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "firmware-profiles", "catalog", "printer", "generic-escpos-80.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), "id: generic/escpos-80", "# "+note+"\nid: acme/lobby-80", 1)
}

// modelReport is the answer about a device model.
type modelReport struct {
	Model *struct {
		ID      string
		Version int64
	}
	Changed bool
	Base    int64
	Lines   []struct{ Was, Now int }
	Refused []struct{ Code, Text string }
}

// model sends a request about device models in the administrator's name.
func (f *fixture) model(status int, path string, body map[string]any) modelReport {
	f.Helper()
	var out modelReport
	f.hall.Must(status, testkit.Request{Method: "POST", Path: api + "/hall/profiles" + path, Token: f.tokens[admin], Body: body}, &out)
	return out
}

func TestDeviceModelsOfTheHallHaveAHistory(t *testing.T) {
	f := newFixture(t)
	first, second := lobbyPrinter(t, "一版"), lobbyPrinter(t, "二版")
	if r := f.model(http.StatusOK, "/check", map[string]any{"text": first}); r.Base != 0 || !r.Changed || len(r.Lines) == 0 {
		t.Errorf("checked %+v", r)
	}
	f.model(http.StatusOK, "", map[string]any{"text": first, "base": 0, "note": "大厅的打印机"})
	f.model(http.StatusOK, "", map[string]any{"text": second, "base": 1})

	// Who saw an older version is told who was faster, and changes nothing.
	for path, body := range map[string]map[string]any{
		"": {"text": first, "base": 1}, "/remove": {"id": "acme/lobby-80", "base": 1}, "/versions/1/restore": {"base": 1},
	} {
		p := f.problem(f.as(admin, "POST", api+"/hall/profiles"+path, body))
		if p.Status != http.StatusConflict || p.Code != "profile.changed" || !strings.HasPrefix(p.Detail, "型号 acme/lobby-80 已由") {
			t.Errorf("%s: %+v", path, p)
		}
	}

	dry := f.model(http.StatusOK, "/versions/1/restore", map[string]any{"base": 0, "dryRun": true})
	if dry.Base != 2 || !dry.Changed || len(dry.Lines) != 1 || len(dry.Refused) != 0 {
		t.Errorf("would bring back %+v", dry)
	}
	f.model(http.StatusOK, "/versions/1/restore", map[string]any{"base": dry.Base, "note": "二版卡纸"})
	var list struct {
		Versions []struct {
			ID, Restored    int64
			Cause, By, Note string
			Current         bool
			Lines           []struct{ Old, New string }
		}
	}
	f.must(http.StatusOK, "GET", api+"/hall/profiles/versions", nil, &list)
	if len(list.Versions) != 3 {
		t.Fatalf("versions %+v", list)
	}
	if v := list.Versions[0]; v.ID != 3 || v.Cause != "restore" || v.Restored != 1 || v.Note != "二版卡纸" || v.By != "admin:admin" || !v.Current || len(v.Lines) != 1 || v.Lines[0].Old != "# 二版" {
		t.Errorf("the newest is %+v", v)
	}
	if list.Versions[1].Current || list.Versions[2].Note != "大厅的打印机" {
		t.Errorf("the older are %+v", list.Versions[1:])
	}
	var one struct{ Text string }
	f.must(http.StatusOK, "GET", api+"/hall/profiles/versions/2", nil, &one)
	if one.Text != second {
		t.Error("the second version has another text")
	}
	var compared struct{ Lines []struct{ Old, New string } }
	f.must(http.StatusOK, "GET", api+"/hall/profiles/versions/2/changes", nil, &compared)
	if len(compared.Lines) != 1 || compared.Lines[0].Old != "# 二版" || compared.Lines[0].New != "# 一版" {
		t.Errorf("compared with what is in force: %+v", compared)
	}
	f.must(http.StatusOK, "GET", api+"/hall/profiles/versions/3/changes?to=1", nil, &compared)
	if len(compared.Lines) != 0 {
		t.Errorf("the same texts differ: %+v", compared)
	}
	if r := f.model(http.StatusOK, "/remove", map[string]any{"id": "acme/lobby-80", "base": 0, "dryRun": true}); r.Base != 3 || len(r.Refused) != 0 {
		t.Errorf("would take away %+v", r)
	}
	f.model(http.StatusOK, "/remove", map[string]any{"id": "acme/lobby-80", "base": 3})
	if p := f.problem(f.as(admin, "POST", api+"/hall/profiles/versions/4/restore", map[string]any{"base": 4})); p.Code != "profile.gone" {
		t.Errorf("a removal brought back: %+v", p)
	}
}

func TestAModelInUseIsNotTakenFromItsDevice(t *testing.T) {
	f := newFixture(t)
	f.model(http.StatusOK, "", map[string]any{"text": lobbyPrinter(t, "一版"), "base": 0})
	_, base := f.file()
	f.change(http.StatusOK, base, false, map[string]any{
		"op": "insert", "path": "agents/kiosk-1/devices",
		"value": map[string]any{"id": "lobby", "profile": "acme/lobby-80", "port": "tcp://10.0.0.1:9100"},
	})
	dry := f.model(http.StatusOK, "/remove", map[string]any{"id": "acme/lobby-80", "base": 1, "dryRun": true})
	if len(dry.Refused) != 1 || dry.Refused[0].Code != "profile.used" {
		t.Errorf("would take away %+v", dry)
	}
	if p := f.problem(f.as(admin, "POST", api+"/hall/profiles/remove", map[string]any{"id": "acme/lobby-80", "base": 1})); p.Code != "profile.used" {
		t.Errorf("got %+v", p)
	}
}
