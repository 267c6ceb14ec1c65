package cases

import (
	"context"
	"strings"

	"smarthall/internal/codes"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// By is how who takes a result was recognised.
type By string

// The ways.
const (
	ByCard  By = "card"  // the applicant's own card was read
	ByOther By = "other" // a clerk looked at her papers, or at an agent's
)

// Taker is who takes a result at the window (送达).
type Taker struct {
	By By `json:"by" enum:"card,other" doc:"card: the applicant's own was read, and is compared"`
	// Name is who took it; empty is the applicant. IDNumber is the card's that
	// was read.
	Name     string `json:"name,omitempty" maxLength:"50"`
	IDNumber string `json:"idNumber,omitempty" maxLength:"18" doc:"As the card that was read says"`
	Note     string `json:"note,omitempty" maxLength:"150" doc:"other: how she was recognised, and an agent's authority"`
}

// String tells nothing about the taker.
func (Taker) String() string { return "taker" }

// The ways a taker is refused.
var (
	ErrTaker  = fault.New(fault.Conflict, "cases.taker", "所刷证件不是申请人本人的。由他人代领的，请选“其他方式”，写明领取人和授权材料")
	ErrTaking = fault.New(fault.Invalid, "cases.taking", "请写明领取人和核验方式")
)

// proof checks who takes a case's result, and says it in words for the paper
// that she signs.
func (s *Service) proof(c *Case, t Taker) (string, error) {
	name, note := strings.TrimSpace(t.Name), strings.TrimSpace(t.Note)
	if tooLong(name, 50) || tooLong(note, 150) || strings.ContainsAny(name+note, "<>\n\r\t") {
		return "", ErrTaking.Wrong("note", "领取人或核验方式过长，或含有不能使用的字符")
	}
	if name == "" {
		name = c.Applicant.Name
	}
	switch t.By {
	case ByCard:
		number := clean(t.IDNumber)
		if _, err := codes.ParseID(number, s.Store.Now()); err != nil {
			return "", ErrTaking.Wrong("idNumber", "没有读到身份证，请重新刷证")
		}
		if !equal(c.Holder, s.vault.Key(kindID, number)) {
			return "", ErrTaker
		}
		return "申请人本人（" + privacy.MaskName(c.Applicant.Name) + "，证件尾号 " + number[len(number)-4:] + "）刷身份证领取，经系统比对一致", nil
	case ByOther:
		if note == "" {
			return "", ErrTaking.Wrong("note", "请写明怎样核验领取人的身份；代领的，写明授权材料")
		}
		if name != c.Applicant.Name {
			return "代领人" + name + "领取：" + note, nil
		}
		return "申请人本人领取：" + note, nil
	default:
		return "", ErrTaking.Wrong("by", "请选择核验方式")
	}
}

// HandOver gives the result to whoever takes it at the window.
func (s *Service) HandOver(ctx context.Context, id string, taker Taker) (c Case, err error) {
	err = s.change(ctx, "hand a result over", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		proof, err := s.proof(owned, taker)
		switch {
		case err != nil:
			return err
		case owned.State == Closed:
			return nil
		case owned.Parent != "":
			return ErrChild
		case owned.Package != "":
			return s.deliverPackage(ctx, tx, owned, proof)
		}
		return s.delivered(ctx, tx, owned, proof)
	})
	return c, err
}
