package cases

import (
	"fmt"
	"strings"
)

// Guidance tells the applicant what to do now (ON-09), and how often she still
// has to come.
type Guidance struct {
	Text string `json:"text"`
	// Code is what Text says, without how often she has to come, for pages that word
	// it in other languages: the state, behind it the mode where that matters
	// (submitted.online), or what says more than the state, such as held.
	Code string `json:"code"`
	// Visits is how often she has to come from here on, at most.
	Visits int `json:"visits"`
	// Actions are what she can do herself now: edit, submit, supplement,
	// withdraw, deferred, pay, rate.
	Actions []string `json:"actions"`
}

// next is what to do now by state and, where it differs, by mode. A sentence
// for a mode wins over the one for all.
var next = map[State]map[Mode]string{
	Draft: {"": "请填好表单、备齐材料，然后提交申请。填写的内容会自动保存，30 天内有效。"},
	Submitted: {
		"":           "申请已提交，请等待审查，一般 5 个工作日内答复。现在不用来大厅。",
		PreReview:    "申请已提交，窗口正在预审，5 个工作日内答复。预审通过后再带原件来大厅，现在不用来。",
		Verification: "申请已提交，窗口正在审查，5 个工作日内答复。现在不用来，领取结果时带上原件即可。",
		Online:       "申请已提交，窗口正在审查，5 个工作日内答复。全程网上办理，您不用来大厅。",
		Window:       "窗口已收件，正在审查。请保管好收件凭证。",
	},
	Supplementing: {
		"":     "材料需要补正。请按一次性告知的清单补齐，可以网上补，也可以带到窗口补。",
		Online: "材料需要补正。请按一次性告知的清单在网上补齐后重新提交，您不用来大厅。",
	},
	Prepared: {"": "预审已通过。请带齐材料原件到大厅窗口核验，当场受理；来之前可以网上预约。"},
	Accepted: {
		"":           "已受理，正在办理，请等待结果。可以随时在这里查看进度。",
		Verification: "已受理，正在办理，请等待结果。办好后带原件来大厅核验并领取，只需来一次。",
		Online:       "已受理，正在办理，请等待结果。结果会按您选的方式送达，您不用来大厅。",
	},
	Closed:      {"": "已办结。请为这次服务作出评价。"},
	NotAccepted: {"": "不予受理，原因见决定书。不服的，可自收到决定书之日起 60 日内申请行政复议，或 6 个月内提起行政诉讼。"},
	Withdrawn:   {"": "您已撤回申请。如需办理，可以重新申请。"},
	Terminated:  {"": "办理已终止，原因见终止告知书。如需办理，可以重新申请。"},
}

// says is a sentence with its code.
type says struct{ code, text string }

// Sentences of what doesn't depend on the state alone.
var (
	sayHeld     = says{"held", "正在进行特别程序，所需时间不计入办理期限，请等待通知。"}
	sayDeferred = says{"deferred", "已容缺受理，正在办理。请在期限前补交容缺材料，逾期可能终止办理。"}
	sayAgain    = says{"again", "审查中发现材料需要补正，请按告知书补齐；补正期间办理期限暂停计算。"}
	sayUnpaid   = says{"unpaid", "请先缴费，缴清后继续办理。"}
	sayReady    = says{"ready", "结果已办好。请带身份证到大厅窗口领取。"}
	sayVerify   = says{"ready.verification", "结果已办好。请带身份证和材料原件到大厅窗口核验并领取，只需来一次。"}
	sayOriginal = says{"originals", "结果已办好。请带身份证和材料原件到大厅窗口核验，核验后为您送达，只需来一次。"}
	sayPost     = says{"posted", "结果已办好，正在邮寄，请留意查收。"}
	sayRefused  = says{"refused", "已作出不予决定，理由见决定书。不服的，可自收到决定书之日起 60 日内申请行政复议，或 6 个月内提起行政诉讼。"}
	saySpace    = says{"ready.online", "结果已办好，已送到您的空间，可以在线查看和下载。"}
	sayChild    = says{"together", "本事项已办好，等同一套餐的其他事项办好后一并送达。"}
)

// Guide tells the applicant of a case what to do now. way is how the result is
// delivered; together tells that it waits for other cases of its package.
func Guide(s Standing, way Way, together bool) Guidance {
	say := s.sentence(way, together)
	g := Guidance{Text: say.text, Code: say.code, Visits: s.visits(way), Actions: s.actions()}
	if g.Visits > 0 && !s.State.Over() && s.State != Prepared && s.State != Decided {
		g.Text += fmt.Sprintf("（最多来 %d 次）", g.Visits)
	}
	return g
}

func (s Standing) sentence(way Way, together bool) says {
	switch {
	case s.State == Accepted && s.Unpaid, s.State == Decided && s.Unpaid:
		return sayUnpaid
	case s.State == Accepted && s.Held:
		return sayHeld
	case s.State == Accepted && s.Deferred > 0:
		return sayDeferred
	case s.State == Supplementing && s.Taken:
		return sayAgain
	case s.State == Decided && s.Result == Refused:
		return sayRefused
	case s.State == Decided && together:
		return sayChild
	case s.State == Decided && s.Originals > 0 && way != Collect:
		return sayOriginal
	case s.State == Decided && way == ByPost:
		return sayPost
	case s.State == Decided && way == Electronic:
		return saySpace
	case s.State == Decided && s.Mode == Verification:
		return sayVerify
	case s.State == Decided:
		return sayReady
	}
	if text, ok := next[s.State][s.Mode]; ok && (s.Mode != Online || way != Collect) {
		return says{strings.TrimSuffix(string(s.State)+"."+string(s.Mode), "."), text}
	}
	return says{string(s.State), next[s.State][""]}
}

// visits counts the visits that are left: one to show the originals before a
// case is accepted or handed over, one to collect the result. Whoever gets it by
// post or on line comes once less, and a whole-process case never, unless its applicant
// chose to collect the result.
func (s Standing) visits(way Way) int {
	switch {
	case s.State.Over():
		return 0
	case s.Mode == Online && way == Collect:
		return 1
	case s.Mode == Online:
		return 0
	}
	n := 0
	if s.Mode == PreReview && !s.Taken {
		n++
	}
	if way == Collect || s.Originals > 0 || s.Mode == Verification && s.State != Decided {
		n++
	}
	return min(n, s.Mode.Visits())
}

// actions are what the applicant can do now.
func (s Standing) actions() []string {
	list := []string{}
	switch s.State {
	case Draft:
		return []string{"edit", "submit"}
	case Supplementing:
		list = append(list, "edit", "supplement")
	case Decided:
		if s.Unpaid {
			list = append(list, "pay")
		}
	case Accepted:
		if s.Deferred > 0 {
			list = append(list, "deferred")
		}
		if s.Unpaid {
			list = append(list, "pay")
		}
	case Closed:
		list = append(list, "rate")
	}
	if _, err := Step(s, Command{Verb: Withdraw}); err == nil {
		list = append(list, "withdraw")
	}
	return list
}
