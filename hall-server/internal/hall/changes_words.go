package hall

// sectionWords are the parts of a hall file as people call them.
var sectionWords = []struct{ key, word string }{
	{"id", "大厅编号"},
	{"name", "大厅名称"},
	{"time_zone", "时区"},
	{"day_begins", "业务日开始时刻"},
	{"url", "手机访问地址"},
	{"hours", "开放时间"},
	{"rules", "排队规则"},
	{"zones", "区域"},
	{"series", "号段"},
	{"services", "业务"},
	{"windows", "窗口"},
	{"priorities", "优先类别"},
	{"calls", "叫号方式"},
	{"ticket", "号票"},
	{"pauses", "暂停用语"},
	{"notices", "滚动通知"},
	{"tips", "取号机提示"},
	{"messages", "手机提醒"},
	{"documents", "材料"},
	{"staff", "人员"},
	{"roster", "排班"},
	{"agents", "终端"},
	{"plan", "平面图"},
	{"languages", "语言"},
	{"presence", "考勤"},
	{"video", "视频系统"},
	{"about", "大厅介绍"},
	{"citizen_cards", "市民卡"},
	{"sites", "可看的网站"},
}

// coarse are parts that are edited in pages of their own: their changes are
// counted, not told.
var coarse = map[string]bool{"plan": true}

func sectionName(key string) string {
	for _, s := range sectionWords {
		if s.key == key {
			return s.word
		}
	}
	return key
}

// fieldWords are settings as people call them; a section's own first.
var fieldWords = map[string]string{
	"id": "编号", "name": "名称", "short": "简称", "zone": "区域", "series": "号段", "number": "门牌号", "services": "业务",
	"target_wait": "目标等候", "service_time": "平均办理时间", "materials": "要带的材料", "closed": "暂停取号原因",
	"quotas": "限额", "person_daily": "每人每天取号次数", "disabled": "停用", "direction": "怎么走", "attendance": "出勤时间",
	"strategy": "叫号策略", "helps": "协助的业务", "posts": "工位数", "screen": "共用的屏", "prefix": "前缀", "digits": "数字位数",
	"first": "起始号", "last": "末号", "when_used_up": "号用完时", "kiosk": "离线取号机", "shorten": "提前时间", "age": "年龄",
	"authorise": "需要授权", "daily": "每天名额", "head": "抬头文字", "foot": "落款文字", "lines": "版面", "role": "角色",
	"password": "口令", "place": "位置", "window": "窗口", "channels": "渠道", "zones": "各区域的渠道", "kind": "方式",
	"weights": "比例", "order": "顺序", "week": "每周", "days": "特别日", "calendar": "按国家节假日", "hours": "时段",
	"mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日",
	"recall_limit": "最多重呼次数", "recall_pause": "两次呼叫的间隔", "overtaking": "最多被超过的次数",
	"one_live_ticket": "同一业务只能有一张有效号", "no_show_after": "自动过号时间", "pause_limit": "暂停时限",
	"tickets_need": "取号条件", "rejoin_within": "过号后可重排的时间", "rejoin_times": "可重排次数", "rejoin_after": "重排后的位置",
	"check_in_early": "可提前签到的时间", "check_in_late": "可推迟签到的时间", "keep_days": "保存天数", "page_kilobytes": "每页材料的大小",
	"soon": "提前几位提醒", "per_phone": "每号每天条数", "sms": "短信", "wechat": "微信", "on": "开启", "unasked": "主动提醒",
	"camera": "摄像机", "rtsp": "RTSP 地址", "onvif": "ONVIF 地址", "player": "回放地址", "live": "实时地址", "grace": "宽限时间",
	"introduction": "介绍", "address": "地址", "departments": "进驻部门", "process": "办事流程", "laws": "法律法规", "notices": "通知公告",
	"telephones": "电话", "traffic": "交通", "names": "译文", "events": "消息种类", "provider": "发送方式", "per_hall": "全大厅每天条数",
	"templates": "消息文字", "text": "文字", "version": "版本", "code": "网关模板号",
	"called": "叫号", "recalled": "再次叫号", "returned": "恢复排队", "missed": "过号",
	"messages/templates/soon": "快到了", "messages/sms/zones": "区域", "messages/wechat/zones": "区域",
	"about/hours": "开放时间", "languages/tag": "语言标记", "languages/name": "语言名称",
	"devices": "设备", "profile": "型号", "port": "端口", "baud": "波特率", "params": "参数", "roll": "纸卷长度",
	"staff/name": "姓名", "ticket/materials": "打印要带的材料",
}

func fieldName(section, key string) string {
	if word, ok := fieldWords[section+"/"+key]; ok {
		return word
	}
	if word, ok := fieldWords[key]; ok {
		return word
	}
	return key
}

// durations are the settings that are times; refersTo name entries of a part.
var (
	durations = map[string]bool{
		"target_wait": true, "service_time": true, "shorten": true, "recall_pause": true, "no_show_after": true, "pause_limit": true,
		"rejoin_within": true, "check_in_early": true, "check_in_late": true, "grace": true,
	}
	refersTo = map[string]string{
		"zone": "zones", "services": "services", "helps": "services", "order": "services", "kiosk": "agents", "window": "windows", "series": "series",
	}
	valueWords = map[string]string{
		"role=admin": "管理员", "role=manager": "大厅主任", "role=clerk": "窗口人员", "role=kiosk": "取号机", "role=counter": "窗口终端", "role=display": "显示屏",
		"when_used_up=grow": "加一位", "when_used_up=refuse": "停止取号",
		"tickets_need=enabled": "有未停用的窗口", "tickets_need=open": "有窗口在办理", "tickets_need=all": "窗口都未停用",
		"strategy=due-date": "按应办时间", "strategy=ratio": "按比例", "strategy=strict": "按业务顺序", "strategy=longest-wait": "等候最久优先", "strategy=by-hand": "手工点选",
		"kind=due-date": "按应办时间", "kind=ratio": "按比例", "kind=strict": "按业务顺序", "kind=longest-wait": "等候最久优先", "kind=by-hand": "手工点选",
		"provider=outbox": "只记录，不发出", "provider=http": "经网关发出",
		"events=called": "叫号", "events=recalled": "再次叫号", "events=soon": "快到了", "events=returned": "恢复排队", "events=missed": "过号",
		"channels=board": "大屏", "channels=window": "窗口屏", "channels=led": "LED 屏", "channels=voice": "语音",
	}
)
