package simulator

// The sheets. Names, numbers and addresses on them are made up.

// drawForm is an application form, filled in by hand, with the code that the
// hall's forms carry.
func drawForm(p *pen) {
	p.centred(105, 30, 8, ink, "政务服务事项申请表")
	p.text(20, 42, 4, ink, "事项名称：个体工商户设立登记")
	p.code(168, 14, 24, "SH-FORM-A4-0001")
	rows := [][2]string{
		{"申请人", "章小满"},
		{"证件类型", "居民身份证"},
		{"联系电话", "138 0000 0000"},
		{"经营场所", "滨江路 8 号 3 幢 102 室"},
		{"经营范围", "食品销售；餐饮服务"},
		{"资金数额", "伍万元整"},
	}
	for i, r := range rows {
		y := 50 + float64(i)*14
		p.box(20, y, 170, 14.3, 0.3, ink)
		p.fill(56, y, 0.3, 14, ink)
		p.text(24, y+9, 4.2, ink, r[0])
		p.text(60, y+9, 4.6, penBlue, r[1])
	}
	p.text(20, 146, 4.2, ink, "申请材料：")
	for i, s := range []string{"身份证明复印件 1 份", "经营场所使用证明 1 份", "名称自主申报告知书 1 份"} {
		y := 154 + float64(i)*8
		p.box(24, y-3.6, 4, 4, 0.3, ink)
		p.text(25, y-0.3, 4, penBlue, "√")
		p.text(31, y, 4, ink, s)
	}
	p.text(20, 190, 4, ink, "本人承诺：所填内容真实、合法、有效，并承担相应的法律责任。")
	p.text(110, 215, 4.2, ink, "申请人签名：")
	p.text(138, 215, 6, penBlue, "章小满")
	p.text(110, 226, 4.2, ink, "日期：2026 年 11 月 22 日")
	p.seal(160, 245, 19)
	p.text(20, 280, 3.2, fadedInk, "本表一式两份，办事大厅和申请人各执一份。")
}

// drawLicence is a licence in landscape with a coloured border.
func drawLicence(p *pen) {
	for i, c := range []float64{8, 11} {
		p.box(c, c, 297-2*c, 210-2*c, 1.2-float64(i)*0.6, sealRed)
	}
	p.centred(148.5, 42, 14, ink, "营业执照")
	p.text(40, 60, 4.4, ink, "统一社会信用代码：9100 0000 MA00 0000 0X（样例）")
	rows := [][2]string{
		{"名　　称", "海城市小满食品店（样例）"},
		{"类　　型", "个体工商户"},
		{"经营者", "章小满"},
		{"经营场所", "滨江路 8 号 3 幢 102 室"},
		{"组成形式", "个人经营"},
		{"注册日期", "2026 年 11 月 22 日"},
		{"经营范围", "食品销售；餐饮服务"},
	}
	for i, r := range rows {
		y := 78 + float64(i)*13
		p.text(40, y, 5, ink, r[0])
		p.text(72, y, 5, ink, r[1])
	}
	p.code(228, 66, 34, "https://example.invalid/licence/sample")
	p.seal(225, 150, 20)
	p.text(200, 182, 4.6, ink, "登记机关　2026 年 11 月 22 日")
}

// drawLetter is a page of plain text.
func drawLetter(p *pen) {
	p.centred(105, 34, 9, ink, "关于经营场所的情况说明")
	text := []string{
		"滨江区政务服务中心：", "　　本人章小满，拟在滨江路 8 号 3 幢 102 室开办个体工商户，",
		"主要从事食品销售与餐饮服务。该场所为租赁使用，租期三年，自", "二〇二六年十二月一日起至二〇二九年十一月三十日止。",
		"　　场所面积四十二平方米，已配备消防器材两件，排烟设施符合", "要求，周边没有学校和医院。出租方同意用于上述经营活动。",
		"　　以上情况属实，如有不实，本人愿意承担由此产生的责任。", "　　特此说明。",
	}
	for i, s := range text {
		p.text(28, 56+float64(i)*11, 5.2, ink, s)
	}
	p.text(128, 170, 5.2, ink, "说明人：")
	p.text(150, 170, 7, penBlue, "章小满")
	p.text(128, 182, 5.2, ink, "2026 年 11 月 22 日")
}

// drawCardCopy is the copy of a card, both sides on one page.
func drawCardCopy(p *pen) {
	p.centred(105, 26, 5, ink, "证件复印件（仅供办理登记使用）")
	for i, title := range []string{"样　例　证　件", "滨江区政务服务中心（样例）"} {
		y := 50 + float64(i)*90
		p.fill(62, y, 85.6, 54, fadedGrey)
		p.box(62, y, 85.6, 54, 0.4, fadedInk)
		p.text(68, y+12, 4.4, ink, title)
		if i == 1 {
			p.text(68, y+40, 3.6, ink, "有效期限　2026.01.01-2036.01.01")
			continue
		}
		for n, s := range []string{"姓名　章小满", "性别　女　　民族　汉", "出生　1990 年 1 月 1 日", "住址　滨江路 8 号"} {
			p.text(68, y+22+float64(n)*7, 3.6, ink, s)
		}
		p.fill(120, y+14, 21, 27, fadedInk)
		p.fill(126, y+18, 9, 10, fadedGrey)
		p.fill(123, y+30, 15, 11, fadedGrey)
	}
}

// drawPlan is a floor plan on A3.
func drawPlan(p *pen) {
	p.box(12, 12, 396, 273, 0.8, ink)
	p.centred(210, 32, 9, ink, "经营场所平面图　1:100")
	p.box(50, 60, 300, 170, 1.6, ink)
	for _, w := range [][4]float64{{150, 60, 1.2, 110}, {150, 130, 200, 1.2}, {250, 130, 1.2, 100}} {
		p.fill(w[0], w[1], w[2], w[3], ink)
	}
	for _, r := range []struct {
		x, y float64
		name string
	}{{100, 140, "操作间 12.6 ㎡"}, {250, 98, "营业区 21.0 ㎡"}, {200, 185, "仓库 5.4 ㎡"}, {300, 185, "卫生间 3.0 ㎡"}} {
		p.centred(r.x, r.y, 6, ink, r.name)
	}
	for i := range 30 { // dimension marks
		p.fill(50+float64(i)*10, 240, 0.3, 3, ink)
	}
	p.fill(50, 241.5, 300, 0.3, ink)
	p.centred(200, 252, 4.5, ink, "30 000 毫米（每格 1 米）")
	p.code(366, 240, 34, "SH-PLAN-A3-0001")
}

// drawSlip is a narrow receipt on thin paper.
func drawSlip(p *pen) {
	p.centred(40, 16, 5, ink, "缴费回单（样例）")
	p.fill(6, 22, 68, 0.3, ink)
	for i, r := range [][2]string{{"项目", "登记工本费"}, {"金额", "0.00 元"}, {"流水号", "0000 0000 0001"}, {"窗口", "3 号窗口"}, {"时间", "2026-11-22 10:08"}} {
		y := 32 + float64(i)*9
		p.text(6, y, 3.8, ink, r[0])
		p.text(28, y, 3.8, ink, r[1])
	}
	p.fill(6, 80, 68, 0.3, ink)
	p.code(25, 88, 30, "SH-SLIP-0001")
	p.centred(40, 130, 3.4, fadedInk, "请妥善保管，补打请在三十日内")
}
