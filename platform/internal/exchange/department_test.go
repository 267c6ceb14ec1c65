package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/exchange"
)

// handOver lets a case of the department be accepted, with the steps that wait
// for its system.
func (s *system) handOver(id string, open ...exchange.Step) {
	s.t.Helper()
	s.city.world.do(func() {
		s.city.world.cases[id] = exchange.Handover{
			Case: id, CaseNo: "NO-" + id, Item: "maternity", Organisation: "medicare", Region: "330102", Going: true,
			Applicant: exchange.Applicant{Name: "林晓", IDNumber: "330100199005200128"}, Values: map[string]any{"days": 158.0},
		}
		s.city.world.steps[id] = open
	})
	s.city.tell("case.accepted", id, nil)
	s.city.send()
}

func TestADepartmentGetsTheCasesOfItsItemsWithLinksThatOpenOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, s := department(t, target)
		var got []exchange.Handover
		city.line.to["https://medicare.example"] = func(ctx context.Context, data []byte) ([]byte, error) {
			e, err := exchange.ParseEnvelope(data)
			if err != nil {
				return nil, err
			}
			var h exchange.Handover
			if err := json.Unmarshal([]byte(e.Body), &h); err != nil {
				return nil, err
			}
			got = append(got, h)
			return s.take(ctx, data)
		}
		s.handOver("c1")
		city.tell("case.accepted", "other", map[string]any{"organisation": "police"})
		city.tell("case.decided", "c1", nil)
		city.send()
		if len(got) != 1 || got[0].Case != "c1" || got[0].Applicant.IDNumber != "330100199005200128" || got[0].Values["days"] != 158.0 {
			t.Fatalf("the department got %+v", got)
		}
		link := got[0].Materials[0].Files[0].Link
		if !strings.HasPrefix(link, "https://city.example/api/v1/exchange/files/") {
			t.Fatalf("the link is %s", link)
		}
		body, f, err := city.OpenLink(t.Context(), path.Base(link))
		if err != nil || f.ID != "file-c1" {
			t.Fatalf("the link opens %+v, %v", f, err)
		}
		data, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(data, []byte("abc")) || body.Close() != nil {
			t.Errorf("the file is %q, %v", data, err)
		}
		if _, _, err := city.OpenLink(t.Context(), path.Base(link)); !errors.Is(err, exchange.ErrFile) {
			t.Errorf("it opens twice: %v", err)
		}
		r := s.say(exchange.ServiceFile, map[string]string{"case": "c1", "file": "file-c1"})
		var out struct{ Link string }
		if err := json.Unmarshal(r.Data, &out); err != nil || r.Outcome != exchange.Taken {
			t.Fatalf("a new link: %+v, %v", r, err)
		}
		city.world.forward(8 * 24 * time.Hour)
		if _, _, err := city.OpenLink(t.Context(), path.Base(out.Link)); !errors.Is(err, exchange.ErrFile) {
			t.Errorf("it opens after a week: %v", err)
		}
		if r := s.say(exchange.ServiceFile, map[string]string{"case": "c1", "file": "file-other"}); r.Outcome != exchange.No {
			t.Errorf("a file of another case: %+v", r)
		}
	})
}

func TestOnlyTheItemsThatSayItAreHandedOver(t *testing.T) {
	city, s := department(t, sqldbtest.File(t))
	m, err := city.Member(t.Context(), "medicare-system")
	if err != nil {
		t.Fatal(err)
	}
	m.Account = "yibao"
	for i := range m.Grants {
		m.Grants[i].Items = []string{"resident-medical"}
	}
	if _, err := city.ChangeMember(admin(t.Context()), m); err != nil {
		t.Fatal(err)
	}
	s.handOver("c1")
	if got := city.states(exchange.Out); got != "" {
		t.Errorf("another item's case is %s", got)
	}
}

func TestADepartmentMovesItsCaseAsItsOwnAccount(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, s := department(t, target)
		s.handOver("c1", exchange.Step{Task: "t1", Node: "review", Name: "审查"})
		if r := s.say(exchange.ServiceProgress, map[string]any{"case": "c1", "step": "现场核查", "at": "2026-11-23T08:30:00+08:00", "by": "王"}); r.Outcome != exchange.Taken {
			t.Fatalf("progress: %+v", r)
		}
		if r := s.say(exchange.ServiceStep, map[string]any{"case": "c1", "step": "review", "approved": true, "opinion": "材料齐全"}); r.Outcome != exchange.Taken || string(r.Data) == "" {
			t.Fatalf("a step: %+v", r)
		}
		city.world.do(func() {
			city.world.steps["c1"] = []exchange.Step{{Task: "t2", Node: "decide", Name: "核准", Decides: true, Mine: true}}
		})
		r := s.say(exchange.ServiceResult, map[string]any{
			"case": "c1", "approved": true, "opinion": "核准", "by": "李", "licence": []map[string]string{{"label": "核定单号", "text": "H-1"}},
		})
		if r.Outcome != exchange.Taken {
			t.Fatalf("the result: %+v", r)
		}
		if got := city.done(); !slices.Equal(got, []string{"system: claim t1", "system: t1 true 材料齐全", "system: t2 true 核准"}) {
			t.Errorf("the flow was told %q", got)
		}
		told, err := city.ToldOf(t.Context(), "c1")
		if err != nil || len(told) != 3 || told[0].Step != "现场核查" || told[2].Step != "核准" || told[2].Licence[0].Text != "H-1" {
			t.Errorf("told of the case: %+v, %v", told, err)
		}
	})
}

func TestADepartmentIsRefusedWhatIsNotItsOwn(t *testing.T) {
	review := exchange.Step{Task: "t1", Node: "review", Name: "审查"}
	decide := exchange.Step{Task: "t2", Node: "decide", Name: "核准", Decides: true}
	say := func(id string, more map[string]any) map[string]any {
		body := map[string]any{"case": id, "approved": true}
		for k, v := range more {
			body[k] = v
		}
		return body
	}
	for name, test := range map[string]struct {
		prepare func(s *system)
		service string
		body    any
		want    string
	}{
		"a case that there isn't": {func(*system) {}, exchange.ServiceStep, say("c9", nil), "exchange.case"},
		"another department's case": {func(s *system) {
			s.handOver("c1", review)
			s.city.world.do(func() {
				h := s.city.world.cases["c1"]
				h.Organisation = "police"
				s.city.world.cases["c1"] = h
			})
		}, exchange.ServiceStep, say("c1", nil), "exchange.case"},
		"a case that wasn't handed over": {func(s *system) {
			s.city.world.do(func() {
				s.city.world.cases["c2"] = exchange.Handover{Case: "c2", Organisation: "medicare", Going: true}
			})
		}, exchange.ServiceProgress, map[string]any{"case": "c2", "step": "收件", "at": "2026-11-23T08:30:00+08:00"}, "exchange.case"},
		"nothing waits":         {func(s *system) { s.handOver("c1") }, exchange.ServiceStep, say("c1", nil), "exchange.step"},
		"another step waits":    {func(s *system) { s.handOver("c1", review) }, exchange.ServiceStep, say("c1", map[string]any{"step": "survey"}), "exchange.step"},
		"two steps wait":        {func(s *system) { s.handOver("c1", review, decide) }, exchange.ServiceStep, say("c1", nil), "exchange.step"},
		"a decision as a step":  {func(s *system) { s.handOver("c1", decide) }, exchange.ServiceStep, say("c1", nil), "exchange.deciding"},
		"a step as a decision":  {func(s *system) { s.handOver("c1", review) }, exchange.ServiceResult, say("c1", nil), "exchange.not-deciding"},
		"a no without a reason": {func(s *system) { s.handOver("c1", review) }, exchange.ServiceStep, map[string]any{"case": "c1", "approved": false}, "exchange.body"},
		"no opinion":            {func(s *system) { s.handOver("c1", review) }, exchange.ServiceStep, map[string]any{"case": "c1"}, "exchange.body"},
		"a licence with a no": {func(s *system) { s.handOver("c1", decide) }, exchange.ServiceResult, map[string]any{
			"case": "c1", "approved": false, "opinion": "不符合", "licence": []map[string]string{{"label": "号", "text": "1"}},
		}, "exchange.body"},
		"fields that there aren't": {func(s *system) { s.handOver("c1", review) }, exchange.ServiceStep, say("c1", map[string]any{"task": "t7"}), "exchange.body"},
		"control characters":       {func(s *system) { s.handOver("c1", review) }, exchange.ServiceStep, say("c1", map[string]any{"opinion": "a\x00b"}), "exchange.body"},
		"progress of tomorrow": {func(s *system) { s.handOver("c1", review) }, exchange.ServiceProgress, map[string]any{
			"case": "c1", "step": "收件", "at": "2026-11-24T08:30:00+08:00",
		}, "exchange.body"},
		"an account that was disabled": {func(s *system) {
			s.handOver("c1", review)
			s.city.world.do(func() { s.city.world.off = true })
		}, exchange.ServiceStep, say("c1", nil), "exchange.account"},
	} {
		t.Run(name, func(t *testing.T) {
			city, s := department(t, sqldbtest.File(t))
			test.prepare(s)
			e := s.envelope(test.service, test.body)
			r, err := s.post(e)
			if err != nil || r.Outcome != exchange.No || r.Code != test.want || r.Detail == "" {
				t.Errorf("it is answered with %+v, %v, want %s", r, err, test.want)
			}
			city.world.forward(time.Second)
			e.At = s.stamp()
			s.sign(&e)
			if again, err := s.post(e); err != nil || again.Code != test.want {
				t.Errorf("sent again it is answered with %+v, %v", again, err)
			}
			if got := city.done(); len(got) != 0 {
				t.Errorf("the flow was told %q", got)
			}
			if told, err := city.ToldOf(t.Context(), "c1"); err != nil || len(told) != 0 {
				t.Errorf("told of the case: %+v, %v", told, err)
			}
		})
	}
}
