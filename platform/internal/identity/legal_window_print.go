package identity

import (
	"fmt"
	"io"
	"strings"

	"smarthall/internal/pdf"
)

// Measures of the written agreement, in millimetres.
const (
	paperMargin = 20.0
	paperWidth  = 210 - 2*paperMargin
	paperLabel  = 34.0
	paperLine   = 6.2
)

// licenceWords and originalWords are what people call the papers.
var (
	licenceWords = map[LicenceKind]string{
		BusinessLicence: "营业执照", SocialLicence: "社会组织登记证书", InstitutionPaper: "机关、事业单位法人证书", OtherLegalLicence: "其他法人登记证书",
	}
	originalWords = map[Original]string{
		SeenIDCard: "到场人身份证", SeenRepresentativeID: "法定代表人身份证", SeenPower: "授权委托书", SeenLicence: "单位证照",
	}
)

// clauses are what a legal person agrees to, beside the agreement on the site.
var clauses = []string{
	"一、本单位同意《政务服务平台服务协议》的全部内容，协议文本可在平台首页下方“服务协议”处查看。",
	"二、本单位提供的证照、证件和授权文件真实、合法、有效；信息发生变化的，及时到窗口办理变更登记。",
	"三、单位账号与法定代表人的个人实名账号绑定。法定代表人可以在“我的单位”中授权或者取消经办人；经授权的人员在授权范围内办理的事项，由本单位承担责任。",
	"四、单位及其经办人妥善保管各自的账号、密码、数字证书和电子营业执照，发现被他人使用的，立即到窗口停用或者取消授权。",
	"五、平台依法保护单位信息和个人信息，登记所收集的信息仅用于身份核验和政务服务。",
}

// PrintAgreement writes the agreement that is signed at the window as a PDF.
func PrintAgreement(w io.Writer, a AgreementAtWindow) error {
	title := "单位账号登记表暨服务协议"
	if a.Changed {
		title = "单位账号变更登记表暨服务协议"
	}
	doc := pdf.New(pdf.Options{Title: title, Made: a.At, Footer: func(page, pages int) string {
		return fmt.Sprintf("登记编号 %s  协议版本 %s  %d/%d", a.ID, a.Version, page, pages)
	}})
	doc.AddPage(pdf.A4)
	doc.Font(18, pdf.Black)
	doc.Cell(paperMargin, 20, paperWidth, 10, title, pdf.Centre)
	y := 36.0
	for _, row := range a.rows() {
		doc.Font(10.5, pdf.Grey)
		doc.Text(paperMargin, y+4.6, row[0])
		doc.Font(10.5, pdf.Black)
		y = doc.Wrap(paperMargin+paperLabel, y, paperWidth-paperLabel, paperLine, row[1]) + 1.4
		doc.Line(paperMargin, y, paperMargin+paperWidth, y, 0.1, pdf.Grey)
		y += 1.4
	}
	y += 4
	for _, clause := range clauses {
		y = doc.Wrap(paperMargin, y, paperWidth, paperLine, clause) + 1.6
	}
	y += 8
	half := paperWidth / 2
	for i, line := range [][2]string{{"单位（盖章）：", "窗口人员：" + a.Staff}, {"到场人签字：", "窗口人员签字："}, {"日期：      年    月    日", "日期：" + a.At.In(cityZone).Format("2006年1月2日")}} {
		at := y + float64(i)*14
		doc.Text(paperMargin, at, line[0])
		doc.Text(paperMargin+half, at, line[1])
	}
	return doc.Output(w)
}

// rows are what was registered.
func (a AgreementAtWindow) rows() [][2]string {
	who := "法定代表人本人"
	if a.Role == Handler {
		who = "经办人"
	}
	seen := make([]string, 0, len(a.Seen))
	for _, o := range a.Seen {
		seen = append(seen, originalWords[o])
	}
	rows := [][2]string{
		{"单位名称", a.Name},
		{"统一社会信用代码", a.Code},
		{"证照种类", licenceWords[a.Kind]},
		{"法定代表人", a.Representative},
		{"到场人", a.Person.Name + "（" + who + "）"},
		{"身份证号码", a.Person.Number},
	}
	if !a.Until.IsZero() {
		rows = append(rows, [2]string{"授权期限", "至 " + a.Until.In(cityZone).Format("2006年1月2日") + "，限以经办人身份办事，不能转授权"})
	}
	rows = append(rows, [2]string{"已核对原件", strings.Join(seen, "、")}, [2]string{"登记信息核验", a.Provider})
	if a.Manual != "" {
		rows = append(rows, [2]string{"人工核验原因", a.Manual})
	}
	return rows
}
