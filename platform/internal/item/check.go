package item

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// checker collects gaps.
type checker struct{ gaps []Gap }

func (c *checker) tell(path, message string) { c.gaps = append(c.gaps, Gap{path, message}) }

// need tells that a text is missing.
func (c *checker) need(path, text, name string) {
	if strings.TrimSpace(text) == "" {
		c.tell(path, "请填写"+name)
	}
}

// Check tells everything that keeps an item from being published: elements of
// the guide that are missing (GD-01, GD-02, GD-04), contradictions, and
// situations that lead nowhere. An item without gaps is complete.
func Check(it *Item) []Gap {
	c := &checker{gaps: bounds(*it)}
	if len(c.gaps) > 0 {
		return c.gaps // what is too long or of no kind isn't read further
	}
	if !validID(it.ID) {
		c.tell("id", "编号须为 2 至 40 位小写字母、数字或连字符")
	}
	c.need("basicCode", it.BasicCode, "基本编码")
	c.need("name", it.Name, "事项名称")
	c.need("type", string(it.Type), "事项类型")
	if len(it.Bases) == 0 {
		c.tell("bases", "请填写设定依据")
	}
	c.need("organisation", it.Organisation, "实施主体")
	if !validRegion(it.Region) {
		c.tell("region", "行政区划代码须为 6 至 12 位数字")
	}
	c.need("level", string(it.Level), "行使层级")
	c.need("summary", it.Summary, "事项简介")
	c.sorted(it)
	c.limits(it)
	c.materials(it)
	c.fees(it)
	c.process(it)
	c.contact(it)
	c.situation(it)
	c.neighbours(it)
	return c.gaps
}

// neighbours checks that no other item comes twice, or both before and after.
func (c *checker) neighbours(it *Item) {
	seen := map[string]bool{it.ID: true}
	tell := func(path string, list []string) {
		for i, id := range list {
			if seen[id] {
				c.tell(fmt.Sprintf("%s[%d]", path, i), "前置、后续事项不能重复，也不能是本事项")
			}
			seen[id] = true
		}
	}
	tell("before", it.Before)
	tell("after", it.After)
}

func validID(id string) bool {
	return len(id) >= 2 && len(id) <= 40 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

func validRegion(code string) bool {
	return len(code) >= 6 && len(code) <= 12 && !strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' })
}

// sorted checks what the item is found by.
func (c *checker) sorted(it *Item) {
	if len(it.Objects) == 0 {
		c.tell("objects", "请选择服务对象")
	}
	if len(it.Themes) == 0 {
		c.tell("themes", "请选择主题")
	}
	for i, id := range it.Themes {
		theme, ok := ThemeByID(id)
		switch {
		case !ok:
			c.tell(fmt.Sprintf("themes[%d]", i), "没有这个主题："+id)
		case !slices.Contains(it.Objects, theme.Object):
			c.tell(fmt.Sprintf("themes[%d]", i), "主题“"+theme.Name+"”与服务对象不符")
		}
	}
	c.need("class", string(it.Class), "办件类型")
	c.need("form", string(it.Form), "办理形式")
	c.need("online", string(it.Online), "网上办理程度")
	c.need("scope", string(it.Scope), "通办范围")
	if it.Form == AtWindow && (it.Online == OnlineAccept || it.Online == OnlineWhole) {
		c.tell("form", "网上可以受理的事项，办理形式须含网上办理")
	}
	if it.OnlineURL != "" && !validURL(it.OnlineURL) {
		c.tell("onlineUrl", "网址须以 https:// 或 / 开头")
	}
}

// validURL allows paths of the platform and https addresses, nothing that a
// browser would run.
func validURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || strings.HasPrefix(address, "//") || strings.Contains(address, "\\") {
		return false
	}
	return (u.Scheme == "https" && u.Host != "") || (u.Scheme == "" && u.Host == "" && strings.HasPrefix(address, "/"))
}

func (c *checker) limit(path string, l Limit) {
	counted := l.Unit == WorkingDays || l.Unit == Days || l.Unit == Months
	switch {
	case l.Unit == "":
		c.tell(path+".unit", "请填写时限")
	case counted && l.Days <= 0:
		c.tell(path+".days", "请填写天数")
	case !counted && l.Days != 0:
		c.tell(path+".days", "“"+l.Unit.Word()+"”不填天数")
	}
}

// length is a limit in days, roughly, to compare two; -1 if it can't be compared.
func (l Limit) length() int {
	switch l.Unit {
	case OnTheSpot:
		return 0
	case WorkingDays:
		return l.Days*7/5 + min(1, l.Days*7%5)
	case Days:
		return l.Days
	case Months:
		return l.Days * 30
	default:
		return -1
	}
}

// limits checks the two limits against each other.
func (c *checker) limits(it *Item) {
	c.limit("statutory", it.Statutory)
	c.limit("promised", it.Promised)
	if it.Promised.Unit == NoLimit {
		c.tell("promised.unit", "承诺时限不能为空")
	}
	if s, p := it.Statutory.length(), it.Promised.length(); s >= 0 && p > s {
		c.tell("promised", "承诺时限不能长于法定时限")
	}
	if it.Class == Instant && it.Promised.Unit != OnTheSpot {
		c.tell("promised.unit", "即办件须当场办结")
	}
}

func (c *checker) file(path string, f File) {
	if f.URL != "" && !validURL(f.URL) {
		c.tell(path+".url", "网址须以 https:// 或 / 开头")
	}
}

// catchAlls are names that hide what is really asked for (GD-03).
var catchAlls = []string{"其他材料", "其它材料", "其他相关材料", "其它相关材料", "有关材料", "法律法规规定的其他材料", "相关证明材料"}

func (c *checker) materials(it *Item) {
	seen := map[string]bool{}
	for i, m := range it.Materials {
		at := fmt.Sprintf("materials[%d]", i)
		if !validID(m.ID) || seen[m.ID] {
			c.tell(at+".id", "材料编号有误或重复")
		}
		seen[m.ID] = true
		c.need(at+".name", m.Name, "材料名称")
		if slices.Contains(catchAlls, strings.TrimSpace(m.Name)) {
			c.tell(at+".name", "不得设置兜底条款“"+m.Name+"”")
		}
		c.need(at+".type", string(m.Type), "材料类型")
		c.need(at+".need", string(m.Need), "材料必要性")
		c.need(at+".source.kind", string(m.Source.Kind), "来源渠道")
		c.need(at+".standard", m.Standard, "受理标准")
		if m.Source.Kind != FromApplicant && m.Source.Kind != "" {
			c.need(at+".source.name", m.Source.Name, "出具单位")
		}
		if m.Source.Kind == FromIntermediary {
			c.need(at+".source.contact", m.Source.Contact, "中介机构的查询和联系方式")
		}
		paper := m.Type == FormMaterial || m.Type == OriginalMaterial || m.Type == CopyMaterial || m.Type == BothMaterial
		if paper && m.Originals+m.Copies == 0 && m.Source.Kind != FromSharing && !m.Electronic {
			c.tell(at+".originals", "请填写份数")
		}
		if (m.Type == FormMaterial || m.Source.Kind == FromApplicant) && m.Type != ShowMaterial && m.Sample == (File{}) && m.Blank == (File{}) {
			c.tell(at+".sample", "请提供样表或示范文本")
		}
		c.file(at+".sample", m.Sample)
		c.file(at+".blank", m.Blank)
	}
}

func (c *checker) fees(it *Item) {
	seen := map[string]bool{}
	for i, f := range it.Fees {
		at := fmt.Sprintf("fees[%d]", i)
		if !validID(f.ID) || seen[f.ID] || slices.ContainsFunc(it.Materials, func(m Material) bool { return m.ID == f.ID }) {
			c.tell(at+".id", "收费编号有误或重复")
		}
		seen[f.ID] = true
		c.need(at+".name", f.Name, "收费项目")
		c.need(at+".standard", f.Standard, "收费标准")
		c.need(at+".basis", f.Basis, "收费依据")
	}
	if it.OnlinePayment && len(it.Fees) == 0 {
		c.tell("onlinePayment", "不收费的事项没有网上支付")
	}
}

func (c *checker) process(it *Item) {
	if len(it.Conditions) == 0 {
		c.tell("conditions", "请填写受理条件")
	}
	if len(it.Steps) < 2 {
		c.tell("steps", "办理流程至少有两个环节")
	}
	for i, s := range it.Steps {
		at := fmt.Sprintf("steps[%d]", i)
		c.need(at+".name", s.Name, "环节名称")
		c.need(at+".text", s.Text, "环节说明")
		c.limit(at+".limit", s.Limit)
	}
	if len(it.Review) == 0 {
		c.tell("review", "请填写审查标准")
	}
	c.need("result.name", it.Result.Name, "办理结果名称")
	c.need("result.kind", string(it.Result.Kind), "办理结果类型")
	if (it.Result.Kind == ResultLicence || it.Result.Kind == ResultDocument) && it.Result.Sample == (File{}) {
		c.tell("result.sample", "请提供结果样本")
	}
	c.file("result.sample", it.Result.Sample)
}

func (c *checker) contact(it *Item) {
	if len(it.Places) == 0 && it.Form != OnLine {
		c.tell("places", "请填写办理地点和时间")
	}
	ticket := false
	for i, p := range it.Places {
		at := fmt.Sprintf("places[%d]", i)
		c.need(at+".name", p.Name, "地点名称")
		c.need(at+".address", p.Address, "地址")
		c.need(at+".hours", p.Hours, "办理时间")
		if p.Hall != "" {
			c.need(at+".service", p.Service, "大厅的取号业务")
		}
		ticket = ticket || (p.Hall != "" && p.Service != "")
	}
	if it.Bookable && !ticket {
		c.tell("bookable", "可预约的事项须有取号的大厅")
	}
	c.ways("consultations", "咨询", it.Consultations)
	c.ways("supervision", "监督投诉", it.Supervision)
	for i, q := range it.FAQ {
		c.need(fmt.Sprintf("faq[%d].question", i), q.Question, "问题")
		c.need(fmt.Sprintf("faq[%d].answer", i), q.Answer, "解答")
	}
}

func (c *checker) ways(path, name string, list []Consultation) {
	if !slices.ContainsFunc(list, func(w Consultation) bool { return w.Way == ByTelephone }) {
		c.tell(path, "请填写"+name+"电话")
	}
	for i, w := range list {
		c.need(fmt.Sprintf("%s[%d].way", path, i), string(w.Way), name+"方式")
		c.need(fmt.Sprintf("%s[%d].where", path, i), w.Where, name+"方式")
	}
}

// situation checks that every question can be reached and ended, and that what
// options name is there.
func (c *checker) situation(it *Item) {
	questions := map[string]int{}
	for i, q := range it.Situation.Questions {
		at := fmt.Sprintf("situation.questions[%d]", i)
		if _, again := questions[q.ID]; again || !validID(q.ID) {
			c.tell(at+".id", "问题编号有误或重复")
		}
		questions[q.ID] = i
	}
	reached := map[int]bool{}
	if len(questions) > 0 {
		reached[0] = true
	}
	for i, q := range it.Situation.Questions {
		at := fmt.Sprintf("situation.questions[%d]", i)
		c.need(at+".text", q.Text, "问题")
		if len(q.Options) < 2 {
			c.tell(at+".options", "至少有两个选项")
		}
		seen := map[string]bool{}
		for j, o := range q.Options {
			oat := fmt.Sprintf("%s.options[%d]", at, j)
			if o.ID == "" || seen[o.ID] {
				c.tell(oat+".id", "选项编号为空或重复")
			}
			seen[o.ID] = true
			c.option(it, oat, o)
			if o.Next == "" {
				continue
			}
			next, ok := questions[o.Next]
			switch {
			case !ok:
				c.tell(oat+".next", "没有问题“"+o.Next+"”")
			case next <= i:
				c.tell(oat+".next", "只能转到后面的问题")
			default:
				reached[next] = true
			}
		}
	}
	for i := range it.Situation.Questions {
		if !reached[i] {
			c.tell(fmt.Sprintf("situation.questions[%d]", i), "没有选项会转到这个问题")
		}
	}
}

func (c *checker) option(it *Item, at string, o Option) {
	c.need(at+".text", o.Text, "选项")
	if o.Instead != "" && o.Refuse == "" {
		c.tell(at+".refuse", "请说明为什么不适用本事项")
	}
	if o.Promised != nil {
		c.limit(at+".promised", *o.Promised)
	}
	material := func(id string) bool {
		return slices.ContainsFunc(it.Materials, func(m Material) bool { return m.ID == id })
	}
	fee := func(id string) bool { return slices.ContainsFunc(it.Fees, func(f Fee) bool { return f.ID == id }) }
	for _, id := range o.Materials {
		if !material(id) {
			c.tell(at+".materials", "没有材料“"+id+"”")
		}
	}
	for _, id := range o.Fees {
		if !fee(id) {
			c.tell(at+".fees", "没有收费项目“"+id+"”")
		}
	}
	for _, id := range o.Without {
		if !material(id) && !fee(id) {
			c.tell(at+".without", "没有材料或收费项目“"+id+"”")
		}
	}
}

// faulty turns gaps into one no, with at most 50 of them.
func faulty(gaps []Gap) error {
	if len(gaps) == 0 {
		return nil
	}
	f := ErrIncomplete
	for _, g := range gaps[:min(len(gaps), 50)] {
		f = f.Wrong(g.Path, g.Message)
	}
	return f
}
