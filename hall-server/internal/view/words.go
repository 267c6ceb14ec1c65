package view

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

func reasonText(r queue.Reason) string {
	switch r.Rule {
	case queue.RuleByHand:
		if r.Text == "" {
			return "工作人员指定"
		}
		return "工作人员指定：" + r.Text
	case queue.RuleSlot:
		return "预约时段已到，预约优先"
	case queue.RuleRatio:
		switch r.Class {
		case queue.ClassAppointment:
			return "按比例轮到预约"
		case queue.ClassWalkIn:
			return "按比例轮到现场取号"
		}
		return "按比例轮到这项业务"
	case queue.RuleStrict:
		return "按业务顺序最先"
	case queue.RuleLongest:
		return fmt.Sprintf("%d 位等候者中等候最久", r.Candidates)
	case queue.RuleHelp:
		return "本窗口业务无人等候，协助办理"
	case queue.RuleBound:
		return fmt.Sprintf("已被后来的号超过 %d 次，优先呼叫", r.Overtaken)
	default:
		return fmt.Sprintf("%d 位等候者中应办时间最早", r.Candidates)
	}
}

// status maps a refusal's kind to the HTTP status that both REST and the link
// use.
var status = map[queue.Kind]int{
	queue.Invalid:     http.StatusUnprocessableEntity,
	queue.NotFound:    http.StatusNotFound,
	queue.Conflict:    http.StatusConflict,
	queue.Forbidden:   http.StatusForbidden,
	queue.Unavailable: http.StatusServiceUnavailable,
}

// Problem puts an error of the core into words. Anything that isn't a refusal
// is internal: people learn only that it happened.
func (v *Viewer) Problem(err error) link.Problem {
	var r *queue.Refusal
	switch {
	case errors.As(err, &r):
		return link.Problem{
			Status: status[r.Kind], Code: r.Code, Detail: v.sentence(r),
			State: r.State, Allowed: verbs(r.Allowed),
		}
	case errors.Is(err, core.ErrClosed):
		return link.Problem{Status: http.StatusServiceUnavailable, Code: "hall.closing", Detail: "系统正在重启，请稍候重试"}
	default:
		return link.Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "系统出错，请联系技术人员"}
	}
}

// sentences say what happened and what to do. {name} is filled from a
// refusal's variables.
var sentences = map[string]string{
	"hall.not-configured":    "大厅尚未配置，请联系技术人员",
	"hall.invalid":           "大厅配置有误：{path} {message}",
	"hall.service-in-use":    "{serviceName} 还有号票 {number} 未办结，不能删除该业务",
	"hall.window-in-use":     "{windowNumber} 号窗口有人（{staff}）在岗，请先签退",
	"ticket.id":              "号票编号无效",
	"ticket.unknown":         "没有这张号票，可能已过当日",
	"ticket.wrong-state":     "{number} 号现在是“{stateName}”，不能{verbName}",
	"ticket.reserved":        "{number} 号已转给 {windowNumber} 号窗口",
	"ticket.rejoin-limit":    "{number} 号已重排过 {limit} 次，请重新取号",
	"ticket.rejoin-late":     "{number} 号过号已超过 {minutes} 分钟，请重新取号",
	"ticket.delay-limit":     "每张号只能延后 {limit} 次",
	"ticket.copy-limit":      "{number} 号补打次数已满（{limit} 次）",
	"delay.by":               "最多可以延后 {max} 分钟",
	"park.until":             "挂起的时间无效，应在今天之内",
	"note.empty":             "请填写备注",
	"materials.empty":        "材料没有名称",
	"materials.too-many":     "{number} 号的材料太多（最多 {max} 项）",
	"note.too-many":          "{number} 号的备注已满（{max} 条）",
	"transfer.nowhere":       "请选择要转到的业务或窗口",
	"transfer.place":         "转移后的位置无效",
	"kiosk.unknown":          "没有这台取号机",
	"priority.unauthorised":  "这类优先需要工作人员授权",
	"priority.full":          "今天的优先名额（{daily} 个）已用完，请按普通号排队",
	"quota.full":             "{serviceName} {from}–{to} 的 {places} 个号已取完",
	"quota.person":           "您今天取号已达上限（{daily} 次）",
	"window.by-hand":         "{windowNumber} 号窗口由工作人员点选呼叫，请在等候名单中选择",
	"strategy.invalid":       "叫号策略有误：{message}",
	"appointment.unknown":    "没有这个预约",
	"appointment.id":         "预约编号为空或重复",
	"appointment.code":       "预约码与别的预约重复",
	"appointment.slot":       "预约时段无效",
	"appointment.past":       "预约时段已过",
	"appointment.has-one":    "同一事项已有预约，取消后才能再约",
	"appointment.used":       "这个预约已经用过或已取消",
	"appointment.other-day":  "预约的日期是 {day}，请在当天签到",
	"appointment.early":      "还没到签到时间，{from} 起可以签到",
	"appointment.too-many":   "预约数量超过上限",
	"offline.day":            "离线号 {number} 不是今天的号",
	"offline.series":         "这台取号机没有离线号段",
	"offline.number":         "离线号 {number} 无效或已存在",
	"ticket.other-window":    "{number} 号在 {windowNumber} 号窗口办理，不能由本窗口操作",
	"ticket.other-service":   "{number} 号的业务不在 {windowNumber} 号窗口办理",
	"ticket.recall-limit":    "{number} 号已重呼 {limit} 次，请按过号处理",
	"ticket.recall-too-soon": "刚刚呼叫过 {number} 号，请 {seconds} 秒后再呼",
	"ticket.already-rated":   "{number} 号已经评价过了",
	"service.unknown":        "没有这项业务",
	"service.closed":         "{serviceName}暂不取号：{whyText}",
	"hall.shut":              "{opensText}",
	"channel.unknown":        "取号方式无效",
	"priority.unknown":       "没有这类优先",
	"person.invalid":         "个人信息无效",
	"person.has-ticket":      "您已取过 {number} 号，请等候叫号",
	"number.used-up":         "今天的号已取完，请咨询工作人员",
	"window.unknown":         "没有这个窗口",
	"window.signed-out":      "{windowNumber} 号窗口尚未登录",
	"window.paused":          "{windowNumber} 号窗口已暂停，请先恢复办理",
	"window.not-paused":      "{windowNumber} 号窗口没有暂停",
	"window.busy":            "请先处理完 {number} 号",
	"window.taken":           "{windowNumber} 号窗口已由{staff}登录",
	"window.disabled":        "{windowNumber} 号窗口已停用",
	"staff.invalid":          "工作人员账号无效",
	"staff.elsewhere":        "{staff}已在 {windowNumber} 号窗口登录，请先在那里签退",
	"staff.password":         "账号或口令不对",
	"staff.disabled":         "这个账号已停用，请联系管理员",
	"score.invalid":          "评价等级只能是 1 到 5",
	"staff.unknown":          "没有这位工作人员",
	"text.too-long":          "文字太长，最多 {max} 个字",
	"clock.went-back":        "服务器时钟倒退（现在 {now}，上次 {last}），请校准时间；如果现在的时间是对的，请管理员确认时钟",
	"clock.fine":             "服务器时钟没有倒退，不需要确认",
	"key.reused":             "同一个请求编号用在了不同的操作上",
	"store.unavailable":      "数据没有保存成功，请重试；如仍失败请联系技术人员",
	"access.denied":          "没有权限进行此操作",
	"statistics.range":       "统计范围无效：最长一年，起始日期和时刻不能晚于结束",
	"message.unknown":        "没有这条消息",
	"message.no-phone":       "没有可以通知的手机号码，或大厅没有开通这种提醒",
	"message.wrong-state":    "只有没送达或没发送的消息可以重发",
	"link.unsupported":       "不支持的操作",
	"link.malformed":         "消息格式有误",
	"webhook.unknown":        "没有这个推送地址，可能已被删除",
	"webhook.limit":          "推送地址最多 {max} 个",
	"webhook.url-invalid":    "推送地址应为 http 或 https 网址，不带账号和 # 部分",
	"webhook.event-unknown":  "没有“{event}”这种事件",
	"webhook.secret-invalid": "签名密钥应为 whsec_ 加 24 到 64 字节的 Base64",
	"webhook.address":        "不能向这个地址推送",
	"webhook.status":         "对方没有接收（HTTP {status}）",
	"webhook.redirect":       "对方要求转到别的网址（HTTP {status}），请登记最终网址",
	"webhook.gone":           "对方表示不再接收（HTTP {status}）",
	"webhook.timeout":        "对方没有及时答复",
	"webhook.tls":            "对方的证书无效或不支持 https",
	"webhook.unreachable":    "连接不上对方",
	"request.limit":          "口令输错次数过多，请 10 秒后再试",
}

var stateNames = map[queue.TicketState]string{
	queue.Waiting: "等候中", queue.Called: "已叫号", queue.Serving: "正在办理", queue.Parked: "挂起",
	queue.Missed: "已过号", queue.Finished: "已办结", queue.Cancelled: "已取消", queue.Expired: "已过期", queue.Closed: "已关闭",
}

var verbNames = map[queue.Verb]string{
	queue.VerbCall: "呼叫", queue.VerbRecall: "重呼", queue.VerbArrive: "确认到达", queue.VerbNoShow: "过号",
	queue.VerbPutBack: "放回队列", queue.VerbFinish: "办结", queue.VerbTransfer: "转移", queue.VerbPark: "挂起",
	queue.VerbDelay: "延后", queue.VerbReturn: "放回队列", "reprint": "补打",
	queue.VerbResume: "恢复", queue.VerbRejoin: "重新排队", queue.VerbCancel: "取消", queue.VerbRate: "评价",
}

var strategyNames = map[queue.StrategyKind]string{
	queue.StrategyDue: "按应办时间", queue.StrategyRatio: "按比例", queue.StrategyStrict: "按业务顺序",
	queue.StrategyLongest: "等候最久优先", queue.StrategyByHand: "手工点选",
}

// StrategyText is a strategy for people: 按比例 预约 2 : 现场 1.
func (v *Viewer) StrategyText(s *queue.Strategy) string {
	var parts []string
	for _, share := range v.strategyShares(s) {
		part := cmp.Or(map[string]string{queue.ClassAppointment: "预约", queue.ClassWalkIn: "现场"}[share.Class], share.Name)
		if share.Weight > 0 {
			part = fmt.Sprintf("%s %d", part, share.Weight)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return strategyNames[s.Kind]
	}
	return strategyNames[s.Kind] + " " + strings.Join(parts, " : ")
}

// strategyShares are the classes and services that a strategy names.
func (v *Viewer) strategyShares(s *queue.Strategy) []link.StrategyShare {
	h := v.Hall.Hall()
	short := func(id string) string {
		svc, _ := h.Service(queue.ServiceID(id))
		return cmp.Or(svc.Short, svc.Name)
	}
	var out []link.StrategyShare
	for _, class := range slices.Sorted(maps.Keys(s.Weights)) {
		share := link.StrategyShare{Weight: s.Weights[class]}
		if class == queue.ClassAppointment || class == queue.ClassWalkIn {
			share.Class = class
		} else {
			share.Name = short(class)
		}
		out = append(out, share)
	}
	for _, id := range s.Order {
		out = append(out, link.StrategyShare{Name: short(string(id))})
	}
	return out
}

func (v *Viewer) sentence(r *queue.Refusal) string {
	text, ok := sentences[r.Code]
	if !ok {
		return "操作未成功（" + r.Code + "）"
	}
	if r.Code == "quota.full" && r.Vars["from"] == "00:00" && r.Vars["to"] == "24:00" {
		text = "{serviceName}当天的 {places} 个号已取完"
	}
	h := v.Hall.Hall()
	pairs := []string{"{stateName}", stateNames[queue.TicketState(r.State)]}
	for name, value := range r.Vars {
		pairs = append(pairs, "{"+name+"}", value)
		switch name {
		case "window":
			w, _ := h.Window(queue.WindowID(value))
			pairs = append(pairs, "{windowNumber}", w.Number)
		case "service":
			s, _ := h.Service(queue.ServiceID(value))
			pairs = append(pairs, "{serviceName}", s.Name)
		case "verb":
			pairs = append(pairs, "{verbName}", verbNames[queue.Verb(value)])
		case "opens":
			pairs = append(pairs, "{opensText}", opensText(value, ""))
		case "why":
			pairs = append(pairs, "{whyText}", closedText(value))
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Answer puts what a command led to into views. s is the committed state.
func (v *Viewer) Answer(s *queue.State, a core.Answer, now queue.Time) link.Answer {
	out := link.Answer{None: a.None}
	if a.Ticket != nil {
		t := v.TicketOf(cmp.Or(a.Day, s.Day), a.Ticket)
		out.Ticket = &t
	}
	if a.Window != nil {
		w := v.Window(s, a.Window, now)
		out.Window = &w
	}
	if a.Reason != nil {
		r := Reason(*a.Reason)
		out.Reason = &r
	}
	if a.Appointment != nil {
		booked := v.Appointment(s, a.Appointment)
		out.Appointment = &booked
	}
	return out
}

// Materials are what to bring for svc: what the hall's file says, else what the
// platform's items do.
func (v *Viewer) Materials(svc *hall.Service) []string {
	if len(svc.Materials) > 0 || v.Items == nil {
		return svc.Materials
	}
	return v.Items(svc.ID)
}
