package bpmn_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/platform/internal/flow/bpmn"
	"smarthall/platform/internal/flow/engine"
)

// rich says everything that a definition can say.
func rich() engine.Definition {
	return engine.Placed(engine.Definition{
		ID: "rich", Version: 3, Name: `餐饮 & <许可> "一"`,
		Nodes: []engine.Node{
			{ID: "start", Kind: engine.Start, Name: "受理"},
			{
				ID: "review", Name: "审查", Kind: engine.User, Assign: &engine.Assign{Org: "item", Role: "approver", Post: "科长"},
				Limit: &engine.Term{Unit: engine.WorkingDays, Days: 3}, Holdable: true, Return: engine.ReturnListed, ReturnTo: []string{"review"},
			},
			{ID: "x", Kind: engine.Xor, Name: "面积？"},
			{ID: "o", Kind: engine.Or},
			{ID: "wait", Kind: engine.Timer, Name: "公示", Wait: &engine.Term{Unit: engine.Days, Days: 7}},
			{ID: "sign", Name: "会签", Kind: engine.User, Decides: true, Multi: &engine.Multi{
				Mode: engine.Ratio, Ratio: 67, Veto: true, Of: []engine.Assign{{Org: "a"}, {Org: "b", Post: "法制"}, {Org: "c"}},
			}},
			{ID: "j", Kind: engine.Or},
			{ID: "tell", Kind: engine.Service, Name: "公开", Action: "publish"},
			{ID: "end", Kind: engine.End},
		},
		Edges: []engine.Edge{
			{ID: "e1", From: "start", To: "review"},
			{ID: "e2", From: "review", To: "x"},
			{ID: "e3", From: "x", To: "o", When: `facts.values.area > 200 and opinions.review.result != "refuse" or 1 < 2`, Name: "大于 200"},
			{ID: "e4", From: "x", To: "review", Default: true},
			{ID: "e5", From: "o", To: "wait", Default: true},
			{ID: "e6", From: "o", To: "sign", When: "values.sign == true"},
			{ID: "e7", From: "wait", To: "j"},
			{ID: "e8", From: "sign", To: "j"},
			{ID: "e9", From: "j", To: "tell"},
			{ID: "e10", From: "tell", To: "end"},
		},
	})
}

func write(tb testing.TB, def engine.Definition) []byte {
	tb.Helper()
	data, err := bpmn.Write(def)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestWhatIsWrittenIsReadTheSame(t *testing.T) {
	def := rich()
	data := write(t, def)
	got, err := bpmn.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&def, got); diff != "" {
		t.Errorf("read (-written +read): %s", diff)
	}
	if again := write(t, *got); !bytes.Equal(again, data) {
		t.Error("written again it is not the same")
	}
}

// TestBPMNEditorsOpenIt reads what is written with the library that bpmn-js
// reads with, lets it write it, and reads that.
func TestBPMNEditorsOpenIt(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node")
	}
	modules, err := filepath.Abs("../../../../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(modules, "bpmn-moddle", "dist", "index.js")
	if _, err := os.Stat(library); err != nil {
		t.Skip("bpmn-moddle isn't installed")
	}
	def := rich()
	dir := t.TempDir()
	in, hall := filepath.Join(dir, "in.bpmn"), filepath.Join(dir, "hall.json")
	for name, data := range map[string][]byte{in: write(t, def), hall: bpmn.Moddle} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `import * as lib from "` + library + `"; import { readFileSync } from "node:fs";
const BpmnModdle = lib.BpmnModdle ?? lib.default;
const moddle = new BpmnModdle({ hall: JSON.parse(readFileSync(process.argv[3], "utf8")) });
const { rootElement, warnings } = await moddle.fromXML(readFileSync(process.argv[2], "utf8"));
if (warnings.length > 0) throw new Error(warnings.map((w) => w.message).join("; "));
const { xml } = await moddle.toXML(rootElement, { format: true });
process.stdout.write(xml);`
	file := filepath.Join(dir, "read.mjs")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, file, in, hall)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	got, err := bpmn.Read(out)
	if err != nil {
		t.Fatalf("read what the editor wrote: %v\n%s", err, out)
	}
	if diff := cmp.Diff(&def, got); diff != "" {
		t.Errorf("after the editor (-before +after): %s", diff)
	}
}

func TestHostileDrawingsAreRefused(t *testing.T) {
	good := string(write(t, rich()))
	nested := strings.Repeat("<bpmn:extensionElements>", 5000)
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "空"},
		{"no XML", "hello <", "不是有效"},
		{"another root", "<html/>", "definitions"},
		{"entities", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + good, "文档类型"},
		{"a file of this machine", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + good, "文档类型"},
		{"a billion laughs", `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;">]><lolz>&lol2;</lolz>`, "文档类型"},
		{"two documents", good + strings.TrimPrefix(good, `<?xml version="1.0" encoding="UTF-8"?>`), "多个根元素"},
		{"entity used", strings.Replace(good, "受理", "&lol;", 1), "不是有效"},
		{"too large", good + strings.Repeat(" ", 1<<20), "1 MB"},
		{"too deep", strings.Replace(good, "<bpmn:extensionElements>", nested, 1), "复杂"},
		{"too many", strings.Replace(good, "</bpmn:process>", strings.Repeat("<bpmn:task/>", 20_000)+"</bpmn:process>", 1), "复杂"},
		{"long text", strings.Replace(good, "facts.values", strings.Repeat("f", 9000), 1), "过长"},
		{"a pool", strings.Replace(good, "<bpmn:process", `<bpmn:collaboration id="Pool_7"/><bpmn:process`, 1), "collaboration（Pool_7）"},
		{"a script", strings.Replace(good, "</bpmn:process>", `<bpmn:scriptTask id="evil"/></bpmn:process>`, 1), "scriptTask（evil）"},
		{"a message event", strings.ReplaceAll(good, "timerEventDefinition", "messageEventDefinition"), "messageEventDefinition"},
		{"two processes", strings.Replace(good, "<bpmn:process", `<bpmn:process id="other"/><bpmn:process`, 1), "一个流程"},
		{"ours, unknown", strings.Replace(good, "<hall:step", "<hall:magic/><hall:step", 1), "magic"},
		{"no number", strings.Replace(good, `ratio="67"`, `ratio="many"`, 1), "整数"},
		{"no place", strings.Replace(good, `<dc:Bounds x="`, `<dc:Bounds x="NaN`, 1), "位置"},
		{"far away", strings.Replace(good, `<dc:Bounds x="`, `<dc:Bounds x="9999999`, 1), "位置"},
		{"a default elsewhere", strings.Replace(good, `default="e4"`, `default="e9"`, 1), "默认连线"},
		{"another charset", strings.Replace(good, "UTF-8", "GB2312", 1), "UTF-8"},
		{"no UTF-8", strings.Replace(good, "受理", "\xff\xfe", 1), "不是有效"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := bpmn.Read([]byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something about %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(write(f, rich()))
	f.Add([]byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="s"/><userTask id="u"/></process></definitions>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		def, err := bpmn.Read(data)
		if err != nil {
			return
		}
		engine.Check(def, engine.Surroundings{})
		written, err := bpmn.Write(*def)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		if def.Node("") == nil && len(def.Edges) > 0 && engine.Severe(engine.Check(def, engine.Surroundings{})) {
			return // ids that are wrong needn't come back
		}
		if _, err := bpmn.Read(written); err != nil && !engine.Severe(engine.Check(def, engine.Surroundings{})) {
			t.Fatalf("what was written can't be read: %v", err)
		}
	})
}
