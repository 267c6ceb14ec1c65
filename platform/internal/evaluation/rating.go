package evaluation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// badScore is the highest score that is a bad rating (差评).
const badScore = 2

// Scores are the words of the five scores, the worst first (GB/T 36114 系列,
// 国办发〔2019〕51号).
var scores = [5]string{"非常不满意", "不满意", "基本满意", "满意", "非常满意"}

// ScoreWord is a score from 1 to 5 as people read it.
func ScoreWord(score int) string {
	if score < 1 || score > len(scores) {
		return ""
	}
	return scores[score-1]
}

// tags are what one can tick with each score.
var tags = [5][]string{
	{"服务态度差", "推诿扯皮", "多次跑动", "要求额外材料", "办理超期"},
	{"指南不清楚", "等候时间长", "材料繁琐", "系统不好用", "业务不熟练"},
	{"指南基本清楚", "流程还可简化", "等候时间稍长"},
	{"态度好", "办理快", "材料精简"},
	{"服务热情", "一次办好", "高效便捷", "业务熟练"},
}

// tagCodes name the tags, in the same order.
var tagCodes = [5][]string{
	{"attitude", "passed-around", "repeated-visits", "extra-materials", "overdue"},
	{"unclear-guide", "long-wait", "many-materials", "poor-system", "unskilled"},
	{"fairly-clear-guide", "could-be-simpler", "rather-long-wait"},
	{"kind", "fast", "few-materials"},
	{"warm", "done-at-once", "efficient", "skilled"},
}

// TagCodes are the names of the tags of a score, for those who word them in other
// languages.
func TagCodes(score int) []string {
	if ScoreWord(score) == "" {
		return nil
	}
	return slices.Clone(tagCodes[score-1])
}

// Tags are what one can tick with a score from 1 to 5.
func Tags(score int) []string {
	if ScoreWord(score) == "" {
		return nil
	}
	return slices.Clone(tags[score-1])
}

// Subject is what is rated: a case or a visit, with what is known of it.
type Subject struct {
	// Case is the case's id; without one it is the visit at Hall, whose ticket
	// is Visit.
	Case  string `json:"case,omitempty"`
	Hall  string `json:"hall,omitempty"`
	Visit string `json:"visit,omitempty"`
	// Organisation answers for it; empty: that of the item, else the centre.
	Organisation string `json:"organisation,omitempty"`
	Item         string `json:"item,omitempty"`
	ItemName     string `json:"itemName,omitempty"`
	// Service and Window are the hall's, Clerk the hall's or platform's id.
	Service string `json:"service,omitempty"`
	Window  string `json:"window,omitempty"`
	Clerk   string `json:"clerk,omitempty"`
	// Person is who was served, if known.
	Person string `json:"person,omitempty"`
}

// key makes two ratings of one subject the same.
func (u Subject) key() string {
	switch {
	case u.Case != "":
		return "case/" + u.Case
	case u.Hall != "" && u.Visit != "":
		return "visit/" + u.Hall + "/" + u.Visit
	default:
		return ""
	}
}

// Rating is what somebody says of one visit or case.
type Rating struct {
	ID string
	Subject
	Region string
	Score  int // 1 to 5
	Tags   []string
	Text   string
	// Via is link, or the hall's word for where it was given.
	Via string
	At  time.Time
	// Shown are the words as everybody may read them; empty: not published.
	Shown string
}

// invitationFor is how long a link may be used.
const invitationFor = 90 * 24 * time.Hour

// Invite makes a link by which a visit or case can be rated once, to be sent
// to whom it is for and to nobody else; if the subject's person is known, it
// stands in her space, too, until it is used. A second one for the same subject is
// another link; the first rating that comes uses them all up.
func (s *Service) Invite(ctx context.Context, tx *store.Tx, u Subject) (url string, err error) {
	if u.key() == "" {
		return "", fmt.Errorf("invite to rate: %w", ErrInput)
	}
	data, err := json.Marshal(u)
	if err != nil {
		return "", err
	}
	id := store.NewID()
	token := s.token("rate", id)
	_, err = tx.ExecContext(ctx, `INSERT INTO evaluation_invitation (id, token, subject, data, person, created, until) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, s.hash(token), u.key(), string(data), u.Person, store.Millis(tx.Now), store.Millis(tx.Now.Add(invitationFor)))
	if err != nil {
		return "", fmt.Errorf("invite to rate: %w", err)
	}
	return s.BaseURL + "/rate/" + token, nil
}

// Pending is something that a person can rate.
type Pending struct {
	Subject
	// Path is that of the link.
	Path    string
	Created time.Time
}

// AllPending is what the context's caller was invited to rate and hasn't yet,
// the newest first.
func (s *Service) AllPending(ctx context.Context) ([]Pending, error) {
	caller := access.From(ctx)
	if caller.Kind != access.Person {
		return nil, ErrNone
	}
	scan := func(row interface{ Scan(...any) error }) (p Pending, err error) {
		var id, data string
		var created int64
		if err := row.Scan(&id, &data, &created); err != nil {
			return p, err
		}
		p.Path, p.Created = "/rate/"+s.token("rate", id), store.Time(created)
		return p, json.Unmarshal([]byte(data), &p.Subject)
	}
	return list(ctx, s.Store.Read(), `SELECT MAX(i.id), MAX(i.data), MAX(i.created) FROM evaluation_invitation i
		WHERE i.person = $1 AND i.until > $2 AND NOT EXISTS (SELECT 1 FROM evaluation_rating r WHERE r.subject = i.subject)
		GROUP BY i.subject ORDER BY MAX(i.created) DESC LIMIT $3`, scan, caller.ID, store.Millis(s.Store.Now()), minePage)
}

// Invited is what a link is for. Rated is what was said already, or nil.
func (s *Service) Invited(ctx context.Context, token string) (u Subject, rated *Rating, err error) {
	return s.invited(ctx, s.Store.Read(), token)
}

func (s *Service) invited(ctx context.Context, q store.Querier, token string) (u Subject, rated *Rating, err error) {
	if !isToken(token) {
		return u, nil, ErrLink
	}
	var data string
	var until int64
	err = q.QueryRowContext(ctx, `SELECT data, until FROM evaluation_invitation WHERE token = $1`, s.hash(token)).Scan(&data, &until)
	if store.IsNone(err) {
		return u, nil, ErrLink
	}
	if err != nil {
		return u, nil, fmt.Errorf("read a link: %w", err)
	}
	if err := json.Unmarshal([]byte(data), &u); err != nil {
		return u, nil, fmt.Errorf("read a link: %w", err)
	}
	r, err := scanRating(q.QueryRowContext(ctx, selectRating+` WHERE subject = $1`, u.key()))
	switch {
	case err == nil:
		return u, &r, nil
	case !store.IsNone(err):
		return u, nil, fmt.Errorf("read a rating: %w", err)
	case until < store.Millis(s.Store.Now()):
		return u, nil, ErrLink
	}
	return u, nil, nil
}

// RateByLink takes the rating that somebody gives by a link.
func (s *Service) RateByLink(ctx context.Context, token string, score int, ticked []string, text string) (Rating, error) {
	var r Rating
	err := s.Store.Write(ctx, "rate by a link", func(tx *store.Tx) error {
		u, rated, err := s.invited(ctx, tx, token)
		if err != nil {
			return err
		}
		if rated != nil {
			return ErrRated
		}
		r = Rating{Subject: u, Score: score, Tags: ticked, Text: text, Via: "link"}
		fresh, err := s.Give(ctx, tx, &r)
		if err == nil && !fresh {
			return ErrRated
		}
		return err
	})
	return r, err
}

// check tidies a rating and tells what is wrong with it. Tags of other scores
// are left out: a form without scripts shows them all.
func (r *Rating) check() error {
	if r.Score < 1 || r.Score > len(scores) {
		return ErrScore.Wrong("score", "请选择满意程度")
	}
	if r.key() == "" {
		return ErrInput
	}
	r.Tags = slices.DeleteFunc(slices.Clone(r.Tags), func(t string) bool { return !slices.Contains(tags[r.Score-1], t) })
	slices.Sort(r.Tags)
	r.Tags = slices.Compact(r.Tags)
	r.Text = tidy(r.Text)
	if utf8.RuneCountInString(r.Text) > maxRemark {
		return ErrInput.Wrong("text", fmt.Sprintf("文字不超过 %d 个字", maxRemark))
	}
	return nil
}

// Give takes a rating in the transaction. False means that its subject was
// rated before, and nothing changed: one visit one rating, one case one rating.
func (s *Service) Give(ctx context.Context, tx *store.Tx, r *Rating) (bool, error) {
	if err := r.check(); err != nil {
		return false, err
	}
	if err := s.complete(ctx, tx, r); err != nil {
		return false, err
	}
	ticked, err := json.Marshal(r.Tags)
	if err != nil {
		return false, err
	}
	r.ID, r.At = store.NewID(), tx.Now
	result, err := tx.ExecContext(ctx, `INSERT INTO evaluation_rating (id, subject, case_id, hall, visit, organisation, region, item, item_name, service, place, clerk,
		person, score, tags, body, via, month, at, shown) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, '')
		ON CONFLICT (subject) DO NOTHING`, r.ID, r.key(), r.Case, r.Hall, r.Visit, r.Organisation, r.Region, r.Item, r.ItemName, r.Service, r.Window, r.Clerk,
		r.Person, r.Score, string(ticked), r.Text, r.Via, tx.Now.In(s.Zone).Format("2006-01"), store.Millis(tx.Now))
	if err != nil {
		return false, fmt.Errorf("store a rating: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if err := tx.Publish(ctx, "", TypeGiven, r.ID, Given{r.Subject, r.ID, r.Score, r.Via}); err != nil {
		return false, err
	}
	if r.Score <= badScore {
		if err := s.openRectification(ctx, tx, *r); err != nil {
			return false, err
		}
	}
	return true, s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.rate", Object: r.ID, Detail: ScoreWord(r.Score)})
}

// complete finds out who answers for what was rated.
func (s *Service) complete(ctx context.Context, tx *store.Tx, r *Rating) error {
	if r.Item != "" && (r.Organisation == "" || r.ItemName == "") {
		it, err := s.Item(ctx, r.Item)
		if err != nil && fault.Of(err) == nil {
			return err
		}
		if err == nil { // else it is an item that isn't published any more
			if r.Organisation == "" {
				r.Organisation = it.Organisation
			}
			r.ItemName = it.Name
		}
	}
	all, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	if _, ok := all[r.Organisation]; !ok {
		centre, err := s.centre(ctx, tx)
		if err != nil {
			return err
		}
		r.Organisation = centre.ID
	}
	r.Region = all[r.Organisation].Region
	return nil
}

const selectRating = `SELECT id, case_id, hall, visit, organisation, region, item, item_name, service, place, clerk, person, score, tags, body, via, at, shown FROM evaluation_rating`

func scanRating(row interface{ Scan(...any) error }) (r Rating, err error) {
	var ticked string
	var at int64
	err = row.Scan(&r.ID, &r.Case, &r.Hall, &r.Visit, &r.Organisation, &r.Region, &r.Item, &r.ItemName, &r.Service, &r.Window, &r.Clerk, &r.Person,
		&r.Score, &ticked, &r.Text, &r.Via, &at, &r.Shown)
	if err != nil {
		return r, err
	}
	r.At = store.Time(at)
	return r, json.Unmarshal([]byte(ticked), &r.Tags)
}

// OfCase is the rating of a case; false means that there is none yet.
func (s *Service) OfCase(ctx context.Context, caseID string) (Rating, bool, error) {
	if caseID == "" {
		return Rating{}, false, nil
	}
	r, err := scanRating(s.Store.Read().QueryRowContext(ctx, selectRating+` WHERE subject = $1`, Subject{Case: caseID}.key()))
	if store.IsNone(err) {
		return Rating{}, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read the rating of a case: %w", err)
	}
	return r, true, nil
}

// rating reads a rating that the context's caller, of the desk or supervision,
// may see, or ErrNone.
func (s *Service) rating(ctx context.Context, q store.Querier, id string) (Rating, error) {
	r, err := scanRating(q.QueryRowContext(ctx, selectRating+` WHERE id = $1`, id))
	if store.IsNone(err) {
		return r, ErrNone
	}
	if err != nil {
		return r, fmt.Errorf("read a rating: %w", err)
	}
	if !access.From(ctx).Covers(r.Region) {
		return Rating{}, ErrNone
	}
	return r, nil
}

// ShowRating publishes the words of a rating as the desk wrote them down, or
// with no words takes them back.
func (s *Service) ShowRating(ctx context.Context, id, words string) error {
	words = tidy(words)
	if f := textFault(ErrInput, "text", "公开的文字", words, 0, maxRemark); len(f.Fields) > 0 {
		return f
	}
	if isPersonal(words) {
		return ErrPersonal
	}
	defer s.public.recount()
	return s.Store.Write(ctx, "publish a rating", func(tx *store.Tx) error {
		r, err := s.rating(ctx, tx, id)
		if err != nil {
			return err
		}
		if !desk(access.From(ctx), r.Region) {
			return ErrForbidden
		}
		if r.Text == "" && words != "" {
			return ErrState
		}
		if _, err := tx.ExecContext(ctx, `UPDATE evaluation_rating SET shown = $1 WHERE id = $2`, words, id); err != nil {
			return err
		}
		action := "evaluation.show-rating"
		if words == "" {
			action = "evaluation.hide-rating"
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: id})
	})
}
