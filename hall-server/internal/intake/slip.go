package intake

import (
	"context"
	"net/url"
	"strings"
	"time"

	"smarthall/internal/link"
)

// Slip is the receipt that an applicant takes along (收件凭证), as lines for a
// ticket printer. It can be printed until the platform has the intake, which
// prints it from then on. It names nobody.
func (s *Service) Slip(ctx context.Context, id, hall, window string, zone *time.Location) ([]link.PrintLine, error) {
	in, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if in.Sealed == "" {
		return nil, errSent
	}
	kept, err := s.open(in)
	if err != nil {
		return nil, err
	}
	p := &slip{}
	p.add(link.PrintLine{Text: hall, Align: "center"})
	p.add(link.PrintLine{Text: "收件凭证", Size: 2, Bold: true, Align: "center"})
	p.rule()
	p.text("收件编号：" + in.Number)
	p.text("查询码：" + kept.Code)
	p.text("事项：" + in.ItemName)
	p.text("收件窗口：" + window + "  号票：" + in.TicketNumber)
	p.text("收件时间：" + in.Made.In(zone).Format("2006-01-02 15:04"))
	p.rule()
	p.text("已收材料：")
	for _, line := range in.received() {
		p.text(line)
	}
	p.rule()
	p.text("平台暂时中断，材料已先行收下；恢复后自动转入受理审查，自收件之日起 5 个工作日内答复。")
	p.add(link.PrintLine{QR: s.progress(in.Number, kept.Code), Align: "center"})
	p.add(link.PrintLine{Text: "扫码查看进度，请勿给他人", Align: "center"})
	p.add(link.PrintLine{Feed: 1})
	return p.lines, nil
}

// received is what was received, a line for each material.
func (in *Intake) received() []string {
	var lines []string
	for i, m := range in.Materials {
		var how []string
		if m.Seen {
			how = append(how, "纸质")
		}
		for _, f := range in.Files {
			if f.Material == m.ID {
				how = append(how, "扫描件")
				break
			}
		}
		if len(how) > 0 {
			lines = append(lines, "√ "+in.Materials[i].Name+"（"+strings.Join(how, "、")+"）")
		}
	}
	if len(lines) == 0 {
		return []string{"（无）"}
	}
	return lines
}

// progress is where an applicant follows her case.
func (s *Service) progress(number, code string) string {
	return strings.TrimRight(s.conf.Platform, "/") + "/progress?number=" + url.QueryEscape(number) + "&code=" + url.QueryEscape(code)
}

// slip is a paper in the making.
type slip struct{ lines []link.PrintLine }

func (p *slip) add(l link.PrintLine) { p.lines = append(p.lines, l) }
func (p *slip) text(text string)     { p.add(link.PrintLine{Text: text}) }
func (p *slip) rule()                { p.add(link.PrintLine{Rule: true}) }
