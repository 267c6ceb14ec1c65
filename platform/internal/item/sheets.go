package item

import (
	"fmt"
	"slices"
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
	// optional says that a file may lack the column, as those made from an older
	// template do; what it is about stays as it was.
	optional bool
	// set reads a cell into a row, get writes one.
	set func(row *T, cell string) error
	get func(row *T) string
	// keep takes what own has where both are written alike: a cell can't hold
	// everything, such as the name of a file.
	keep func(row, own *T)
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

const itemColumn = "事项编号"

var entrySheet = sheet[Entry]{"目录清单", []column[Entry]{
	text("基本编码", "12位", true, func(e *Entry) *string { return &e.BasicCode }),
	text("事项名称", "", true, func(e *Entry) *string { return &e.Name }),
	pick("事项类型", "type", true, func(e *Entry) *Type { return &e.Type }, Permit, Confirmation, Benefit, Levy, Penalty, Coercion, Inspection, Reward, Ruling,
		OtherPower, PublicService, Convenience, FirstReview, Filing, AnnualReview, FormerApproval),
	pick("目录层级", "level", true, func(e *Entry) *Level { return &e.Level }, LevelNational, LevelProvince, LevelCity),
	text("主项编码", "子项才填", false, func(e *Entry) *string { return &e.Parent }),
	cellOf(column[Entry]{head: "设定依据", note: "一行一条：法律名称|条款|内容", must: true}, func(e *Entry) *[]Basis { return &e.Bases }, readBases, writeBases),
}}

var itemSheet = sheet[Item]{"实施清单", []column[Item]{
	cellOf(column[Item]{head: itemColumn, note: "小写字母、数字、连字符，发布后不变", must: true}, func(it *Item) *string { return &it.ID }, readID, asIs),
	text("基本编码", "须在基本目录中", true, func(it *Item) *string { return &it.BasicCode }),
	text("办理项名称", "同一事项拆分时填写", false, func(it *Item) *string { return &it.Title }),
	text("实施编码", "留空由系统生成", false, func(it *Item) *string { return &it.Code }),
	text(bodyColumn, "部门名称或部门编号", true, func(it *Item) *string { return &it.Organisation }),
	text(regionColumn, "6至12位数字", true, func(it *Item) *string { return &it.Region }),
	pick("行使层级", "level", true, func(it *Item) *Level { return &it.Level }, LevelNational, LevelProvince, LevelCity, LevelCounty, LevelTownship, LevelVillage),
	text("事项简介", "", false, func(it *Item) *string { return &it.Summary }),
	cellOf(column[Item]{head: "关键词", note: "用顿号分隔"}, func(it *Item) *[]string { return &it.Keywords }, readWords, writeWords),
	cellOf(column[Item]{head: "服务对象", note: "个人、法人，可并列"}, func(it *Item) *[]Object { return &it.Objects }, readObjects, writeObjects),
	{head: "主题", note: "主题名称，用顿号分隔", set: readThemes, get: writeThemes, keep: func(it, own *Item) {
		if writeThemes(it) == writeThemes(own) {
			it.Themes = own.Themes
		}
	}},
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
	neighbours(beforeColumn, func(it *Item) *[]string { return &it.Before }),
	neighbours(afterColumn, func(it *Item) *[]string { return &it.After }),
}}

// Columns that others than their own reader speak of.
const (
	bodyColumn   = "实施主体"
	regionColumn = "行政区划"
	beforeColumn = "前置事项"
	afterColumn  = "后续事项"
)

// neighbours is a column of the ids of other items.
func neighbours(head string, field func(*Item) *[]string) column[Item] {
	return cellOf(column[Item]{head: head, note: "事项编号，用顿号分隔", optional: true}, field, func(cell string) ([]string, error) {
		list := split(cell)
		for i, id := range list {
			if !validID(id) {
				return nil, fmt.Errorf("“%s”不是事项编号", clip(id, 20))
			}
			if slices.Contains(list[:i], id) {
				return nil, fmt.Errorf("事项“%s”重复", id)
			}
		}
		return list, nil
	}, writeWords)
}

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

// writeThemes names each theme once, though people and legal persons have one of
// that name each.
func writeThemes(it *Item) string {
	var names []string
	for _, id := range it.Themes {
		if t, ok := ThemeByID(id); ok && !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return writeWords(names)
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
	cellOf(column[feeRow]{head: "金额（元）", note: "固定金额才填"}, func(r *feeRow) *int64 { return &r.Amount }, readAmount, writeAmount),
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
	either("用途", "咨询或监督", "监督", "咨询", func(r *wayRow) *bool { return &r.supervision }, true),
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
