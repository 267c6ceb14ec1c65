package item

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// sheet is one sheet of the Excel file, of rows about a T.
type sheet[T any] struct {
	name    string
	columns []column[T]
}

// column is one column of a sheet.
type column[T any] struct {
	head string
	// note tells how to fill it in; a cell of a must column isn't empty.
	note string
	must bool
	// choices are the words that a cell may have; nil: any text.
	choices []string
	set     func(row *T, cell string) error
}

// The rows of the sheets. item is the id of the item that a row belongs to.
type (
	materialRow struct {
		item string
		Material
	}
	feeRow struct {
		item string
		Fee
	}
	stepRow struct {
		item string
		Step
	}
	placeRow struct {
		item string
		Place
	}
	wayRow struct {
		item        string
		supervision bool
		Consultation
	}
	askedRow struct {
		item string
		Asked
	}
)

// errWord says that a cell has none of the words it may have.
var errWord = errors.New("取值有误，请从下拉列表中选择")

// choice finds the constant of a kind that people read as word.
func choice(kind, word string) (string, error) {
	for key, w := range words {
		if k, v, _ := strings.Cut(key, ":"); k == kind && w == word {
			return v, nil
		}
	}
	return "", errWord
}

// choicesOf are the words of a kind, in the order of list.
func choicesOf[T ~string](kind string, list ...T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = words[kind+":"+string(v)]
	}
	return out
}

// text is a column of any text.
func text[T any](head, note string, must bool, field func(*T) *string) column[T] {
	return column[T]{head: head, note: note, must: must, set: func(row *T, cell string) error {
		*field(row) = cell
		return nil
	}}
}

// lines is a column with one entry on each line.
func lines[T any](head string, field func(*T) *[]string) column[T] {
	return column[T]{head: head, note: "一行一条", set: func(row *T, cell string) error {
		*field(row) = splitLines(cell)
		return nil
	}}
}

func splitLines(cell string) []string {
	var list []string
	for l := range strings.Lines(cell) {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

// pick is a column of one of the words of a kind.
func pick[T any, V ~string](head, kind string, must bool, field func(*T) *V, list ...V) column[T] {
	return column[T]{head: head, note: "从列表中选择", must: must, choices: choicesOf(kind, list...), set: func(row *T, cell string) error {
		v, err := choice(kind, cell)
		*field(row) = V(v)
		return err
	}}
}

// number is a column of a small number.
func number[T any](head string, field func(*T) *int) column[T] {
	return column[T]{head: head, note: "数字", set: func(row *T, cell string) error {
		n, err := strconv.Atoi(cell)
		if err != nil || n < 0 || n > 9999 {
			return errors.New("须为数字")
		}
		*field(row) = n
		return nil
	}}
}

// yes is a column of 是 or 否.
func yes[T any](head string, field func(*T) *bool) column[T] {
	return column[T]{head: head, note: "是或否", choices: []string{"是", "否"}, set: func(row *T, cell string) error {
		if cell != "是" && cell != "否" {
			return errWord
		}
		*field(row) = cell == "是"
		return nil
	}}
}

// limitColumn is a column of a limit in words.
func limitColumn[T any](head string, field func(*T) *Limit) column[T] {
	return column[T]{head: head, note: "如：5个工作日、30日、3个月、当场办结、法律法规未规定", set: func(row *T, cell string) (err error) {
		*field(row), err = readLimit(cell)
		return err
	}}
}

// readLimit reads a limit as Text writes it.
func readLimit(cell string) (Limit, error) {
	for _, u := range []Unit{OnTheSpot, NoLimit} {
		if cell == u.Word() {
			return Limit{Unit: u}, nil
		}
	}
	for _, u := range []Unit{WorkingDays, Months, Days} {
		if digits, ok := strings.CutSuffix(cell, u.Word()); ok {
			n, err := strconv.Atoi(digits)
			if err != nil || n <= 0 || n > 3650 {
				break
			}
			return Limit{Unit: u, Days: n}, nil
		}
	}
	return Limit{}, errors.New("时限的写法有误，如：5个工作日、当场办结")
}

// sample is a column of a sample as text.
func sample[T any](head, name string, field func(*T) *File) column[T] {
	return column[T]{head: head, note: "示范文本，或以 / 或 https:// 开头的网址", set: func(row *T, cell string) error {
		if validURL(cell) && !strings.Contains(cell, "\n") {
			*field(row) = File{Name: name, URL: cell}
			return nil
		}
		*field(row) = File{Name: name + ".txt", Text: cell}
		return nil
	}}
}

// split reads words with 、 or commas between them.
func split(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool {
		return r == '、' || r == '，' || r == ',' || r == ';' || r == '；' || r == '\n' || r == ' '
	})
}

const itemColumn = "事项编号"

var entrySheet = sheet[Entry]{"目录清单", []column[Entry]{
	text("基本编码", "12位", true, func(e *Entry) *string { return &e.BasicCode }),
	text("事项名称", "", true, func(e *Entry) *string { return &e.Name }),
	pick("事项类型", "type", true, func(e *Entry) *Type { return &e.Type }, Permit, Confirmation, Benefit, Levy, Penalty, Coercion, Inspection, Reward, Ruling,
		OtherPower, PublicService, Convenience, FirstReview, Filing, AnnualReview, FormerApproval),
	pick("目录层级", "level", true, func(e *Entry) *Level { return &e.Level }, LevelNational, LevelProvince, LevelCity),
	text("主项编码", "子项才填", false, func(e *Entry) *string { return &e.Parent }),
	{head: "设定依据", note: "一行一条：法律名称|条款|内容", must: true, set: func(e *Entry, cell string) error {
		for _, l := range splitLines(cell) {
			parts := strings.SplitN(l, "|", 3)
			b := Basis{Law: strings.TrimSpace(parts[0])}
			if len(parts) > 1 {
				b.Article = strings.TrimSpace(parts[1])
			}
			if len(parts) > 2 {
				b.Text = strings.TrimSpace(parts[2])
			}
			e.Bases = append(e.Bases, b)
		}
		return nil
	}},
}}

var itemSheet = sheet[Item]{"实施清单", []column[Item]{
	{head: itemColumn, note: "小写字母、数字、连字符，发布后不变", must: true, set: func(it *Item, cell string) error {
		if !validID(cell) {
			return errors.New("编号须为 2 至 40 位小写字母、数字或连字符")
		}
		it.ID = cell
		return nil
	}},
	text("基本编码", "须在基本目录中", true, func(it *Item) *string { return &it.BasicCode }),
	text("办理项名称", "同一事项拆分时填写", false, func(it *Item) *string { return &it.Title }),
	text("实施编码", "留空由系统生成", false, func(it *Item) *string { return &it.Code }),
	text("实施主体", "部门名称或部门编号", true, func(it *Item) *string { return &it.Organisation }),
	text("行政区划", "6至12位数字", true, func(it *Item) *string { return &it.Region }),
	pick("行使层级", "level", true, func(it *Item) *Level { return &it.Level }, LevelNational, LevelProvince, LevelCity, LevelCounty, LevelTownship, LevelVillage),
	text("事项简介", "", false, func(it *Item) *string { return &it.Summary }),
	{head: "关键词", note: "用顿号分隔", set: func(it *Item, cell string) error { it.Keywords = split(cell); return nil }},
	{head: "服务对象", note: "个人、法人，可并列", set: func(it *Item, cell string) error {
		for _, w := range split(cell) {
			v, err := choice("object", w)
			if err != nil {
				return err
			}
			it.Objects = append(it.Objects, Object(v))
		}
		return nil
	}},
	{head: "主题", note: "主题名称，用顿号分隔", set: readThemes},
	pick("办件类型", "class", false, func(it *Item) *Class { return &it.Class }, Instant, Committed, Joint, Upward),
	pick("办理形式", "form", false, func(it *Item) *Form { return &it.Form }, AtWindow, OnLine, Both),
	pick("网办程度", "online", false, func(it *Item) *Online { return &it.Online }, OnlineNone, OnlineInfo, OnlinePreview, OnlineAccept, OnlineWhole),
	number("到场次数", func(it *Item) *int { return &it.Visits }),
	pick("通办范围", "scope", false, func(it *Item) *Scope { return &it.Scope }, ScopeLocal, ScopeCity, ScopeProvince, ScopeNation),
	text("通办说明", "", false, func(it *Item) *string { return &it.ScopeNote }),
	text("行使内容", "", false, func(it *Item) *string { return &it.Content }),
	text("窗口权限", "", false, func(it *Item) *string { return &it.Authority }),
	lines("受理条件", func(it *Item) *[]string { return &it.Conditions }),
	text("数量限制", "没有限制的不填", false, func(it *Item) *string { return &it.Quota }),
	limitColumn("法定时限", func(it *Item) *Limit { return &it.Statutory }),
	limitColumn("承诺时限", func(it *Item) *Limit { return &it.Promised }),
	lines("审查标准", func(it *Item) *[]string { return &it.Review }),
	text("结果名称", "", false, func(it *Item) *string { return &it.Result.Name }),
	pick("结果类型", "result", false, func(it *Item) *ResultKind { return &it.Result.Kind }, ResultLicence, ResultDocument, ResultPayment, ResultRecord, ResultOther),
	sample("结果样本", "结果样本", func(it *Item) *File { return &it.Result.Sample }),
	yes("可预约", func(it *Item) *bool { return &it.Bookable }),
	yes("网上支付", func(it *Item) *bool { return &it.OnlinePayment }),
	yes("材料可寄送", func(it *Item) *bool { return &it.Delivery.Papers }),
	yes("结果可邮寄", func(it *Item) *bool { return &it.Delivery.Result }),
	lines("常见错误", func(it *Item) *[]string { return &it.Mistakes }),
	lines("权利和救济", func(it *Item) *[]string { return &it.Rights }),
}}

// readThemes reads themes by name. One that people and legal persons both have
// is meant for all objects that the row names before it.
func readThemes(it *Item, cell string) error {
	for _, w := range split(cell) {
		found := false
		for _, t := range themes {
			for _, o := range it.Objects {
				if t.Name == w && t.Object == o {
					it.Themes, found = append(it.Themes, t.ID), true
				}
			}
		}
		if !found {
			return fmt.Errorf("没有主题“%s”，或与服务对象不符", clip(w, 20))
		}
	}
	return nil
}

var materialSheet = sheet[materialRow]{"申请材料", []column[materialRow]{
	text(itemColumn, "实施清单中的编号", true, func(r *materialRow) *string { return &r.item }),
	text("材料编号", "小写字母、数字、连字符", true, func(r *materialRow) *string { return &r.ID }),
	text("材料名称", "", true, func(r *materialRow) *string { return &r.Name }),
	pick("材料类型", "material", true, func(r *materialRow) *MaterialType { return &r.Type }, FormMaterial, OriginalMaterial, CopyMaterial, BothMaterial, EDocMaterial, ShowMaterial),
	number("原件份数", func(r *materialRow) *int { return &r.Originals }),
	number("复印件份数", func(r *materialRow) *int { return &r.Copies }),
	text("规格", "不填为A4", false, func(r *materialRow) *string { return &r.Size }),
	yes("需要电子材料", func(r *materialRow) *bool { return &r.Electronic }),
	pick("必要性", "need", true, func(r *materialRow) *Need { return &r.Need }, Must, Tolerable, Promise),
	pick("来源渠道", "source", true, func(r *materialRow) *SourceKind { return &r.Source.Kind }, FromApplicant, FromGovernment, FromIntermediary, FromSharing),
	text("出具单位", "", false, func(r *materialRow) *string { return &r.Source.Name }),
	text("单位联系方式", "中介机构必填", false, func(r *materialRow) *string { return &r.Source.Contact }),
	text("填写须知", "", false, func(r *materialRow) *string { return &r.Instructions }),
	text("受理标准", "", true, func(r *materialRow) *string { return &r.Standard }),
	text("要求依据", "", false, func(r *materialRow) *string { return &r.Basis }),
	sample("空白表格", "空白表格", func(r *materialRow) *File { return &r.Blank }),
	sample("示范文本", "示范文本", func(r *materialRow) *File { return &r.Sample }),
	text("适用情形", "", false, func(r *materialRow) *string { return &r.When }),
}}

var feeSheet = sheet[feeRow]{"收费", []column[feeRow]{
	text(itemColumn, "实施清单中的编号", true, func(r *feeRow) *string { return &r.item }),
	text("收费编号", "小写字母、数字、连字符", true, func(r *feeRow) *string { return &r.ID }),
	text("收费项目", "", true, func(r *feeRow) *string { return &r.Name }),
	text("收费标准", "", true, func(r *feeRow) *string { return &r.Standard }),
	{head: "金额（元）", note: "固定金额才填", set: func(r *feeRow, cell string) error {
		yuan, cents, _ := strings.Cut(cell, ".")
		if len(cents) > 2 || len(yuan) > 8 {
			return errors.New("金额有误")
		}
		n, err := strconv.ParseUint(yuan+(cents + "00")[:2], 10, 32)
		if err != nil {
			return errors.New("金额有误")
		}
		r.Amount = int64(n) //nolint:gosec // of 32 bits
		return nil
	}},
	text("收费依据", "", true, func(r *feeRow) *string { return &r.Basis }),
	text("减免", "", false, func(r *feeRow) *string { return &r.Reduction }),
}}

var stepSheet = sheet[stepRow]{"办理流程", []column[stepRow]{
	text(itemColumn, "实施清单中的编号", true, func(r *stepRow) *string { return &r.item }),
	text("环节", "", true, func(r *stepRow) *string { return &r.Name }),
	text("说明", "", true, func(r *stepRow) *string { return &r.Text }),
	text("岗位", "", false, func(r *stepRow) *string { return &r.Post }),
	limitColumn("环节时限", func(r *stepRow) *Limit { return &r.Limit }),
	yes("特别程序", func(r *stepRow) *bool { return &r.Special }),
	text("出具文书", "", false, func(r *stepRow) *string { return &r.Output }),
}}

var placeSheet = sheet[placeRow]{"办理地点", []column[placeRow]{
	text(itemColumn, "实施清单中的编号", true, func(r *placeRow) *string { return &r.item }),
	text("大厅编号", "本平台的大厅才填", false, func(r *placeRow) *string { return &r.Hall }),
	text("取号业务", "大厅的业务编号", false, func(r *placeRow) *string { return &r.Service }),
	text("地点名称", "", true, func(r *placeRow) *string { return &r.Name }),
	text("地址", "", true, func(r *placeRow) *string { return &r.Address }),
	text("窗口", "", false, func(r *placeRow) *string { return &r.Window }),
	text("办理时间", "", true, func(r *placeRow) *string { return &r.Hours }),
	text("电话", "", false, func(r *placeRow) *string { return &r.Phone }),
	text("交通", "", false, func(r *placeRow) *string { return &r.Traffic }),
}}

var waySheet = sheet[wayRow]{"咨询监督", []column[wayRow]{
	text(itemColumn, "实施清单中的编号", true, func(r *wayRow) *string { return &r.item }),
	{head: "用途", note: "咨询或监督", must: true, choices: []string{"咨询", "监督"}, set: func(r *wayRow, cell string) error {
		if cell != "咨询" && cell != "监督" {
			return errWord
		}
		r.supervision = cell == "监督"
		return nil
	}},
	pick("方式", "way", true, func(r *wayRow) *Way { return &r.Way }, ByWindow, ByTelephone, ByOnline, ByLetter),
	text("号码或地址", "", true, func(r *wayRow) *string { return &r.Where }),
	text("时间", "", false, func(r *wayRow) *string { return &r.Hours }),
	text("答复时间", "", false, func(r *wayRow) *string { return &r.Reply }),
}}

var askedSheet = sheet[askedRow]{"常见问题", []column[askedRow]{
	text(itemColumn, "实施清单中的编号", true, func(r *askedRow) *string { return &r.item }),
	text("问题", "", true, func(r *askedRow) *string { return &r.Question }),
	text("解答", "", true, func(r *askedRow) *string { return &r.Answer }),
}}
