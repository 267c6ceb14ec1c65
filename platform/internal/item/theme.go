package item

// Theme is one of the themes that items are sorted by (IT-18, IT-19), in the
// order of a life.
type Theme struct {
	ID     string `json:"id"`
	Object Object `json:"object"`
	Name   string `json:"name"`
}

var themes = []Theme{
	{"p-birth", ForPerson, "生育收养"},
	{"p-household", ForPerson, "户籍办理"},
	{"p-ethnic", ForPerson, "民族宗教"},
	{"p-education", ForPerson, "教育科研"},
	{"p-service", ForPerson, "入伍服役"},
	{"p-employment", ForPerson, "就业创业"},
	{"p-establish", ForPerson, "设立变更"},
	{"p-access", ForPerson, "准营准办"},
	{"p-mortgage", ForPerson, "抵押质押"},
	{"p-qualification", ForPerson, "职业资格"},
	{"p-payment", ForPerson, "行政缴费"},
	{"p-marriage", ForPerson, "婚姻登记"},
	{"p-veterans", ForPerson, "优待抚恤"},
	{"p-planning", ForPerson, "规划建设"},
	{"p-housing", ForPerson, "住房保障"},
	{"p-social", ForPerson, "社会保障"},
	{"p-documents", ForPerson, "证件办理"},
	{"p-traffic", ForPerson, "交通出行"},
	{"p-tourism", ForPerson, "旅游观光"},
	{"p-border", ForPerson, "出境入境"},
	{"p-consumer", ForPerson, "消费维权"},
	{"p-safety", ForPerson, "公共安全"},
	{"p-justice", ForPerson, "司法公证"},
	{"p-intellectual", ForPerson, "知识产权"},
	{"p-environment", ForPerson, "环保绿化"},
	{"p-culture", ForPerson, "文化体育"},
	{"p-utilities", ForPerson, "公用事业"},
	{"p-health", ForPerson, "医疗卫生"},
	{"p-retirement", ForPerson, "离职退休"},
	{"p-funeral", ForPerson, "死亡殡葬"},
	{"p-other", ForPerson, "其他"},

	{"l-establish", ForLegal, "设立变更"},
	{"l-access", ForLegal, "准营准办"},
	{"l-accreditation", ForLegal, "资质认证"},
	{"l-annual", ForLegal, "年检年审"},
	{"l-tax", ForLegal, "税收财务"},
	{"l-staff", ForLegal, "人力资源"},
	{"l-social", ForLegal, "社会保障"},
	{"l-investment", ForLegal, "投资审批"},
	{"l-credit", ForLegal, "融资信贷"},
	{"l-mortgage", ForLegal, "抵押质押"},
	{"l-trade", ForLegal, "商务贸易"},
	{"l-tender", ForLegal, "招标拍卖"},
	{"l-customs", ForLegal, "海关口岸"},
	{"l-foreign", ForLegal, "涉外服务"},
	{"l-farming", ForLegal, "农林牧渔"},
	{"l-planning", ForLegal, "国土和规划建设"},
	{"l-transport", ForLegal, "交通运输"},
	{"l-environment", ForLegal, "环保绿化"},
	{"l-climate", ForLegal, "应对气候变化"},
	{"l-water", ForLegal, "水务气象"},
	{"l-health", ForLegal, "医疗卫生"},
	{"l-science", ForLegal, "科技创新"},
	{"l-culture", ForLegal, "文体教育"},
	{"l-intellectual", ForLegal, "知识产权"},
	{"l-ethnic", ForLegal, "民族宗教"},
	{"l-quality", ForLegal, "质量技术"},
	{"l-inspection", ForLegal, "检验检疫"},
	{"l-safety", ForLegal, "安全生产"},
	{"l-fire", ForLegal, "公安消防"},
	{"l-justice", ForLegal, "司法公证"},
	{"l-utilities", ForLegal, "公用事业"},
	{"l-dissolution", ForLegal, "法人注销"},
	{"l-heritage", ForLegal, "档案文物"},
	{"l-other", ForLegal, "其他"},
}

var themeByID = func() map[string]Theme {
	m := make(map[string]Theme, len(themes))
	for _, t := range themes {
		m[t.ID] = t
	}
	return m
}()

// Themes are all themes, those for people first.
func Themes() []Theme { return append([]Theme(nil), themes...) }

// ThemeByID returns a theme; false means that there is none with the id.
func ThemeByID(id string) (Theme, bool) {
	t, ok := themeByID[id]
	return t, ok
}
