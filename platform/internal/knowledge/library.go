package knowledge

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"smarthall/platform/internal/item"
)

// Kind is what sort of knowledge an entry is.
type Kind string

// The kinds (KB-02).
const (
	Review     Kind = "review"     // 审查要点
	Policy     Kind = "policy"     // 政策依据
	Guide      Kind = "guide"      // 办理指引
	Experience Kind = "experience" // 办理经验
	Question   Kind = "question"   // 常见问答
	Contact    Kind = "contact"    // 部门联系方式
)

// kinds are all kinds, in the order in which a clerk needs them.
var kinds = []Kind{Review, Experience, Question, Policy, Contact, Guide}

// Origin is where an entry comes from.
type Origin string

// The origins.
const (
	FromItem   Origin = "item"   // made of a published item
	FromStaff  Origin = "staff"  // written by a department's staff
	FromAnswer Origin = "answer" // proposed from a published answer
)

// Entry is one published piece of knowledge.
type Entry struct {
	// ID of an entry made of an item begins with "item.", the item's id and a
	// part of it: it stays the same as long as the item has that part.
	ID     string `json:"id"`
	Kind   Kind   `json:"kind"`
	Origin Origin `json:"origin"`
	// Item is empty if it is about none, Material if it is about no single one.
	Item             string `json:"item,omitempty"`
	ItemName         string `json:"itemName,omitempty"`
	Material         string `json:"material,omitempty"`
	MaterialName     string `json:"materialName,omitempty"`
	Organisation     string `json:"organisation"`
	OrganisationName string `json:"organisationName"`
	Region           string `json:"region"`
	Title            string `json:"title"`
	Body             string `json:"body" doc:"Plain text with lines"`
	// Version is the item's, of an entry that is made of one.
	Version   int       `json:"version"`
	Published time.Time `json:"published"`
	// Doubted tells that a department has to look into it.
	Doubted bool `json:"doubted,omitempty"`

	author string
}

// fromItem are the entries that a published item makes.
func fromItem(it *item.Item) []Entry {
	name := it.DisplayName()
	var all []Entry
	add := func(part string, kind Kind, title, body string) *Entry {
		if body = strings.TrimSpace(body); body == "" {
			return &Entry{}
		}
		all = append(all, Entry{
			ID: "item." + it.ID + "." + part, Kind: kind, Origin: FromItem, Item: it.ID, ItemName: name, Organisation: it.Organisation,
			OrganisationName: it.OrganisationName, Region: it.Region, Title: title, Body: body, Version: it.Version, Published: it.PublishedAt,
		})
		return &all[len(all)-1]
	}
	for _, m := range it.Materials {
		var lines []string
		if m.Standard != "" {
			lines = append(lines, m.Standard)
		}
		if m.Instructions != "" {
			lines = append(lines, "填写须知："+m.Instructions)
		}
		if m.When != "" && len(lines) > 0 {
			lines = append(lines, "适用情形："+m.When)
		}
		e := add("m."+m.ID, Review, m.Name+"的审查要点", strings.Join(lines, "\n"))
		e.Material, e.MaterialName = m.ID, m.Name
	}
	add("review", Review, name+"的审查标准", numbered(it.Review))
	add("mistakes", Experience, name+"常见错误", numbered(it.Mistakes))
	for i, q := range it.FAQ {
		add("faq."+strconv.Itoa(i+1), Question, q.Question, q.Answer)
	}
	add("basis", Policy, name+"的设定依据", numbered(bases(it)))
	add("contact", Contact, name+"的咨询方式", strings.Join(contacts(it), "\n"))
	add("guide", Guide, name+"办理指引", strings.Join(outline(it), "\n"))
	return all
}

// numbered writes lines with their numbers where there are several.
func numbered(lines []string) string {
	if len(lines) < 2 {
		return strings.Join(lines, "\n")
	}
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(strconv.Itoa(i+1) + ". " + line + "\n")
	}
	return b.String()
}

func bases(it *item.Item) (lines []string) {
	for _, b := range it.Bases {
		line := b.Law + b.Article
		if b.Text != "" {
			line += "：" + b.Text
		}
		lines = append(lines, line)
	}
	return lines
}

func contacts(it *item.Item) (lines []string) {
	for _, c := range it.Consultations {
		lines = append(lines, strings.TrimSpace(c.Way.Word()+"："+c.Where+" "+c.Hours))
	}
	for _, p := range it.Places {
		if p.Phone != "" {
			lines = append(lines, p.Name+"："+p.Phone)
		}
	}
	return lines
}

func outline(it *item.Item) (lines []string) {
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, label+text)
		}
	}
	add("", it.Summary)
	add("受理条件：", strings.Join(it.Conditions, "；"))
	add("承诺时限：", it.Promised.Text())
	add("收费：", it.FeeText())
	add("窗口权限：", it.Authority)
	add("办理结果：", it.Result.Name)
	return lines
}

// rank is where a kind stands among an item's entries.
func rank(k Kind) int {
	for i, other := range kinds {
		if k == other {
			return i
		}
	}
	return len(kinds)
}

// byUse orders an item's entries as a clerk needs them: by kind, then what the
// item says before what the staff wrote, then by id.
func byUse(a, b Entry) int {
	return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), cmp.Compare(origin(a), origin(b)), cmp.Compare(a.ID, b.ID))
}

func origin(e Entry) int {
	if e.Origin == FromItem {
		return 0
	}
	return 1
}
