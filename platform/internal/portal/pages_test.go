package portal_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"smarthall/internal/fonts/rare/raretest"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// notice publishes an article.
func (t *town) notice(tb testing.TB, a portal.Article) {
	tb.Helper()
	must(tb, t.store.Write(tb.Context(), "publish", func(tx *store.Tx) error { return t.PutArticle(tb.Context(), tx, a) }))
}

func TestThePortalLeadsFromTheHomePageToAGuide(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		town.notice(t, portal.Article{ID: "n1", Kind: portal.Notice, Title: "国庆节放假安排", Body: "一、照常。\n二、周六开放。", At: town.now.Add(-time.Hour)})
		home := town.page(t, "/")
		has(t, home, `<html lang="zh-CN">`, "您要办什么事", `action="/search"`, "我要看", "我要查", "我要办", "我要问", "我要评", `href="/my"`, `href="/progress"`,
			"营业执照设立登记", "东湖区政务服务中心", "国庆节放假安排", `href="/themes/l-establish"`, `href="/departments/market"`)

		found := town.page(t, "/search?q="+url.QueryEscape("注册公司"))
		has(t, found, `href="/items/business-licence"`, "“注册公司”的搜索结果")
		has(t, town.page(t, "/search?q="+url.QueryEscape("设立登记")), "<mark>设立登记</mark>")
		has(t, town.page(t, "/search?q="+url.QueryEscape("营业执兆")), "营业执照")

		guide := town.page(t, "/items/business-licence")
		for _, element := range []string{
			"事项名称", "企业登记注册", "事项类型", "行政许可", "设定依据", "第二十九条", "实施主体", "法定办结时限", "3 个工作日", "承诺办结时限", "1 个工作日",
			"结果名称", "查看结果样本", "不收费", "申请材料（10 份）", "办理流程", "受理通知书", "办理形式", "审查标准", "通办范围", "全市通办", "预约办理", "网上支付",
			"邮寄", "湖滨路1号", "9:00-12:00", "咨询方式", "0571-00000011", "监督投诉", "12345", "填写须知", "受理标准", "示例样表", "空白表格", "常见问题",
			"注册资本要不要马上缴足", "常见错误", "权利和义务", `href="/book?item=business-licence"`, `href="/apply?item=business-licence"`, `href="/ask?item=business-licence"`, "/items/business-licence/qr.svg",
			"/items/business-licence/guide.pdf", "/items/business-licence/print", "基本编码", "数量限制", "窗口权限",
		} {
			has(t, guide, element)
		}
	})
}

func TestEveryPageIsThere(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	town.notice(t, portal.Article{ID: "n1", Kind: portal.Notice, Title: "公告一", Body: "正文", At: town.now.Add(-time.Hour)})
	town.notice(t, portal.Article{ID: "l1", Kind: portal.Law, Title: "优化营商环境条例", Source: "国务院令第722号", Body: "正文", At: town.now.Add(-time.Hour)})
	pages := map[string]string{
		"/items": "全部事项", "/themes": "按主题找", "/themes/l-establish": "营业执照设立登记", "/departments": "东湖区市场监督管理局",
		"/departments/market": "营业执照设立登记", "/packages": "一件事", "/halls": "湖滨路1号", "/halls/demo": "地铁1号线", "/notices": "公告一", "/notices/n1": "正文",
		"/laws": "优化营商环境条例", "/laws/l1": "国务院令第722号", "/agencies": "中介", "/query": "我要查", "/ask": "12345", "/feedback": "投诉",
		"/ask?item=business-licence": "0571-00000011", "/feedback?item=business-licence": "投诉中心", "/help": "跳到正文", "/about": "无障碍", "/privacy": "加密",
		"/agreement": "服务协议", "/items/business-licence/print": "第 1 版", "/search": "搜索",
	}
	title := regexp.MustCompile(`<title>[^<]{2,}</title>`)
	for path, word := range pages {
		text := town.page(t, path)
		has(t, text, word)
		if !title.MatchString(text) || strings.Count(text, "<h1>") != 1 {
			t.Errorf("%s: one title and one main heading are wanted", path)
		}
		hasNot(t, text, "ZgotmplZ", "<no value>", "%!")
	}
}

// TestLinksLeadSomewhere follows every link of every page.
func TestLinksLeadSomewhere(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	town.notice(t, portal.Article{ID: "n1", Kind: portal.Notice, Title: "公告一", Body: "正文", At: town.now.Add(-time.Hour)})
	link := regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	elsewhere := regexp.MustCompile(`^(/(my|login|register|book|consult|follows|ask/new|answers|ratings|progress|apply|cases|verify|licences/verify|feedback/(suggestion|complaint)|items/[^/]+/guide\.pdf)|#|data:)`)
	seen, queue := map[string]bool{"/": true}, []string{"/"}
	for len(queue) > 0 && len(seen) < 1500 {
		path := queue[0]
		queue = queue[1:]
		w := town.ask(http.MethodGet, path)
		if w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
			t.Errorf("%s answers %d", path, w.Code)
			continue
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(w.Body.String(), -1) {
			to, _, _ := strings.Cut(strings.ReplaceAll(m[1], "&amp;", "&"), "#")
			if to == "" || elsewhere.MatchString(m[1]) || strings.Contains(to, "elder=") || strings.Contains(to, "contrast=") || seen[to] {
				continue
			}
			seen[to] = true
			queue = append(queue, to)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d addresses were found", len(seen))
	}
}

func TestASituationNarrowsTheMaterials(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	tests := []struct {
		name, query   string
		want, wantNot []string
	}{
		{
			"nothing answered yet", "",
			[]string{"申请材料（10 份）", "公司的股东是谁", `name="s-owner"`, "各种情形的全部材料"},
			[]string{"前置审批项目吗", "重新选择"},
		},
		{
			"the first answer asks the next question and keeps the answer", "?s-owner=person",
			[]string{`<input type="hidden" name="s-owner" value="person">`, "公司住所是哪一种", "都是个人", "自然人股东的身份证件", "以下是已经确定要的材料"},
			[]string{"法人股东的营业执照"},
		},
		{
			"all answers give exactly the materials", "?s-owner=person&s-premises=rented&s-scope=no&s-agent=self",
			[]string{"申请材料（5 份）", "按您的情形，需要 <strong>5</strong> 份材料", "房屋租赁合同", "/print?s-agent=self", "/guide.pdf?answers=owner%3Aperson%2Cpremises%3Arented%2Cscope%3Ano%2Cagent%3Aself"},
			[]string{"住所产权证明", "前置审批文件", "委托代理书"},
		},
		{
			"an answer changes the limit", "?s-owner=person&s-premises=rented&s-scope=yes&s-agent=self",
			[]string{"承诺3 个工作日", "前置审批文件"},
			nil,
		},
		{
			"a wrong item says so", "?s-owner=none",
			[]string{"应办理个体工商户登记", "不用准备材料"},
			[]string{`name="s-premises"`, "填写须知"},
		},
		{
			"an answer that isn't one asks anew", "?s-owner=nobody",
			[]string{"请重新选择", "申请材料（10 份）"},
			nil,
		},
		{
			"answers without their question ask anew", "?s-agent=self",
			[]string{"请重新选择"},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := town.page(t, "/items/business-licence"+tt.query)
			has(t, text, tt.want...)
			hasNot(t, text, tt.wantNot...)
		})
	}
}

func TestAListIsNarrowedByItsForm(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	has(t, town.page(t, "/items?object=legal&theme=l-establish&bookable=true"), "共 1 项", `href="/items/business-licence"`, "服务对象：法人", "可以预约", "，取消此条件")
	has(t, town.page(t, "/items?object=person"), "共 0 项", "换一个词试试")
	has(t, town.page(t, "/items?hall=demo"), "办理大厅：东湖区政务服务中心")
	w := town.ask(http.MethodGet, "/items?object=legal&theme=&sort=")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/items?object=legal" {
		t.Errorf("empty choices stay in the address: %d %s", w.Code, got)
	}
	if w := town.ask(http.MethodGet, "/items?page=7"); w.Code != http.StatusNotFound {
		t.Errorf("a page beyond the end answers %d", w.Code)
	}
}

func TestWhatIsNotThereIsSaidSo(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	town.notice(t, portal.Article{ID: "tomorrow", Kind: portal.Notice, Title: "明天的公告", Body: "正文", At: town.now.Add(24 * time.Hour)})
	for _, path := range []string{
		"/nothing", "/items/none", "/items/none/print", "/themes/x9", "/departments/none", "/packages/none", "/halls/none", "/notices/none", "/laws/n1",
		"/notices/tomorrow", "/items/business-licence/nothing", "/ask?item=none", "/items/business-licence/materials/charter/other", "/portal/none.css", "/notices?page=9",
	} {
		w := town.ask(http.MethodGet, path)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
		has(t, w.Body.String(), "返回首页")
	}
	hasNot(t, town.page(t, "/notices"), "明天的公告")
	if w := town.ask(http.MethodPost, "/items/business-licence"); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("a post to a page answers %d", w.Code)
	}
}

func TestAReaderGetsTheLookShewants(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	w := town.ask(http.MethodGet, "/items/business-licence?s-owner=person&elder=1")
	has(t, w.Body.String(), " data-elder>", "标准版", `href="/items/business-licence?s-owner=person&amp;elder=0"`)
	if c := w.Header().Get("Set-Cookie"); !strings.HasPrefix(c, "elder=1;") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the look isn't remembered: %q, %q", c, w.Header().Get("Cache-Control"))
	}
	text := town.ask(http.MethodGet, "/", "Cookie", "elder=1; contrast=1").Body.String()
	has(t, text, " data-elder data-contrast>", "普通对比度")
	hasNot(t, town.page(t, "/"), "data-elder", "data-contrast")
	hasNot(t, town.ask(http.MethodGet, "/?elder=<script>", "Cookie", "elder=yes").Body.String(), "data-elder", "<script>alert")
}

func TestAPageIsSentOnceWhileItIsTheSame(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	first := town.ask(http.MethodGet, "/items/business-licence")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Cache-Control") != "public, max-age=10" {
		t.Fatalf("headers: %v", first.Header())
	}
	if again := town.ask(http.MethodGet, "/items/business-licence", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("the same page answers %d with %d bytes", again.Code, again.Body.Len())
	}
	packed := town.ask(http.MethodGet, "/items/business-licence", "Accept-Encoding", "br, gzip;q=0.8")
	r, err := gzip.NewReader(packed.Body)
	must(t, err)
	plain, err := io.ReadAll(r)
	must(t, err)
	if !bytes.Equal(plain, first.Body.Bytes()) {
		t.Error("the compressed page is another")
	}
	if got := town.ask(http.MethodGet, "/", "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("compressed against the reader's wish: %s", got)
	}
	if vary := strings.Join(first.Header().Values("Vary"), ","); !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Accept-Encoding") {
		t.Errorf("Vary: %s", vary)
	}
	town.caller = access.Caller{Kind: access.Person, ID: "p1"}
	mine := town.ask(http.MethodGet, "/items/business-licence")
	has(t, mine.Body.String(), "我的空间")
	hasNot(t, mine.Body.String(), ">登录<")
	if got := mine.Header().Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("a signed-in reader's page: %s", got)
	}
}

func TestWhatIsPublishedIsSeenSoon(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	hasNot(t, town.page(t, "/notices"), "新公告")
	town.notice(t, portal.Article{ID: "new", Kind: portal.Notice, Title: "新公告", Body: "正文", At: town.now.Add(-time.Hour)})
	town.now = town.now.Add(2 * time.Second)
	has(t, town.page(t, "/notices"), "新公告")
	must(t, town.DropArticle(t.Context(), "new"))
	town.now = town.now.Add(2 * time.Second)
	hasNot(t, town.page(t, "/notices"), "新公告")
}

func TestFormsAndSamplesAreToKeep(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	w := town.ask(http.MethodGet, "/items/business-licence/materials/application/blank")
	if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || !strings.Contains(got, url.PathEscape("申请书")) || !strings.HasSuffix(got, ".pdf") {
		t.Errorf("Content-Disposition: %s", got)
	}
	if again := town.ask(http.MethodGet, "/items/business-licence/materials/application/blank"); !bytes.Equal(again.Body.Bytes(), w.Body.Bytes()) {
		t.Error("asked again, it is another one")
	}
	for _, at := range []string{"/items/business-licence/materials/application/blank", "/items/business-licence/sample"} {
		w := town.ask(http.MethodGet, at)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-") {
			t.Errorf("%s answers %d, %s", at, w.Code, w.Header().Get("Content-Type"))
		}
	}
	w = town.ask(http.MethodGet, "/items/business-licence/guide.zip?s-owner=person&s-premises=rented&s-scope=no&s-agent=self")
	if w.Code != http.StatusOK {
		t.Fatalf("the bundle answers %d: %s", w.Code, w.Body.String())
	}
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	must(t, err)
	names := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		data, err := io.ReadAll(r)
		must(t, err)
		names[f.Name] = string(data)
	}
	has(t, names["办事指南.html"], "<style>", "申请材料（5 份）", "我的情形")
	hasNot(t, names["办事指南.html"], "委托代理书", `rel="stylesheet"`, "<script")
	has(t, names["办事指南.html"], `<base href="http://example.com/">`, "到现场")
	for _, form := range []string{"示例样表/02 公司章程.pdf", "空白表格/01 公司登记（备案）申请书.pdf", "结果样本/营业执照.pdf"} {
		if !strings.HasPrefix(names[form], "%PDF-") {
			t.Errorf("%s is missing among %d files", form, len(names))
		}
		has(t, names["目录.txt"], form)
	}
	qr := town.ask(http.MethodGet, "http://zwfw.example.cn/items/business-licence/qr.svg")
	if err := xml.Unmarshal(qr.Body.Bytes(), new(struct{})); err != nil || qr.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the QR code is no picture: %v", err)
	}
}

func TestSearchEnginesFindThePages(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	has(t, town.page(t, "http://zwfw.example.cn/robots.txt"), "Disallow: /my", "Sitemap: http://zwfw.example.cn/sitemap.xml")
	has(t, town.page(t, "http://zwfw.example.cn/sitemap.xml"), "<loc>http://zwfw.example.cn/items/business-licence</loc>")
	has(t, town.page(t, "/search/suggest?q="+url.QueryEscape("营业")), "营业执照")
}

func TestPagesBringTheFontOfRareCharactersWhereThereIsOne(t *testing.T) {
	const link = `<link rel="stylesheet" href="/fonts/rare.css`
	t.Run("without one", func(t *testing.T) {
		raretest.None(t)
		if home := newTown(t, sqldbtest.File(t)).page(t, "/"); strings.Contains(home, "rare.css") {
			t.Error("the page asks for a font that isn't there")
		}
	})
	t.Run("with one", func(t *testing.T) {
		raretest.Font(t)
		has(t, newTown(t, sqldbtest.File(t)).page(t, "/"), link)
	})
}
