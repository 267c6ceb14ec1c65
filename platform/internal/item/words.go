package item

// Type is the nature of an item (IT-15).
type Type string

// The types.
const (
	Permit         Type = "permit"          // 行政许可
	Penalty        Type = "penalty"         // 行政处罚
	Coercion       Type = "coercion"        // 行政强制
	Levy           Type = "levy"            // 行政征收
	Benefit        Type = "benefit"         // 行政给付
	Inspection     Type = "inspection"      // 行政检查
	Confirmation   Type = "confirmation"    // 行政确认
	Reward         Type = "reward"          // 行政奖励
	Ruling         Type = "ruling"          // 行政裁决
	OtherPower     Type = "other-power"     // 其他行政权力
	PublicService  Type = "public-service"  // 公共服务
	Convenience    Type = "convenience"     // 便民服务
	FirstReview    Type = "first-review"    // 初审
	Filing         Type = "filing"          // 备案
	AnnualReview   Type = "annual-review"   // 年审
	FormerApproval Type = "former-approval" // 非行政许可审批
)

// Level is the level of the state that lists or exercises an item.
type Level string

// The levels, with their digit in an implementation code.
const (
	LevelNational Level = "national" // 1
	LevelProvince Level = "province" // 2
	LevelCity     Level = "city"     // 3
	LevelCounty   Level = "county"   // 4
	LevelTownship Level = "township" // 5
	LevelVillage  Level = "village"  // 6
)

// Object is whom an item is for.
type Object string

// The objects.
const (
	ForPerson Object = "person" // 自然人
	ForLegal  Object = "legal"  // 法人和其他组织
)

// Class is how an item is handled (IT-23).
type Class string

// The classes.
const (
	Instant   Class = "instant"   // 即办件
	Committed Class = "committed" // 承诺件
	Joint     Class = "joint"     // 联办件
	Upward    Class = "upward"    // 上报件
)

// Form is where an item is handled (IT-21).
type Form string

// The forms.
const (
	AtWindow Form = "window" // 窗口办理
	OnLine   Form = "online" // 网上办理
	Both     Form = "both"   // 窗口、网上均可
)

// Online is how far an item goes on line (网上可办理程度).
type Online string

// The degrees.
const (
	OnlineNone    Online = "none"    // 仅窗口办理
	OnlineInfo    Online = "info"    // 网上查询、咨询
	OnlinePreview Online = "preview" // 网上预审，窗口核验
	OnlineAccept  Online = "accept"  // 网上受理，窗口取件
	OnlineWhole   Online = "whole"   // 全程网办
)

// Scope is where one may apply for an item (通办范围).
type Scope string

// The scopes.
const (
	ScopeLocal    Scope = "local"    // 属地办理
	ScopeCity     Scope = "city"     // 全市通办
	ScopeProvince Scope = "province" // 全省通办
	ScopeNation   Scope = "nation"   // 跨省通办
)

// Unit is what a limit counts.
type Unit string

// The units.
const (
	WorkingDays Unit = "working-days" // 工作日
	Days        Unit = "days"         // 日
	Months      Unit = "months"       // 个月
	OnTheSpot   Unit = "instant"      // 当场办结
	NoLimit     Unit = "none"         // 法律、法规未规定
)

// MaterialType is what sort of thing a material is.
type MaterialType string

// The types.
const (
	FormMaterial     MaterialType = "form"     // 申请表、申请书
	OriginalMaterial MaterialType = "original" // 原件
	CopyMaterial     MaterialType = "copy"     // 复印件
	BothMaterial     MaterialType = "both"     // 原件和复印件
	EDocMaterial     MaterialType = "edoc"     // 电子文件
	ShowMaterial     MaterialType = "show"     // 原件核验，当场退还
)

// Need is how badly a material is needed.
type Need string

// The needs.
const (
	Must      Need = "must"      // 必要
	Tolerable Need = "tolerable" // 可容缺后补
	Promise   Need = "promise"   // 可告知承诺替代
)

// SourceKind is who gives a material.
type SourceKind string

// The sources.
const (
	FromApplicant    SourceKind = "applicant"    // 申请人自备
	FromGovernment   SourceKind = "government"   // 政府部门核发
	FromIntermediary SourceKind = "intermediary" // 中介机构或法定机构出具
	FromSharing      SourceKind = "sharing"      // 部门共享，无需提交
)

// ResultKind is what sort of thing a result is.
type ResultKind string

// The kinds.
const (
	ResultLicence  ResultKind = "licence"  // 证照
	ResultDocument ResultKind = "document" // 批文、证明
	ResultPayment  ResultKind = "payment"  // 资金给付
	ResultRecord   ResultKind = "record"   // 登记、备案信息
	ResultOther    ResultKind = "other"    // 其他
)

// Way is a way to ask or to complain.
type Way string

// The ways.
const (
	ByWindow    Way = "window"    // 窗口
	ByTelephone Way = "telephone" // 电话
	ByOnline    Way = "online"    // 网上
	ByLetter    Way = "letter"    // 信函
)

// words are what people read for the constants.
var words = map[string]string{
	"type:permit": "行政许可", "type:penalty": "行政处罚", "type:coercion": "行政强制", "type:levy": "行政征收", "type:benefit": "行政给付",
	"type:inspection": "行政检查", "type:confirmation": "行政确认", "type:reward": "行政奖励", "type:ruling": "行政裁决",
	"type:other-power": "其他行政权力", "type:public-service": "公共服务", "type:convenience": "便民服务", "type:first-review": "初审",
	"type:filing": "备案", "type:annual-review": "年审", "type:former-approval": "非行政许可审批",
	"level:national": "国家级", "level:province": "省级", "level:city": "市级", "level:county": "县级", "level:township": "乡镇（街道）级", "level:village": "村（社区）级",
	"object:person": "个人", "object:legal": "法人",
	"class:instant": "即办件", "class:committed": "承诺件", "class:joint": "联办件", "class:upward": "上报件",
	"form:window": "窗口办理", "form:online": "网上办理", "form:both": "窗口办理、网上办理",
	"online:none": "仅窗口办理", "online:info": "网上查询", "online:preview": "网上预审", "online:accept": "网上受理", "online:whole": "全程网办",
	"scope:local": "属地办理", "scope:city": "全市通办", "scope:province": "全省通办", "scope:nation": "跨省通办",
	"unit:working-days": "个工作日", "unit:days": "日", "unit:months": "个月", "unit:instant": "当场办结", "unit:none": "法律法规未规定",
	"material:form": "申请表", "material:original": "原件", "material:copy": "复印件", "material:both": "原件和复印件", "material:edoc": "电子文件", "material:show": "原件核验",
	"need:must": "必要", "need:tolerable": "可容缺后补", "need:promise": "可告知承诺",
	"source:applicant": "申请人自备", "source:government": "政府部门核发", "source:intermediary": "中介或法定机构出具", "source:sharing": "部门共享，无需提交",
	"result:licence": "证照", "result:document": "批文、证明", "result:payment": "资金给付", "result:record": "登记备案", "result:other": "其他",
	"way:window": "窗口咨询", "way:telephone": "电话咨询", "way:online": "网上咨询", "way:letter": "信函咨询",
	"state:draft": "编制中", "state:in-review": "审核中", "state:published": "在用", "state:suspended": "暂停", "state:cancelled": "取消",
	"state:replaced": "已被新版本取代", "state:dropped": "已放弃",
}

// Word returns what people read for the type; all others likewise.
func (t Type) Word() string         { return words["type:"+string(t)] }
func (l Level) Word() string        { return words["level:"+string(l)] }
func (o Object) Word() string       { return words["object:"+string(o)] }
func (c Class) Word() string        { return words["class:"+string(c)] }
func (f Form) Word() string         { return words["form:"+string(f)] }
func (o Online) Word() string       { return words["online:"+string(o)] }
func (s Scope) Word() string        { return words["scope:"+string(s)] }
func (u Unit) Word() string         { return words["unit:"+string(u)] }
func (m MaterialType) Word() string { return words["material:"+string(m)] }
func (n Need) Word() string         { return words["need:"+string(n)] }
func (s SourceKind) Word() string   { return words["source:"+string(s)] }
func (r ResultKind) Word() string   { return words["result:"+string(r)] }
func (w Way) Word() string          { return words["way:"+string(w)] }
func (s State) Word() string        { return words["state:"+string(s)] }

// Nature is power or service (行政权力, 公共服务).
func (t Type) Nature() string {
	if t == PublicService || t == Convenience {
		return "service"
	}
	return "power"
}
