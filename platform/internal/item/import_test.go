package item_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
)

// filled is the template with rows from the third on, by sheet; each row is
// cells by heading.
func filled(t *testing.T, sheets map[string][]map[string]string) *bytes.Reader {
	t.Helper()
	var buf bytes.Buffer
	if err := item.Template(&buf); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sheet, rows := range sheets {
		heads, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for head, cell := range row {
				at := -1
				for j, h := range heads[0] {
					if strings.TrimSuffix(h, "*") == head {
						at = j + 1
					}
				}
				if at < 0 {
					t.Fatalf("no column %s in %s", head, sheet)
				}
				name, err := excelize.CoordinatesToCellName(at, i+3)
				if err != nil {
					t.Fatal(err)
				}
				if err := f.SetCellStr(sheet, name, cell); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(out.Bytes())
}

// sheets are a good file with one new item.
func sheets() map[string][]map[string]string {
	return map[string][]map[string]string{
		"实施清单": {{
			"事项编号": "filing", "基本编码": "000131001000", "办理项名称": "歇业备案", "实施主体": "市场监督管理局", "行政区划": "330102", "行使层级": "县级",
			"事项简介": "经营困难时可以歇业", "关键词": "停业、歇业", "服务对象": "法人", "主题": "设立变更、准营准办", "办件类型": "即办件", "办理形式": "窗口办理、网上办理",
			"网办程度": "全程网办", "到场次数": "0", "通办范围": "全市通办", "受理条件": "因自然灾害等原因造成经营困难\n与职工协商一致", "法定时限": "法律法规未规定", "承诺时限": "当场办结",
			"审查标准": "材料齐全", "结果名称": "登记通知书", "结果类型": "批文、证明", "结果样本": "登记通知书（样本）", "可预约": "是", "网上支付": "否", "结果可邮寄": "是",
		}},
		"申请材料": {{
			"事项编号": "filing", "材料编号": "form", "材料名称": "歇业备案申请表", "材料类型": "申请表", "原件份数": "1", "需要电子材料": "是", "必要性": "必要", "来源渠道": "申请人自备",
			"受理标准": "填写完整", "空白表格": "/files/form.pdf",
		}},
		"办理流程": {{"事项编号": "filing", "环节": "申请", "说明": "提交申请"}, {"事项编号": "filing", "环节": "决定", "说明": "当场办结", "环节时限": "当场办结"}},
		"办理地点": {{"事项编号": "filing", "大厅编号": "demo", "取号业务": "business-licence", "地点名称": "中心", "地址": "湖滨路1号", "办理时间": "工作日"}},
		"咨询监督": {{"事项编号": "filing", "用途": "咨询", "方式": "电话咨询", "号码或地址": "1"}, {"事项编号": "filing", "用途": "监督", "方式": "电话咨询", "号码或地址": "12345"}},
	}
}

func TestExcelBecomesADraftThatCanBePublished(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		c.load()
		r, err := c.ImportExcel(c.editor(), filled(t, sheets()))
		if err != nil || r.Read != 1 || r.Drafted != 1 {
			t.Fatalf("report %+v, %+v", r, err)
		}
		w, err := c.Work(c.editor(), "filing")
		if err != nil || len(w.Gaps) > 0 || w.Name != "企业登记注册" || w.Promised.Unit != item.OnTheSpot || len(w.Themes) != 2 || w.Materials[0].Blank.URL != "/files/form.pdf" {
			t.Fatalf("draft %v, %v", w.Gaps, err)
		}
		if _, err := c.Get(t.Context(), "filing"); !errors.Is(err, item.ErrUnknown) {
			t.Errorf("it is published without a review: %v", err)
		}
		c.publish("filing")
		if r, err = c.ImportExcel(c.editor(), filled(t, sheets())); err != nil || r.Unchanged != 1 || r.Drafted != 0 {
			t.Errorf("the same file again: %+v, %v", r, err)
		}
	})
}

func TestExcelKeepsTheSituation(t *testing.T) {
	c := file(t)
	it := c.load()
	rows := sheets()["实施清单"]
	rows[0]["事项编号"], rows[0]["办理项名称"], rows[0]["办件类型"], rows[0]["承诺时限"], rows[0]["法定时限"] = it.ID, it.Title, "承诺件", "2个工作日", "3个工作日"
	if _, err := c.ImportExcel(c.editor(), filled(t, map[string][]map[string]string{"实施清单": rows})); err != nil {
		t.Fatal(err)
	}
	w, err := c.Work(c.editor(), it.ID)
	if err != nil || w.Promised.Days != 2 || len(w.Situation.Questions) != 4 || len(w.Materials) != len(it.Materials) || w.Materials[0].ID != "application" || len(w.Gaps) > 0 {
		t.Errorf("draft with %d questions, %d materials, gaps %v, %v", len(w.Situation.Questions), len(w.Materials), w.Gaps, err)
	}
}

func TestExcelFaultsNameTheirCellAndNothingIsImported(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(map[string][]map[string]string)
		cell  string
	}{
		{"an unknown word", func(s map[string][]map[string]string) { s["实施清单"][0]["办件类型"] = "快办件" }, "实施清单!L3"},
		{"a limit in other words", func(s map[string][]map[string]string) { s["实施清单"][0]["承诺时限"] = "很快" }, "实施清单!W3"},
		{"a material without a name", func(s map[string][]map[string]string) { s["申请材料"][0]["材料名称"] = "" }, "申请材料!C3"},
		{"a material of no item", func(s map[string][]map[string]string) { s["申请材料"][0]["事项编号"] = "nothing" }, "申请材料!A3"},
		{"an unknown body", func(s map[string][]map[string]string) { s["实施清单"][0]["实施主体"] = "无名局" }, "实施清单!E3"},
		{"another body's item", func(s map[string][]map[string]string) { s["实施清单"][0]["实施主体"] = "民政局" }, "实施清单!E3"},
		{"the same item twice", func(s map[string][]map[string]string) {
			s["实施清单"] = append(s["实施清单"], s["实施清单"][0])
		}, "实施清单!第4行"},
		{"a theme of others", func(s map[string][]map[string]string) { s["实施清单"][0]["主题"] = "婚姻登记" }, "实施清单!K3"},
		{"the catalogue by a department", func(s map[string][]map[string]string) {
			s["目录清单"] = []map[string]string{{"基本编码": "000100001000", "事项名称": "甲", "事项类型": "行政许可", "目录层级": "国家级", "设定依据": "某法|第一条"}}
		}, "目录清单!第3行"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := file(t)
			c.load()
			s := sheets()
			tc.spoil(s)
			_, err := c.ImportExcel(c.editor(), filled(t, s))
			f := fault.Of(err)
			if !errors.Is(err, item.ErrImport) || f == nil || len(f.Fields) == 0 || f.Fields[0].Name != tc.cell {
				t.Fatalf("got %v", err)
			}
			if _, err := c.Work(c.editor(), "filing"); !errors.Is(err, item.ErrUnknown) {
				t.Errorf("something was imported: %v", err)
			}
		})
	}
	c := file(t)
	for _, junk := range []string{"", "PK\x03\x04 nothing", strings.Repeat("x", 1<<20)} {
		if _, err := c.ImportExcel(c.editor(), strings.NewReader(junk)); !errors.Is(err, item.ErrImport) {
			t.Errorf("junk: %v", err)
		}
	}
}

func TestExcelCatalogueBecomesProposals(t *testing.T) {
	c := file(t)
	chief := c.staff("chief", "centre", access.RoleItemEditor)
	s := map[string][]map[string]string{"目录清单": {{"基本编码": "000100001000", "事项名称": "甲", "事项类型": "行政许可", "目录层级": "国家级", "设定依据": "某法|第一条|条文\n乙法"}}}
	if r, err := c.ImportExcel(chief, filled(t, s)); err != nil || r.Entries != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := c.Entry(t.Context(), "000100001000"); !errors.Is(err, item.ErrEntry) {
		t.Errorf("it is in the catalogue before its review: %v", err)
	}
	if err := c.ReviewEntry(c.staff("other", "centre", access.RoleItemReviewer), "000100001000", true); err != nil {
		t.Fatal(err)
	}
	e, err := c.Entry(t.Context(), "000100001000")
	if err != nil || e.Name != "甲" || len(e.Bases) != 2 || e.Bases[0].Article != "第一条" || e.Bases[1].Law != "乙法" {
		t.Errorf("entry %+v, %v", e, err)
	}
}

// province is a fake of the province's library.
type province struct {
	page  atomic.Pointer[item.ProvincePage]
	asked atomic.Int32
	fail  atomic.Pointer[http.HandlerFunc]
}

func (p *province) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	if f := p.fail.Load(); f != nil {
		(*f)(w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer secret" || r.URL.Query().Get("region") != "330100" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	page := *p.page.Load()
	// The catalogue on one page, the items on the next.
	if r.URL.Query().Get("cursor") == "" {
		page.Items, page.Next = nil, "2"
	} else {
		page.Catalogue = nil
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(page)
}

// withProvince is a city under a province.
func withProvince(t *testing.T, target string) (*city, *province) {
	t.Helper()
	p := &province{}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	c := open(t, target, func(conf *item.Config) {
		conf.Province = &item.HTTPProvince{Base: server.URL + "/items?v=1", Token: "secret", Region: "330100"}
		conf.SyncAt = 2 * time.Hour
	})
	return c, p
}

func TestProvinceWinsItsPartAndTheLocalPartStays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c, p := withProvince(t, target)
		it := c.load()
		theirs := it
		theirs.ID, theirs.Organisation = "", ""
		theirs.Conditions = []string{"新的条件"}
		theirs.Materials = append(theirs.Materials[:0:0], it.Materials...)
		theirs.Materials[0].Name, theirs.Materials[0].Blank, theirs.Materials[0].Instructions = "新版申请书", item.File{}, ""
		theirs.Places, theirs.Consultations, theirs.Supervision, theirs.FAQ, theirs.Situation, theirs.Keywords = nil, nil, nil, nil, item.Situation{}, nil
		theirs.Bookable = false
		fresh := theirs
		fresh.Code, fresh.Title = credit+"4000131001000"+"77", "股权出质登记"
		wrong := theirs
		wrong.Code, wrong.BasicCode = credit+"4000131009000", "000131009000"
		p.page.Store(&item.ProvincePage{Catalogue: example(t).Catalogue, Items: []item.Item{theirs, fresh, wrong}})
		r, err := c.Sync(t.Context())
		if err != nil || r.Read != 3 || r.Published != 1 || r.Drafted != 1 || len(r.Problems) != 2 {
			t.Fatalf("report %+v, %v", r, err)
		}
		got, err := c.Get(t.Context(), it.ID)
		if err != nil || got.Version != 2 || got.Conditions[0] != "新的条件" || got.Materials[0].Name != "新版申请书" {
			t.Errorf("the province's part: %d %v %v", got.Version, got.Conditions, err)
		}
		if len(got.Places) != 1 || !got.Bookable || len(got.Situation.Questions) != 4 || len(got.FAQ) != 3 || got.Materials[0].Blank.Text == "" || got.Promised.Days != 1 {
			t.Errorf("the local part is lost: %d places, bookable %v, %d questions", len(got.Places), got.Bookable, len(got.Situation.Questions))
		}
		if r, err = c.Sync(t.Context()); err != nil || r.Published != 0 || r.Drafted != 0 || r.Unchanged != 2 {
			t.Errorf("the same again: %+v, %v", r, err)
		}
		reports, err := c.Reports(t.Context(), 10)
		if err != nil || len(reports) != 2 {
			t.Errorf("%d reports, %v", len(reports), err)
		}
	})
}

func TestProvinceThatContradictsTheSituationWaitsForSomebody(t *testing.T) {
	c, p := withProvince(t, sqldbtest.File(t))
	it := c.load()
	theirs := it
	theirs.Materials = theirs.Materials[:3] // the situation names the others
	p.page.Store(&item.ProvincePage{Items: []item.Item{theirs}})
	r, err := c.Sync(t.Context())
	if err != nil || r.Published != 0 || r.Drafted != 1 || len(r.Problems) != 1 {
		t.Fatalf("report %+v, %v", r, err)
	}
	if got, err := c.Get(t.Context(), it.ID); err != nil || got.Version != 1 || len(got.Materials) != 10 {
		t.Errorf("what people see has changed: %d, %v", got.Version, err)
	}
	theirs.State = item.Cancelled
	p.page.Store(&item.ProvincePage{Items: []item.Item{theirs}})
	if r, err = c.Sync(t.Context()); err != nil || r.Cancelled != 1 {
		t.Fatalf("report %+v, %v", r, err)
	}
	if _, err := c.Get(t.Context(), it.ID); !errors.Is(err, item.ErrUnknown) {
		t.Errorf("the province cancelled it: %v", err)
	}
}

func TestProvinceThatFailsChangesNothing(t *testing.T) {
	c, p := withProvince(t, sqldbtest.File(t))
	it := c.load()
	answers := map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a page":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"half a JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"items":[`)
		},
		"other JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"items":7}`)
		},
		"a circle": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"next":"1"}`)
		},
		"a hung-up":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"unauthorised": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	}
	for name, f := range answers {
		p.fail.Store(&f)
		if _, err := c.Sync(t.Context()); !errors.Is(err, item.ErrProvince) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := c.Get(t.Context(), it.ID); err != nil || got.Version != 1 {
		t.Errorf("something changed: %d, %v", got.Version, err)
	}
}

// TestProvinceTakenOverByTwoProcessesAtOnce has two processes on one database
// take the province's library over at the same moment, again and again: each
// change is made once, and what is written here stays.
func TestProvinceTakenOverByTwoProcessesAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		one, p := withProvince(t, target)
		it := one.load()
		two := open(t, target, func(conf *item.Config) { conf.Province = one.Province })
		fresh := it
		fresh.ID, fresh.Code, fresh.Title = "", credit+"4000131001000"+"77", "股权出质登记"
		for round := 1; round <= 3; round++ {
			theirs := it
			theirs.ID, theirs.Conditions = "", []string{fmt.Sprint("条件", round)}
			theirs.Places, theirs.FAQ, theirs.Situation = nil, nil, item.Situation{}
			p.page.Store(&item.ProvincePage{Catalogue: example(t).Catalogue, Items: []item.Item{theirs, fresh}})
			reports := make([]item.Report, 2)
			var all sync.WaitGroup
			for i, process := range []*city{one, two} {
				all.Go(func() {
					var err error
					if reports[i], err = process.Sync(t.Context()); err != nil {
						t.Errorf("process %d: %v", i, err)
					}
				})
			}
			all.Wait()
			published, drafted := reports[0].Published+reports[1].Published, reports[0].Drafted+reports[1].Drafted
			if published != 1 || drafted != map[bool]int{true: 1}[round == 1] || len(reports[0].Problems)+len(reports[1].Problems) > drafted*2 {
				t.Errorf("round %d: %+v", round, reports)
			}
			for i, process := range []*city{one, two} {
				got, err := process.Get(t.Context(), it.ID)
				if err != nil || got.Version != round+1 || got.Conditions[0] != fmt.Sprint("条件", round) {
					t.Errorf("round %d, process %d: version %d, %v, %v", round, i, got.Version, got.Conditions, err)
				}
				if len(got.Places) != len(it.Places) || len(got.FAQ) != len(it.FAQ) || len(got.Situation.Questions) != len(it.Situation.Questions) || !got.Bookable {
					t.Errorf("round %d, process %d: the local part is lost", round, i)
				}
			}
		}
	})
}

func TestProvinceIsAskedOnceADayByOneProcess(t *testing.T) {
	target := sqldbtest.File(t)
	c, p := withProvince(t, target)
	c.load()
	p.page.Store(&item.ProvincePage{})
	done := make(chan error, 1)
	ctx, cancel := contextWithCancel(t)
	go func() { done <- c.Run(ctx) }()
	waitFor(t, func() bool { r, err := c.Reports(t.Context(), 10); return err == nil && len(r) == 1 })
	time.Sleep(50 * time.Millisecond)
	if n := p.asked.Load(); n != 2 { // two pages
		t.Errorf("asked %d times", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// The next day it is due again.
	c.pass(24 * time.Hour)
	ctx, cancel = contextWithCancel(t)
	go func() { done <- c.Run(ctx) }()
	waitFor(t, func() bool { r, err := c.Reports(t.Context(), 10); return err == nil && len(r) == 2 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
