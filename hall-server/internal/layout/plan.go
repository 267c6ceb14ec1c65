package layout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"smarthall/internal/calendar"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// Bounds of a plan.
const (
	maxScreens = 200
	maxSlots   = 20
	maxRules   = 50
)

// Plan says what every screen shows when, and how calls are spoken.
type Plan struct {
	Screens []link.ScreenPlan `json:"screens"`
	Voice   []link.VoiceRule  `json:"voice"`
}

// layouts are the ids of those that a plan shows, each once, in order.
func (p Plan) layouts() []string {
	var out []string
	for _, s := range p.Screens {
		for _, slot := range s.Slots {
			if !slices.Contains(out, slot.Layout) {
				out = append(out, slot.Layout)
			}
		}
	}
	return out
}

// plan is the one in force. s.mu is held.
func (s *Service) plan() Plan {
	var p Plan
	_ = json.Unmarshal(s.docs[planID].Body, &p) // nothing else is ever kept; empty before the first
	return p
}

// Plan returns the plan in force and its rev.
func (s *Service) Plan() (Plan, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plan(), s.docs[planID].Rev
}

// PlanVersions returns the plans that were in force, newest first.
func (s *Service) PlanVersions(ctx context.Context) ([]Version, error) {
	return s.conf.Table.LayoutVersions(ctx, planID)
}

// SetPlan puts a plan into force; rev is the one that was read.
func (s *Service) SetPlan(ctx context.Context, rev int, p Plan, by string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.docs[planID]
	if old.Rev != rev {
		return 0, refuse(Conflict, "layout.changed", "屏幕安排刚被"+old.By+"修改过，请重新载入后再改")
	}
	if err := s.checkPlan(p); err != nil {
		return 0, err
	}
	return s.putPlan(ctx, old, p, by, Audit{What: didPlan, Detail: strconv.Itoa(len(p.Screens))})
}

// RestorePlan puts an earlier plan into force again.
func (s *Service) RestorePlan(ctx context.Context, number int, by string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	versions, err := s.conf.Table.LayoutVersions(ctx, planID)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(versions, func(v Version) bool { return v.Number == number })
	if i < 0 {
		return 0, refuse(NotFound, "layout.version", "没有这个版本")
	}
	var p Plan
	if err := json.Unmarshal(versions[i].Body, &p); err != nil {
		return 0, fmt.Errorf("read plan %d: %w", number, err)
	}
	if err := s.checkPlan(p); err != nil { // its layouts may be gone
		return 0, err
	}
	return s.putPlan(ctx, s.docs[planID], p, by, Audit{What: didRestore, Detail: strconv.Itoa(number)})
}

// putPlan puts a checked plan into force. s.mu is held.
func (s *Service) putPlan(ctx context.Context, old Doc, p Plan, by string, a Audit) (int, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return 0, fmt.Errorf("encode plan: %w", err)
	}
	d := Doc{ID: planID, Draft: body, Body: body, Rev: old.Rev + 1, Version: old.Version + 1, By: by, At: s.now()}
	if err := s.commit(ctx, old, d, s.audited(a, planID, by)); err != nil {
		return 0, err
	}
	return d.Rev, nil
}

// screenName is what pages and strips call themselves.
var screenName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_.:/-]{0,79}$`)

// checkPlan holds a plan to the rules; the error says which screen is wrong.
// s.mu is held.
func (s *Service) checkPlan(p Plan) error {
	if len(p.Screens) > maxScreens || len(p.Voice) > maxRules {
		return refuse(Invalid, "screens.many", fmt.Sprintf("最多安排 %d 块屏幕、%d 条语音规则", maxScreens, maxRules))
	}
	seen := map[string]bool{}
	for _, one := range p.Screens {
		if !screenName.MatchString(one.Screen) || len(one.Screen) > 80 {
			return refuse(Invalid, "screens.name", "屏幕名“"+short(one.Screen)+"”不能用")
		}
		if seen[one.Screen] {
			return refuse(Invalid, "screens.twice", "屏幕 "+one.Screen+" 安排了两次")
		}
		seen[one.Screen] = true
		if len(one.Slots) > maxSlots {
			return refuse(Invalid, "screens.slots", fmt.Sprintf("屏幕 %s 的安排超过 %d 条", one.Screen, maxSlots))
		}
		for i, slot := range one.Slots {
			where := fmt.Sprintf("屏幕 %s 第 %d 条", one.Screen, i+1)
			if err := s.checkSlot(slot, where); err != nil {
				return err
			}
			for j, other := range one.Slots[:i] {
				if other.Priority == slot.Priority && screen.Overlap(slot, other) {
					return refuse(Invalid, "screens.overlap", fmt.Sprintf("%s与第 %d 条时间重叠，请分出先后（优先级）", where, j+1))
				}
			}
		}
	}
	for i, r := range p.Voice {
		if err := checkVoice(r, fmt.Sprintf("语音规则第 %d 条", i+1)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) checkSlot(slot link.ShowSlot, where string) error {
	d, ok := s.docs[slot.Layout]
	switch {
	case !ok || slot.Layout == planID:
		return refuse(Invalid, "screens.layout", where+"的版式不存在")
	case d.Version == 0:
		return refuse(Invalid, "screens.unpublished", where+"的版式“"+View(d.Draft).Name+"”还没有发布")
	case slot.Priority < 0 || slot.Priority > 9:
		return refuse(Invalid, "screens.priority", where+"的优先级应为 0 到 9")
	case slot.Days != "" && slot.Days != "work" && slot.Days != "off":
		return refuse(Invalid, "screens.days", where+"的日期种类不认识")
	case slices.ContainsFunc(slot.Weekdays, func(d int) bool { return d < 1 || d > 7 }) || len(slot.Weekdays) > 7:
		return refuse(Invalid, "screens.days", where+"的星期应为 1 到 7")
	}
	if err := checkHours(slot.From, slot.To, where); err != nil {
		return err
	}
	for _, day := range []string{slot.First, slot.Last} {
		if day == "" {
			continue
		}
		if _, err := calendar.ParseDay(day); err != nil {
			return refuse(Invalid, "screens.days", where+"的日期应写成 2026-12-31")
		}
	}
	if slot.First != "" && slot.Last != "" && slot.Last < slot.First {
		return refuse(Invalid, "screens.days", where+"的结束日期早于开始日期")
	}
	return nil
}

func checkHours(from, to, where string) error {
	if from == "" && to == "" {
		return nil
	}
	_, errFrom := screen.Minute(from)
	_, errTo := screen.Minute(to)
	if errors.Join(errFrom, errTo) != nil || from == to {
		return refuse(Invalid, "screens.hours", where+"的时间应写成 08:30 到 17:30，或都不填")
	}
	return nil
}

func checkVoice(r link.VoiceRule, where string) error {
	if r.Volume < 0 || r.Volume > 100 || r.Repeat < 0 || r.Repeat > 3 || r.Order < 0 || r.Order > 9 {
		return refuse(Invalid, "voice.range", where+"：音量 0 到 100，遍数 1 到 3，次序 0 到 9")
	}
	if len(r.Zone) > 40 || !plain(r.Zone) {
		return refuse(Invalid, "voice.zone", where+"的区域不认识")
	}
	return checkHours(r.From, r.To, where)
}
