package view

import (
	"fmt"
	"strings"

	"smarthall/hall-server/internal/queue"
)

// EventText is what happened to a ticket, for people.
func EventText(e queue.Event) string {
	because := func(text, reason string) string {
		if reason == "" {
			return text
		}
		return text + "：" + reason
	}
	switch e := e.(type) {
	case queue.TicketTaken:
		switch {
		case e.Offline:
			return "取号（离线号）"
		case e.Appointment != "":
			return "预约签到取号"
		case e.Exceed != "":
			return "超限额取号：" + e.Exceed
		}
		return "取号"
	case queue.TicketCalled:
		return "呼叫（" + reasonText(e.Reason) + "）"
	case queue.TicketMissed:
		if e.Auto {
			return "过号（超时）"
		}
	case queue.TicketTransferred:
		return because("转移", e.Reason)
	case queue.TicketParked:
		return because("挂起", e.Reason)
	case queue.TicketReturned:
		if e.Auto {
			return "挂起到时，回到队列"
		}
	case queue.TicketCancelled:
		return because("取消", e.Reason)
	case queue.ServiceFinished:
		return because("办结", e.Result)
	case queue.ServiceRated:
		return fmt.Sprintf("评价 %d 分", e.Score)
	case queue.TicketNoted:
		return because("备注", e.Text)
	case queue.MaterialsSeen:
		if len(e.Seen) == 0 {
			return "取消材料核对"
		}
		return because("已核对材料", strings.Join(e.Seen, "、"))
	case queue.TicketReprinted:
		return fmt.Sprintf("第 %d 次补打", e.Copy)
	case queue.TicketPrinted:
		return because("打印", printNames[e.Outcome])
	case queue.CallAcknowledged:
		if e.Failed != "" {
			return because(channelNames[e.Channel]+"显示失败", strings.TrimSpace(e.Failed))
		}
		return channelNames[e.Channel] + "已显示"
	}
	return eventNames[e.Type()]
}

var (
	eventNames = map[string]string{
		"ticket.recalled": "重呼", "service.started": "到达，开始办理", "ticket.missed": "过号", "ticket.putBack": "放回队列",
		"ticket.expired": "日终过期", "ticket.closed": "日终关闭", "ticket.resumed": "恢复办理", "ticket.returned": "回到队列",
		"ticket.rejoined": "过号重排", "ticket.delayed": "本人延后",
	}
	printNames   = map[string]string{"printed": "已出纸", "failed": "没有出纸", "expired": "过时未打印", "unknown": "结果不明"}
	channelNames = map[string]string{"board": "等候区大屏", "window": "窗口屏", "led": "条屏", "voice": "语音"}
)
