package item

import (
	"fmt"
	"strings"
)

// Text tells a limit in words: 5个工作日, 当场办结.
func (l Limit) Text() string {
	switch l.Unit {
	case WorkingDays, Days, Months:
		return fmt.Sprintf("%d%s", l.Days, l.Unit.Word())
	default:
		return l.Unit.Word()
	}
}

// FeeText tells in a few words what the item costs.
func (it *Item) FeeText() string { return feeText(it.Fees) }

func feeText(fees []Fee) string {
	if len(fees) == 0 {
		return "不收费"
	}
	list := make([]string, 0, len(fees))
	for _, f := range fees {
		list = append(list, f.Name+"："+f.Standard)
	}
	return strings.Join(list, "；")
}

// Yuan is an amount of money in fen, in words.
func Yuan(fen int64) string {
	if fen%100 == 0 {
		return fmt.Sprintf("%d元", fen/100)
	}
	return fmt.Sprintf("%d.%02d元", fen/100, fen%100)
}

// Count tells how many of a material are needed: 原件1份、复印件2份.
func (m *Material) Count() string {
	var list []string
	if m.Originals > 0 {
		list = append(list, fmt.Sprintf("原件%d份", m.Originals))
	}
	if m.Copies > 0 {
		list = append(list, fmt.Sprintf("复印件%d份", m.Copies))
	}
	switch {
	case m.Source.Kind == FromSharing:
		return "部门共享，免于提交"
	case m.Type == ShowMaterial:
		return "原件核验后退还"
	case m.Type == EDocMaterial:
		return "电子文件"
	default:
		return strings.Join(list, "、")
	}
}

// Note is what else to know of a material on one line.
func (m *Material) Note() string {
	list := []string{}
	if c := m.Count(); c != "" {
		list = append(list, c)
	}
	if m.Need != Must && m.Need != "" {
		list = append(list, m.Need.Word())
	}
	if m.When != "" {
		list = append(list, m.When+"时提供")
	}
	return strings.Join(list, "；")
}

// Depth tells how often one has to come: 最多跑1次.
func (it *Item) Depth() string {
	if it.Visits == 0 {
		return "一次都不用跑"
	}
	return fmt.Sprintf("最多跑%d次", it.Visits)
}
