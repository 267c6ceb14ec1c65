package cases

import (
	"context"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// supplementDays is how long an applicant has to mend what is missing, in
// working days, if the notice says nothing else.
const supplementDays = 15

// maxDays bounds the days that a clerk gives, in working days.
const maxDays = 30

// Notice is a one-time notice of everything that is missing (一次性告知).
type Notice struct {
	// More is what is missing beside the materials that were found wanting.
	More []string `json:"more,omitempty" maxItems:"20"`
	Days int      `json:"days,omitempty" minimum:"0" maximum:"30" doc:"Working days to mend it; 0 means 15"`
	// Reason is a head's, for a second notice.
	Reason string `json:"reason,omitempty" maxLength:"300" doc:"A head's reason for a second notice"`
}

// Notify tells the applicant at once all that is missing.
func (s *Service) Notify(ctx context.Context, id string, n Notice) (c Case, err error) {
	if n.Days < 0 || n.Days > maxDays || len(n.More) > 20 || tooLong(n.Reason, 300) || slices.ContainsFunc(n.More, func(t string) bool { return tooLong(t, 300) || strings.TrimSpace(t) == "" }) {
		return c, ErrInput.Wrong("more", "补正内容每项不超过 300 字，最多 20 项；期限不超过 30 个工作日")
	}
	err = s.change(ctx, "tell what is missing", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if owned.Package != "" {
			return ErrPackage
		}
		if owned.State == Draft && owned.Mode == Window {
			if err := s.submitted(ctx, tx, owned); err != nil {
				return err
			}
		}
		missing := append(owned.wanting(), written(n.More)...)
		if len(missing) == 0 {
			return ErrNothing
		}
		again := owned.Asked > 0
		if again && n.Reason != "" {
			if err := head(ctx, owned); err != nil {
				return err
			}
		}
		return s.notified(ctx, tx, owned, missing, n.Days, n.Reason)
	})
	return c, err
}

// notified does what a notice before acceptance does, in a transaction that
// locked the case.
func (s *Service) notified(ctx context.Context, tx *store.Tx, c *Case, missing []Lack, days int, reason string) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: Ask, Head: reason != ""}); err != nil {
		return err
	}
	if err := s.askFor(ctx, tx, c, missing, days, reason); err != nil {
		return err
	}
	if err := s.save(ctx, tx, c); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.notify", Object: c.ID})
}

// askFor gives the applicant the notice of what is missing.
func (s *Service) askFor(ctx context.Context, tx *store.Tx, c *Case, lacks []Lack, days int, note string) error {
	missing := inWords(lacks)
	if days == 0 {
		days = supplementDays
	}
	due, err := s.inWorkingDays(ctx, c.Region, tx.Now, days)
	if err != nil {
		return err
	}
	c.Dossier.Missing, c.Dossier.Lacks, c.Dossier.MissingDue, c.wake = missing, lacks, due.String(), time.Time{}
	c.enter(tx.Now, StageSupplement, whoApplicant, "需要补正")
	rows := [][]string{{"序号", "需要补正的内容"}}
	for i, m := range missing {
		rows = append(rows, []string{chineseCount(i + 1), m})
	}
	body := []string{
		"您申请的“" + c.ItemName + "”需要补正下列全部内容，请于 " + chineseDay(due) + "前在网上或到窗口补正。",
	}
	if note != "" {
		body = append(body, "说明："+note)
	}
	if err := s.issue(ctx, tx, c, DocumentOrder{Kind: "supplement", Body: body, Table: rows, Basis: "《中华人民共和国行政许可法》第三十二条第一款第四项"}); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeSupplementAsked, c, map[string]any{"missing": missing, "due": due.String(), "count": c.notices()}); err != nil {
		return err
	}
	return s.tell(ctx, tx, c, noticeSupplement, map[string]string{"materials": strings.Join(missing, "；"), "due": chineseDay(due)})
}

// notices counts what the applicant was asked for, before and after acceptance.
func (c *Case) notices() (n int) {
	for _, st := range c.Stages {
		if st.Kind == StageSupplement {
			n++
		}
	}
	return n
}
