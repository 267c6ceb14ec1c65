package exchange

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// handOver queues a case for the system of its department, with links to its
// files. A case that is over or was taken back by now isn't handed over.
func (s *Service) handOver(ctx context.Context, tx *store.Tx, m *Member, e store.Event) error {
	h, err := s.Cases.Handover(ctx, e.Subject)
	if errors.Is(err, ErrCase) || err == nil && !h.Going {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read case %s: %w", e.Subject, err)
	}
	for i := range h.Materials {
		for j := range h.Materials[i].Files {
			f := &h.Materials[i].Files[j]
			if f.Link, err = s.link(ctx, tx, m.Code, h.Case, f.ID); err != nil {
				return err
			}
		}
	}
	_, err = s.queue(ctx, tx, m.Code, ServiceHandover, h.Case, s.dayOf(e.At), h)
	return err
}

// linkGood is how long a link to a file may be used, once.
const linkGood = 7 * 24 * time.Hour

// link makes a link that opens a file once.
func (s *Service) link(ctx context.Context, tx *store.Tx, member, caseID, file string) (string, error) {
	token := rand.Text()
	_, err := tx.ExecContext(ctx, `INSERT INTO exchange_link (token, member, case_id, file, until, used) VALUES ($1, $2, $3, $4, $5, 0)`,
		s.tokens.Key(hashLink, token), member, caseID, file, store.Millis(tx.Now.Add(linkGood)))
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return s.BaseURL + "/api/v1/exchange/files/" + token, nil
}

// OpenLink opens the file of a link, for this time alone. The caller closes it.
func (s *Service) OpenLink(ctx context.Context, token string) (body io.ReadCloser, f File, err error) {
	var id, member string
	err = s.Store.Write(ctx, "use a link", func(tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE exchange_link SET used = $1 WHERE token = $2 AND used = 0 AND until > $1 RETURNING file, member`,
			store.Millis(tx.Now), s.tokens.Key(hashLink, token)).Scan(&id, &member)
		if store.IsNone(err) {
			return ErrFile
		}
		return err
	})
	if err != nil {
		return nil, f, err
	}
	m, err := s.Member(ctx, member)
	if err != nil || !m.Active {
		return nil, f, ErrFile.Because(err)
	}
	return s.Files.Open(ctx, id)
}

// takeFile makes a new link to a file of a case that was handed over.
func (s *Service) takeFile(ctx context.Context, tx *store.Tx, c call) (any, error) {
	var in struct {
		Case string `json:"case"`
		File string `json:"file"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	h, err := s.handed(ctx, tx, c, in.Case)
	if err != nil {
		return nil, err
	}
	for _, m := range h.Materials {
		if slices.ContainsFunc(m.Files, func(f File) bool { return f.ID == in.File }) {
			link, err := s.link(ctx, tx, c.member.Code, in.Case, in.File)
			return map[string]string{"link": link}, err
		}
	}
	return nil, ErrFile.With("办件中没有这个文件")
}

// handed is a case of a department's own that was handed over to its system;
// all others are ErrCase.
func (s *Service) handed(ctx context.Context, tx *store.Tx, c call, id string) (Handover, error) {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM exchange_message WHERE member = $1 AND direction = 'out' AND subject = $2 AND service = $3`,
		c.member.Code, id, ServiceHandover).Scan(&n)
	if err != nil {
		return Handover{}, fmt.Errorf("look a case up: %w", err)
	}
	if n == 0 {
		return Handover{}, ErrCase
	}
	h, err := s.Cases.Handover(ctx, id)
	if err != nil {
		return h, err
	}
	if h.Organisation != c.member.Organisation || !c.grant.of(h.Item) {
		return h, ErrCase
	}
	return h, nil
}

// Fact is one thing that a system says of a licence.
type Fact struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Told is what a department's system said of a case.
type Told struct {
	Key        string    `json:"key"`
	Member     string    `json:"member"`
	MemberName string    `json:"memberName,omitempty"`
	Service    string    `json:"service"`
	At         time.Time `json:"at"`
	Step       string    `json:"step,omitempty"`
	// Happened is when it was, by the other's clock.
	Happened time.Time `json:"happened,omitzero"`
	By       string    `json:"by,omitempty" doc:"Who it was, in the department"`
	Opinion  string    `json:"opinion,omitempty"`
	Approved *bool     `json:"approved,omitempty"`
	Licence  []Fact    `json:"licence,omitempty"`
}

// said is what a system says of a case, as it comes.
type said struct {
	Case     string    `json:"case"`
	Step     string    `json:"step"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Opinion  string    `json:"opinion"`
	Approved *bool     `json:"approved"`
	Licence  []Fact    `json:"licence"`
}

// Bounds of what a system says.
const (
	maxOpinion = 1000
	maxFacts   = 30
)

func (c call) said() (in said, err error) {
	if err := c.read(&in); err != nil {
		return in, err
	}
	in.Step, in.By, in.Opinion = strings.TrimSpace(in.Step), strings.TrimSpace(in.By), strings.TrimSpace(in.Opinion)
	switch {
	case in.Case == "" || len(in.Case) > maxSubject || c.message.Subject != "" && c.message.Subject != in.Case:
		return in, ErrBody.Wrong("case", "办件编号有误")
	case !plain(in.Step, 60) || !plain(in.By, 50) || !plain(in.Opinion, maxOpinion):
		return in, ErrBody.With("环节、经办人或意见过长，或含有控制字符")
	case len(in.Licence) > maxFacts || slices.ContainsFunc(in.Licence, func(f Fact) bool { return f.Label == "" || !plain(f.Label, 40) || !plain(f.Text, 500) }):
		return in, ErrBody.Wrong("licence", "证照信息有误")
	}
	return in, nil
}

// plain tells whether a text can be shown and stored.
func plain(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' })
}

// takeProgress keeps what happens to a case inside a department. It moves
// nothing here.
func (s *Service) takeProgress(ctx context.Context, tx *store.Tx, c call) (any, error) {
	in, err := c.said()
	if err != nil {
		return nil, err
	}
	if in.Step == "" || in.At.IsZero() || in.At.After(tx.Now.Add(skew)) || in.Approved != nil || len(in.Licence) > 0 {
		return nil, ErrBody.With("过程回传须有环节名称和不晚于现在的发生时间，不含决定和证照")
	}
	if _, err := s.handed(ctx, tx, c, in.Case); err != nil {
		return nil, err
	}
	return nil, s.told(ctx, tx, c, in)
}

// takeStep ends the step that waits for a department's system. A decision is
// handed in by takeResult.
func (s *Service) takeStep(ctx context.Context, tx *store.Tx, c call) (any, error) {
	in, err := c.said()
	if err != nil {
		return nil, err
	}
	if in.Approved == nil || len(in.Licence) > 0 {
		return nil, ErrBody.Wrong("approved", "请写明环节意见：同意或不同意")
	}
	return s.act(ctx, tx, c, in, func(st Step) error {
		if st.Decides {
			return ErrDeciding
		}
		return nil
	})
}

// takeResult hands a department's decision in, with the licence that its system
// made.
func (s *Service) takeResult(ctx context.Context, tx *store.Tx, c call) (any, error) {
	in, err := c.said()
	if err != nil {
		return nil, err
	}
	if in.Approved == nil {
		return nil, ErrBody.Wrong("approved", "请写明决定：准予或不予")
	}
	if !*in.Approved && len(in.Licence) > 0 {
		return nil, ErrBody.Wrong("licence", "不予的决定没有证照")
	}
	return s.act(ctx, tx, c, in, func(st Step) error {
		if !st.Decides {
			return ErrDecides
		}
		return nil
	})
}

// act gives an opinion as the system's own account, at the step that waits for
// it: the named one, or the only one.
func (s *Service) act(ctx context.Context, tx *store.Tx, c call, in said, fits func(Step) error) (any, error) {
	if !*in.Approved && in.Opinion == "" {
		return nil, ErrBody.Wrong("opinion", "不同意须写明理由")
	}
	if _, err := s.handed(ctx, tx, c, in.Case); err != nil {
		return nil, err
	}
	caller, err := s.actor(ctx, c.member)
	if err != nil {
		return nil, err
	}
	ctx = access.With(ctx, caller)
	open, err := s.Flows.Open(ctx, tx, in.Case)
	if err != nil {
		return nil, err
	}
	if in.Step != "" {
		open = slices.DeleteFunc(open, func(st Step) bool { return st.Node != in.Step && st.Name != in.Step })
	}
	switch {
	case len(open) == 0:
		return nil, ErrStep
	case len(open) > 1:
		return nil, ErrStep.With("有多个环节等待办理，请写明是哪个环节")
	}
	step := open[0]
	if err := fits(step); err != nil {
		return nil, err
	}
	if !step.Mine {
		if err := s.Flows.Claim(ctx, tx, step.Task); err != nil {
			return nil, err
		}
	}
	if err := s.Flows.Say(ctx, tx, step.Task, *in.Approved, in.Opinion); err != nil {
		return nil, err
	}
	in.Step = step.Name
	return map[string]string{"step": step.Node, "name": step.Name}, s.told(ctx, tx, c, in)
}

// told keeps what a system said of a case.
func (s *Service) told(ctx context.Context, tx *store.Tx, c call, in said) error {
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("keep what was told: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO exchange_told (key, case_id, member, service, at, said) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.message.Key, in.Case, c.member.Code, c.message.Service, store.Millis(tx.Now), s.seal(sealTold, c.message.Key, string(text)))
	if err != nil {
		return fmt.Errorf("keep what was told: %w", err)
	}
	return nil
}

// ToldOf is what systems said of a case, the oldest first.
func (s *Service) ToldOf(ctx context.Context, caseID string) ([]Told, error) {
	list := []Told{}
	err := each(ctx, s.Store.Read(), `SELECT key, member, service, at, said FROM exchange_told WHERE case_id = $1 ORDER BY key LIMIT 200`, func(row scanner) error {
		var t Told
		var at int64
		var sealed string
		if err := row.Scan(&t.Key, &t.Member, &t.Service, &at, &sealed); err != nil {
			return err
		}
		text, err := s.open(sealTold, t.Key, sealed)
		if err != nil {
			return err
		}
		var in said
		if err := json.Unmarshal([]byte(text), &in); err != nil {
			return err
		}
		t.At, t.Step, t.Happened, t.By, t.Opinion, t.Approved, t.Licence = store.Time(at), in.Step, in.At, in.By, in.Opinion, in.Approved, in.Licence
		list = append(list, t)
		return nil
	}, caseID)
	if err != nil {
		return nil, fmt.Errorf("read what was told of a case: %w", err)
	}
	return list, nil
}
