package supervision

import "fmt"

// plain are events in words that need nothing else.
var plain = map[string]string{
	"case.submitted": "提交申请", "case.supplemented": "申请人补正材料", "case.prepared": "预审通过，待提交原件", "case.resumed": "恢复计时",
	"case.delivered": "结果送达", "case.closed": "办结归档", "case.withdrawn": "申请人撤回", "case.deferred-due": "容缺材料即将到期",
	"case.deferred-brought": "容缺材料已补交", "case.deferred-overdue": "容缺材料逾期未交", "flow.ended": "审批流程结束", "evaluation.rectification-opened": "差评整改立项",
	"evaluation.rectification-closed": "差评整改办结", "evaluation.overdue": "咨询投诉逾期未答复", "licence.issued": "电子证照签发", "payment.paid": "缴费完成",
	"delivery.sent": "结果寄出", "delivery.delivered": "结果签收",
}

// results are how a step may end, in words.
var results = map[string]string{
	"pass": "通过", "passed": "通过", "refuse": "不通过", "refused": "不通过", "approve": "同意", "approved": "同意", "return": "退回", "returned": "退回", "cancelled": "取消",
	"transfer": "转办", "transferred": "转办", "delegate": "委派", "delegated": "委派", "recalled": "拿回", "taken": "取消",
}

// wordsOf is what happened as people read it.
func wordsOf(kind string, h heard) string {
	if text, ok := plain[kind]; ok {
		return text
	}
	result := results[h.Result]
	switch kind {
	case "case.supplement-asked":
		return "一次性告知补正" + because(h.Reason)
	case "case.accepted":
		if h.Tacit {
			return "逾期未答复，视为受理"
		}
		return "受理"
	case "case.not-accepted":
		return "不予受理" + because(h.Reason)
	case "case.held":
		return "挂起，暂停计时" + because(h.Reason)
	case "case.extended":
		return fmt.Sprintf("批准延期 %d 个工作日", h.Days)
	case "case.decided":
		if h.Approved {
			return "作出准予决定"
		}
		return "作出不予决定" + because(h.Reason)
	case "case.terminated":
		return "终止办理" + because(h.Reason)
	case "flow.task-opened":
		return "进入环节：" + h.Name
	case "flow.task-claimed":
		return "签收：" + h.Name
	case "flow.task-handed":
		return handed(h.Action) + "：" + h.Name + because(h.Opinion)
	case "flow.recalled":
		return "拿回已作出的意见：" + h.Name + because(h.Opinion)
	case "flow.task-done":
		return "完成环节：" + h.Name + "（" + result + "）" + because(h.Opinion)
	case "flow.task-cancelled":
		return "环节取消：" + h.Name
	case "flow.returned":
		return "退回：" + h.Name + because(h.Opinion)
	case "flow.extension-asked":
		return fmt.Sprintf("申请延期 %d 个工作日", h.Days)
	case "flow.extension-decided":
		if h.Granted {
			return fmt.Sprintf("同意延期 %d 个工作日", h.Days) + because(h.Opinion)
		}
		return "不同意延期" + because(h.Opinion)
	case "evaluation.given":
		return fmt.Sprintf("评价 %d 分", h.Score)
	default:
		return kind
	}
}

// handed is how a step came to somebody else.
func handed(verb string) string {
	switch verb {
	case "transfer":
		return "转办"
	case "delegate":
		return "委派"
	case "release":
		return "退回待签收"
	case "pass", "refuse":
		return "受委派人的意见送回"
	default:
		return "改由他人办理"
	}
}

// because adds a reason where there is one.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	runes := []rune(reason)
	if len(runes) > 80 {
		return "：" + string(runes[:80]) + "…"
	}
	return "：" + reason
}
