package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smarthall/platform/internal/store"
)

// childMoved brings a package's case to where its items are: accepted when one
// is, decided when all are, over when all are.
func (s *Service) childMoved(ctx context.Context, tx *store.Tx, child *Case) error {
	c, err := s.lock(ctx, tx, child.Parent)
	if err != nil || c.State.Over() {
		return err
	}
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	over, decided, unpaid := 0, 0, false
	for _, k := range list {
		switch {
		case k.State.Over():
			over++
		case k.State == Decided:
			decided++
			unpaid = unpaid || k.Unpaid
		}
	}
	switch {
	case over == len(list):
		return s.closePackage(ctx, tx, &c, list)
	case over+decided == len(list):
		ready := c.State != Decided || c.Unpaid && !unpaid
		c.Unpaid = unpaid
		c.gather(list)
		if !ready {
			return s.save(ctx, tx, &c)
		}
		c.State, c.DecidedAt = Decided, tx.Now
		c.enter(tx.Now, StageDelivery, c.OrganisationName, "各事项均已决定")
		if err := s.save(ctx, tx, &c); err != nil {
			return err
		}
		return s.send(ctx, tx, &c)
	}
	return s.save(ctx, tx, &c)
}

// closePackage ends a package's case, whose items are all over.
func (s *Service) closePackage(ctx context.Context, tx *store.Tx, c *Case, list []Case) (err error) {
	withdrawn := !slices.ContainsFunc(list, func(k Case) bool { return k.State != Withdrawn })
	c.State = Closed
	note := "全部办结"
	if withdrawn {
		c.State, note = Withdrawn, "申请人撤回"
	}
	c.finish(tx.Now, note)
	c.Unpaid = false
	if !withdrawn && s.Evaluations != nil {
		c.Dossier.Rate, err = s.Evaluations.Invite(ctx, tx, Invitation{
			Case: c.ID, CaseNo: c.ShownNo(), ItemName: c.ItemName, Region: c.Region, Person: c.Person, Hall: c.Hall,
		})
		if err != nil {
			return err
		}
	}
	if err := s.over(ctx, tx, c, note); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, TypePackageClosed, c, nil); err != nil {
		return err
	}
	if withdrawn {
		return s.tell(ctx, tx, c, noticeProgress, map[string]string{"step": "您已撤回申请"})
	}
	return s.tell(ctx, tx, c, noticeCompleted, map[string]string{"result": outcomes(list), "rate": s.rateLink(c)})
}

// outcomes says how many of a package's items ended how.
func outcomes(list []Case) string {
	var words []string
	counts := map[string]int{}
	for _, k := range list {
		word := k.outcome()
		if counts[word]++; counts[word] == 1 {
			words = append(words, word)
		}
	}
	for i, w := range words {
		words[i] = chineseCount(counts[w]) + " 项" + w
	}
	return strings.Join(words, "、")
}

// outcome is how a case ended, in a word or two.
func (c *Case) outcome() string {
	if c.Result != "" {
		return c.Result.Word()
	}
	return c.State.Word()
}

// deliverPackage gives all results of a package to the applicant at once; the
// last of them closes it.
func (s *Service) deliverPackage(ctx context.Context, tx *store.Tx, c *Case, proof string) error {
	if c.State != Decided {
		return ErrState.With("套餐中还有事项没有办好，办好后一并送达")
	}
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if err := s.deliveryOfAll(ctx, tx, c, list, proof); err != nil {
		return err
	}
	for _, k := range list {
		if k.State != Decided {
			continue
		}
		child, err := s.lock(ctx, tx, k.ID)
		if err != nil {
			return err
		}
		child.Dossier.Delivery.Way = c.Dossier.Delivery.Way
		if err := s.delivered(ctx, tx, &child, proof); err != nil {
			return err
		}
	}
	*c, err = s.lock(ctx, tx, c.ID)
	return err
}

// deliveryOfAll gives the applicant one paper on which she signs for all that
// she gets, and which says what became of each item.
func (s *Service) deliveryOfAll(ctx context.Context, tx *store.Tx, c *Case, list []Case, proof string) error {
	rows := [][]string{{"事项", "办件编号", "结果"}}
	for _, k := range list {
		rows = append(rows, []string{k.ItemName, k.ShownNo(), k.outcome()})
	}
	way := c.Dossier.Delivery.Way
	err := s.issue(ctx, tx, c, DocumentOrder{Kind: "delivery", Sign: way == Collect, Table: rows, Body: []string{
		"套餐“" + c.ItemName + "”各事项的结果一并送达。", "送达方式：" + way.Word(), "送达情况：" + proof,
	}})
	if err != nil {
		return err
	}
	return s.save(ctx, tx, c)
}

// withdrawPackage takes all items of a package back, or none.
func (s *Service) withdrawPackage(ctx context.Context, tx *store.Tx, c *Case, reason string) error {
	list, err := s.Children(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if c.State.Over() || len(list) == 0 {
		return ErrState.With("套餐" + c.State.Word() + "，不能撤回")
	}
	for _, k := range list {
		if k.State.Over() {
			continue
		}
		child, err := s.lock(ctx, tx, k.ID)
		if err != nil {
			return err
		}
		if err := s.withdrawn(ctx, tx, &child, reason); err != nil {
			return fmt.Errorf("withdraw %s: %w", child.ItemName, err)
		}
	}
	*c, err = s.lock(ctx, tx, c.ID)
	return err
}
