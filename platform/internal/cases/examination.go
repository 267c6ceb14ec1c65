package cases

import (
	"context"
	"strconv"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Held stops the clock for a special procedure of planned working days.
func (s *Service) Held(ctx context.Context, tx *store.Tx, id, reason, note string, planned int) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Hold}); err != nil {
		return err
	}
	c.enter(tx.Now, StageSpecial, c.OrganisationName, "")
	body := []string{"您申请的“" + c.ItemName + "”需要进行" + reason + "，所需时间不计入办理期限。"}
	if planned > 0 {
		body = append(body, "预计需要 "+strconv.Itoa(planned)+" 个工作日。")
	}
	if note != "" {
		body = append(body, note)
	}
	if err := s.issue(ctx, tx, &c, DocumentOrder{Kind: "special", Body: body, Basis: "《中华人民共和国行政许可法》第四十五条"}); err != nil {
		return err
	}
	c.Time.Holds = append(c.Time.Holds, limit.Hold{From: tx.Now})
	if err := s.reckon(ctx, &c, tx.Now); err != nil {
		return err
	}
	if err := s.save(ctx, tx, &c); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeHeld, &c, map[string]any{"reason": reason}); err != nil {
		return err
	}
	return s.tell(ctx, tx, &c, noticeHeld, map[string]string{"reason": reason})
}

// Resumed lets the clock go on after a special procedure.
func (s *Service) Resumed(ctx context.Context, tx *store.Tx, id string) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if !c.Held {
		return nil // it goes on already, by a supplement
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Resume}); err != nil {
		return err
	}
	if err := s.goOn(ctx, tx, &c, "恢复办理"); err != nil {
		return err
	}
	if err := s.save(ctx, tx, &c); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeResumed, &c, nil); err != nil {
		return err
	}
	return s.tell(ctx, tx, &c, noticeResumed, map[string]string{"due": spoken(c.PromisedDue)})
}

// goOn ends the hold of a case's clock.
func (s *Service) goOn(ctx context.Context, tx *store.Tx, c *Case, note string) error {
	if n := len(c.Time.Holds); n > 0 && c.Time.Holds[n-1].To.IsZero() {
		c.Time.Holds[n-1].To = tx.Now
	}
	c.enter(tx.Now, StageReview, c.OrganisationName, note)
	return s.reckon(ctx, c, tx.Now)
}

// maxExtension is how many working days a head may add (行政许可法 art. 42); joint
// handling has fifteen.
const maxExtension = 15

// Extended gives a case more working days, as a head approved.
func (s *Service) Extended(ctx context.Context, tx *store.Tx, id string, days int, basis string) error {
	if days < 1 || days > maxExtension {
		return ErrInput.Wrong("days", "延期应在 1 至 15 个工作日之间")
	}
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Extend}); err != nil {
		return err
	}
	c.Time.Extra += days
	if err := s.reckon(ctx, &c, tx.Now); err != nil {
		return err
	}
	due := spoken(c.PromisedDue)
	err = s.issue(ctx, tx, &c, DocumentOrder{Kind: "extension", Body: []string{
		"您申请的“" + c.ItemName + "”，经本机关负责人批准，办理期限延长 " + strconv.Itoa(days) + " 个工作日，延长至" + due + "。理由：" + basis,
	}, Basis: "《中华人民共和国行政许可法》第四十二条"})
	if err != nil {
		return err
	}
	if err := s.save(ctx, tx, &c); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeExtended, &c, map[string]any{"days": days}); err != nil {
		return err
	}
	if due == "" {
		return nil // no term, no day to tell
	}
	return s.tell(ctx, tx, &c, noticeExtended, map[string]string{"due": due, "reason": basis})
}

// AskAgain asks the applicant once more while her case is examined (审查中补正);
// its clock stands meanwhile.
func (s *Service) AskAgain(ctx context.Context, tx *store.Tx, id string, missing []string, note string) error {
	if len(missing) == 0 {
		return ErrNothing
	}
	c, err := s.lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: AskAgain}); err != nil {
		return err
	}
	lacks := written(missing)
	for i, id := range missing {
		if m := c.material(id); m != nil {
			m.Review, m.Note, lacks[i] = Missing, note, Lack{Material: m.Name}
		}
	}
	c.Time.Holds = append(c.Time.Holds, limit.Hold{From: tx.Now})
	if err := s.askFor(ctx, tx, &c, lacks, 0, note); err != nil {
		return err
	}
	if err := s.reckon(ctx, &c, tx.Now); err != nil {
		return err
	}
	return s.save(ctx, tx, &c)
}

// Terminated takes the flow's word that the examination was ended.
func (s *Service) Terminated(ctx context.Context, tx *store.Tx, id, reason string) error {
	c, err := s.lock(ctx, tx, id)
	if err != nil || c.State.Over() {
		return err
	}
	return s.ended(ctx, tx, &c, reason)
}

// terminate ends a case and its flow.
func (s *Service) terminate(ctx context.Context, tx *store.Tx, c *Case, reason string) error {
	if err := s.ended(ctx, tx, c, reason); err != nil {
		return err
	}
	return s.stopFlow(ctx, tx, c, reason)
}

// ended ends a case before it was decided.
func (s *Service) ended(ctx context.Context, tx *store.Tx, c *Case, reason string) (err error) {
	if c.Standing, err = Step(c.Standing, Command{Verb: Terminate}); err != nil {
		return err
	}
	c.Dossier.Reason = reason
	c.finish(tx.Now, "终止办理")
	err = s.issue(ctx, tx, c, DocumentOrder{Kind: "termination", Body: []string{
		"您申请的“" + c.ItemName + "”，现决定终止办理。理由：" + reason, remedy,
	}})
	if err != nil {
		return err
	}
	if err := s.over(ctx, tx, c, reason); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypeTerminated, c, map[string]any{"reason": reason}); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, c, noticeTerminated, map[string]string{"reason": reason}); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.terminate", Object: c.ID, Actor: actor(ctx)})
}
