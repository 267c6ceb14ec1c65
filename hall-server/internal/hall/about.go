package hall

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"smarthall/internal/link"
)

// About is what the hall says of itself on touch pages; see link.AboutView.
type About struct {
	Introduction []string     `yaml:"introduction"`
	Address      string       `yaml:"address"`
	Hours        []string     `yaml:"hours"`
	Departments  []Department `yaml:"departments"`
	Process      []Article    `yaml:"process"`
	Laws         []Article    `yaml:"laws"`
	Notices      []Article    `yaml:"notices"`
	Telephones   []Telephone  `yaml:"telephones"`
	Traffic      []string     `yaml:"traffic"`
}

// Department is an office that serves people in the hall.
type Department struct {
	Name      string   `yaml:"name"`
	Duties    string   `yaml:"duties"`
	Windows   []string `yaml:"windows"`
	Telephone string   `yaml:"telephone"`
}

// Article is something to read.
type Article struct {
	Title string   `yaml:"title"`
	Date  string   `yaml:"date"`
	Text  []string `yaml:"text"`
}

// Telephone is a number to call.
type Telephone struct {
	Name   string `yaml:"name"`
	Number string `yaml:"number"`
	Hours  string `yaml:"hours"`
}

// The bounds of what a hall says of itself: every kiosk gets all of it at once.
const (
	maxAbout     = 100 // entries of a list
	maxAboutText = 4_000
	maxAboutSize = 64 << 10 // bytes of all texts together
)

// aboutChecker checks the parts of About and adds up their size.
type aboutChecker struct {
	*checker
	size int
}

func (c *checker) checkAbout(h *Hall) {
	if h.About == nil {
		return
	}
	a := &aboutChecker{checker: c}
	a.text("about/address", h.About.Address)
	a.lines("about/introduction", h.About.Introduction)
	a.lines("about/hours", h.About.Hours)
	a.lines("about/traffic", h.About.Traffic)
	a.articles("about/process", h.About.Process)
	a.articles("about/laws", h.About.Laws)
	a.articles("about/notices", h.About.Notices)
	a.departments(h)
	a.telephones(h.About.Telephones)
	if a.size > maxAboutSize {
		c.add("about", "大厅介绍的文字合计不能超过 %d 字节", maxAboutSize)
	}
}

func (a *aboutChecker) text(path, text string) {
	a.size += len(text)
	if utf8.RuneCountInString(text) > maxAboutText {
		a.add(path, "一段文字最多 %d 个字", maxAboutText)
	}
}

// need is text for what can't be left out.
func (a *aboutChecker) need(path, text, what string) {
	a.text(path, text)
	if text == "" {
		a.add(path, "缺少%s", what)
	}
}

// few tells whether a list has no more entries than it may.
func (a *aboutChecker) few(path string, n int) bool {
	if n > maxAbout {
		a.add(path, "最多 %d 条", maxAbout)
		return false
	}
	return true
}

func (a *aboutChecker) lines(path string, lines []string) {
	if !a.few(path, len(lines)) {
		return
	}
	for i, line := range lines {
		a.need(fmt.Sprintf("%s/%d", path, i), line, "文字")
	}
}

func (a *aboutChecker) articles(path string, list []Article) {
	if !a.few(path, len(list)) {
		return
	}
	for i, article := range list {
		at := fmt.Sprintf("%s/%d", path, i)
		a.need(at, article.Title, "标题 title")
		if _, err := time.Parse(time.DateOnly, article.Date); article.Date != "" && err != nil {
			a.add(at+"/date", "%q 不是日期，应如 2026-11-22", article.Date)
		}
		a.lines(at+"/text", article.Text)
	}
}

func (a *aboutChecker) departments(h *Hall) {
	if !a.few("about/departments", len(h.About.Departments)) {
		return
	}
	for i, d := range h.About.Departments {
		at := fmt.Sprintf("about/departments/%d", i)
		a.need(at, d.Name, "名称 name")
		a.text(at+"/duties", d.Duties)
		a.text(at+"/telephone", d.Telephone)
		for j, number := range d.Windows {
			if !slices.ContainsFunc(h.Windows, func(w Window) bool { return w.Number == number }) {
				a.add(fmt.Sprintf("%s/windows/%d", at, j), "没有 %s 号窗口", number)
			}
		}
	}
}

func (a *aboutChecker) telephones(list []Telephone) {
	if !a.few("about/telephones", len(list)) {
		return
	}
	for i, t := range list {
		at := fmt.Sprintf("about/telephones/%d", i)
		a.need(at, t.Name, "名称 name")
		a.need(at, t.Number, "号码 number")
		a.text(at+"/hours", t.Hours)
	}
}

// AboutView is what the hall says of itself as pages get it; nil if nothing.
func (h *Hall) AboutView() *link.AboutView {
	if h.About == nil {
		return nil
	}
	out := &link.AboutView{
		Introduction: h.About.Introduction, Address: h.About.Address, Hours: h.About.Hours, Traffic: h.About.Traffic,
		Process: articleViews(h.About.Process), Laws: articleViews(h.About.Laws), Notices: articleViews(h.About.Notices),
	}
	for _, d := range h.About.Departments {
		out.Departments = append(out.Departments, link.DepartmentView(d))
	}
	for _, t := range h.About.Telephones {
		out.Telephones = append(out.Telephones, link.TelephoneView(t))
	}
	return out
}

// Unit is the office that serves at the windows with number; "" if the hall
// doesn't say.
func (h *Hall) Unit(number string) string {
	if h.About == nil {
		return ""
	}
	for i := range h.About.Departments {
		if slices.Contains(h.About.Departments[i].Windows, number) {
			return h.About.Departments[i].Name
		}
	}
	return ""
}

func articleViews(list []Article) []link.ArticleView {
	var out []link.ArticleView
	for _, a := range list {
		out = append(out, link.ArticleView(a))
	}
	return out
}
