package exchange

import "slices"

// Kind is what sort of member it is.
type Kind string

// The kinds.
const (
	Upper      Kind = "upper"      // 上级平台
	Lower      Kind = "lower"      // 下级平台
	Department Kind = "department" // 部门业务系统
)

// Direction is whether a message comes or goes.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// The services.
const (
	ServiceCheck    = "link.check"
	ServiceReport   = "case.report"
	ServiceIDs      = "case.ids"
	ServiceHandover = "case.handover"
	ServiceProgress = "case.progress"
	ServiceStep     = "case.step"
	ServiceResult   = "case.result"
	ServiceFile     = "case.file"
	ServiceLicence  = "share.licence"
	ServicePerson   = "share.person"
	ServiceRecord   = "share.record"
)

// Offer is one service of the catalogue.
type Offer struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	About string `json:"about"`
	// Ways are which way its messages go, by the kind of member; a kind that isn't
	// there has no use of it.
	Ways map[Kind]Direction `json:"ways"`
	// Shares tells that it gives data of people or bodies: each call is logged
	// with its purpose.
	Shares bool `json:"shares,omitempty"`
	// Always tells that every member has it.
	Always bool `json:"always,omitempty"`
	// Provider answers for the data.
	Provider string `json:"provider,omitempty"`
}

// Offers are all services, the sharing catalogue among them.
func Offers() []Offer {
	return []Offer{
		{Code: ServiceCheck, Name: "联通测试", About: "只确认对方在线、密钥正确，不含业务数据。", Ways: all(Out), Always: true},
		{
			Code: ServiceReport, Name: "办件上报", About: "受理、环节、决定、送达等过程信息，不含申请人身份信息。",
			Ways: map[Kind]Direction{Upper: Out, Lower: In},
		},
		{
			Code: ServiceIDs, Name: "上报对账", About: "按日核对对方已收到的上报编号，缺少的自动补报。",
			Ways: map[Kind]Direction{Upper: Out, Lower: In},
		},
		{
			Code: ServiceHandover, Name: "办件推送", About: "受理后把申请表、材料清单和一次性文件链接推送给部门业务系统。",
			Ways: map[Kind]Direction{Department: Out},
		},
		{Code: ServiceProgress, Name: "过程回传", About: "部门业务系统内部的办理过程，仅记录，不改变办件状态。", Ways: map[Kind]Direction{Department: In}},
		{Code: ServiceStep, Name: "环节意见", About: "以业务系统账号完成本部门当前环节。", Ways: map[Kind]Direction{Department: In}},
		{Code: ServiceResult, Name: "结果回传", About: "以业务系统账号在决定环节作出决定，并回传证照信息。", Ways: map[Kind]Direction{Department: In}},
		{Code: ServiceFile, Name: "文件链接", About: "重新领取办件文件的一次性链接。", Ways: map[Kind]Direction{Department: In}},
		{
			Code: ServiceLicence, Name: "证照核查", About: "按持证主体号码查询某类证照是否有效。", Ways: all(In), Shares: true, Provider: "电子证照库，发证部门负责",
		},
		{
			Code: ServicePerson, Name: "自然人信息核对", About: "核对姓名与身份证号是否与实名注册一致，只回答是否一致。", Ways: all(In), Shares: true, Provider: "实名用户库，政务服务管理机构负责",
		},
		{Code: ServiceRecord, Name: "共享资料调取", About: "窗口向对方调取申请人的共享资料，逐次写明事由和办件编号。", Ways: all(Out)},
	}
}

func all(d Direction) map[Kind]Direction {
	return map[Kind]Direction{Upper: d, Lower: d, Department: d}
}

// offer is the service with a code; false if there is none.
func offer(code string) (Offer, bool) {
	list := Offers()
	i := slices.IndexFunc(list, func(o Offer) bool { return o.Code == code })
	if i < 0 {
		return Offer{}, false
	}
	return list[i], true
}

// takes tells whether a kind of member may send messages of a service. What
// only checks the line goes both ways.
func (o Offer) takes(kind Kind) bool { return o.Always || o.Ways[kind] == In }
