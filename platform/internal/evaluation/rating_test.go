package evaluation_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/store"
)

// visit lets the hall tell of a visit and its rating.
func (c *city) visit(ticket, clerk, appointment string, score int) {
	c.tb.Helper()
	c.must(c.says("ticket.taken", ticket, map[string]any{"service": "tax", "appointment": appointment}))
	c.must(c.says("ticket.called", ticket, map[string]any{"window": "w1", "clerk": clerk}))
	c.must(c.says("visit.rated", ticket, map[string]any{"score": score, "via": "pad"}))
}

// give takes a rating of a case.
func (c *city) give(u evaluation.Subject, score int) bool {
	c.tb.Helper()
	var fresh bool
	c.must(c.store.Write(c.tb.Context(), "rate", func(tx *store.Tx) (err error) {
		fresh, err = c.Give(c.tb.Context(), tx, &evaluation.Rating{Subject: u, Score: score, Via: "kiosk"})
		return err
	}))
	return fresh
}

func (c *city) invite(u evaluation.Subject) string {
	c.tb.Helper()
	var url string
	c.must(c.store.Write(c.tb.Context(), "invite", func(tx *store.Tx) (err error) {
		url, err = c.Invite(c.tb.Context(), tx, u)
		return err
	}))
	token, ok := strings.CutPrefix(url, "https://zwfw.example.cn/rate/")
	if !ok || len(token) != 32 {
		c.tb.Fatalf("link %q", url)
	}
	return token
}

func TestAVisitIsRatedOnceWithWhoServedIt(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.visit("t1", "wang", "a1", 4)
		c.must(c.says("visit.rated", "t1", map[string]any{"score": 1, "via": "kiosk"}))
		c.visit("t2", "li", "", 5)
		all, err := c.Ratings(c.desk(), evaluation.Filter{Limit: 10})
		c.must(err)
		if len(all) != 2 || c.events("evaluation.given") != 2 {
			t.Fatalf("%d ratings, %d events", len(all), c.events("evaluation.given"))
		}
		walk, booked := all[0], all[1]
		if booked.Score != 4 || booked.Clerk != "wang" || booked.Window != "w1" || booked.Item != "food-licence" || booked.Organisation != "market" || booked.Person != "p1" {
			t.Errorf("of an appointment %+v", booked)
		}
		if walk.ItemName != "涉税业务" || walk.Organisation != "centre" || walk.Person != "" {
			t.Errorf("of a walk-in %+v", walk)
		}
	})
}

func TestWhatAHallSaysWronglyIsRefused(t *testing.T) {
	c := file(t)
	for name, body := range map[string]map[string]any{
		"no score": {}, "score 6": {"score": 6}, "score -1": {"score": -1}, "text": {"score": "5"}, "long": {"score": 5, "via": strings.Repeat("x", 100)},
	} {
		if err := c.says("visit.rated", "t1", body); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if n := c.count(`SELECT count(*) FROM evaluation_rating`); n != 0 {
		t.Errorf("%d ratings of nothing", n)
	}
}

func TestALinkRatesOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		u := evaluation.Subject{Case: "c1", Item: "food-licence", Person: "p1"}
		token, other := c.invite(u), c.invite(u)
		var taken, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := c.RateByLink(t.Context(), []string{token, other}[i%2], 5, []string{"一次办好", "推诿扯皮", "<script>"}, "谢谢")
				if err == nil {
					taken.Add(1)
					return
				}
				refused.Add(1)
				c.refused(err, evaluation.ErrRated)
			})
		}
		wg.Wait()
		if taken.Load() != 1 || refused.Load() != 7 {
			t.Errorf("taken %d times, refused %d times", taken.Load(), refused.Load())
		}
		r, ok, err := c.OfCase(t.Context(), "c1")
		c.must(err)
		if !ok || r.Score != 5 || len(r.Tags) != 1 || r.Tags[0] != "一次办好" || r.Organisation != "market" {
			t.Errorf("of the case %+v", r)
		}
		if _, ok, err := c.OfCase(t.Context(), "c2"); ok || err != nil {
			t.Errorf("of another case %v, %v", ok, err)
		}
		if c.give(u, 1) {
			t.Error("the case was rated twice")
		}
		if n := c.count(`SELECT count(*) FROM evaluation_rectification`); n != 0 {
			t.Errorf("%d rectifications of a good rating", n)
		}
	})
}

func TestAForgedOrOldLinkIsNone(t *testing.T) {
	c := file(t)
	token := c.invite(evaluation.Subject{Hall: "demo", Visit: "t9"})
	for _, forged := range []string{"", "1", strings.Repeat("f", 32), token[1:] + "0", strings.ToUpper(token) + " ", "../../ratings", "' OR 1=1 --"} {
		_, err := c.RateByLink(t.Context(), forged, 5, nil, "")
		c.refused(err, evaluation.ErrLink)
	}
	_, err := c.RateByLink(t.Context(), token, 0, nil, "")
	c.refused(err, evaluation.ErrScore)
	_, err = c.RateByLink(t.Context(), token, 5, nil, strings.Repeat("长", 501))
	c.refused(err, evaluation.ErrInput)
	c.at(start.AddDate(0, 0, 91))
	_, err = c.RateByLink(t.Context(), token, 5, nil, "")
	c.refused(err, evaluation.ErrLink)
	c.at(start)
	_, err = c.RateByLink(t.Context(), token, 5, nil, "")
	c.must(err)
}

const done = "已向群众当面致歉，并调整了窗口排班。"

func TestABadRatingIsRectified(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.visit("t1", "wang", "a1", 2)
		if c.events(evaluation.TypeRectificationOpened) != 1 {
			t.Fatal("no rectification was opened")
		}
		lin := c.staff("lin", access.RoleClerk)
		all, total, err := c.Rectifications(lin, evaluation.Filter{State: "waiting", Limit: 10})
		c.must(err)
		if total != 1 || all[0].Due.In(china).Format(time.DateOnly) != "2026-12-14" || all[0].Rating.Score != 2 {
			t.Fatalf("got %+v", all)
		}
		id := all[0].ID
		do := func(ctx func() (evaluation.Rectification, error)) evaluation.Rectification {
			t.Helper()
			r, err := ctx()
			c.must(err)
			return r
		}
		rectify := func(by string, deed evaluation.Deed) func() (evaluation.Rectification, error) {
			who := lin
			if by == "desk" {
				who = c.desk()
			}
			return func() (evaluation.Rectification, error) { return c.Rectify(who, id, deed, done) }
		}
		_, err = rectify("lin", evaluation.Resolving)()
		c.refused(err, evaluation.ErrState)
		do(rectify("lin", evaluation.Explaining))
		contact, err := c.RectificationContact(lin, id)
		c.must(err)
		if contact.Phone != "13800000001" {
			t.Errorf("contact %v", contact)
		}
		do(rectify("lin", evaluation.Contacting))
		do(rectify("lin", evaluation.Resolving))
		_, err = rectify("lin", evaluation.Accepting)()
		c.refused(err, evaluation.ErrForbidden)
		if r := do(rectify("desk", evaluation.Rejecting)); r.Stage != evaluation.RectificationOpen {
			t.Errorf("rejected, it is %s", r.Stage)
		}
		r := do(func() (evaluation.Rectification, error) {
			return c.Extend(lin, id, 5, "负责人出差，需补充核实。")
		})
		if r.Due.In(china).Format(time.DateOnly) != "2026-12-21" {
			t.Errorf("extended to %v", r.Due)
		}
		_, err = c.Extend(c.desk(), id, 5, "负责人出差，需补充核实。")
		c.refused(err, evaluation.ErrExtended)
		for _, deed := range []evaluation.Deed{evaluation.Explaining, evaluation.Contacting, evaluation.Resolving} {
			do(rectify("lin", deed))
		}
		r = do(func() (evaluation.Rectification, error) { return c.Rectify(c.desk(), id, evaluation.Accepting, "") })
		if r.Stage != evaluation.RectificationClosed || r.Late || c.events("evaluation.rectification-closed") != 1 {
			t.Errorf("closed %+v", r)
		}
		_, err = rectify("lin", evaluation.Explaining)()
		c.refused(err, evaluation.ErrState)
		logged, err := c.trail.Of(t.Context(), id, 20)
		c.must(err)
		if len(logged) != 10 {
			t.Errorf("%d entries in the log of 9 deeds and one look", len(logged))
		}
	})
}

func TestARectificationIsNobodyElses(t *testing.T) {
	c := file(t)
	c.visit("t1", "wang", "a1", 1)
	all, _, err := c.Rectifications(c.desk(), evaluation.Filter{Limit: 1})
	c.must(err)
	id := all[0].ID
	watcher := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "w", Org: "government", Region: "330102", Roles: []access.Role{access.RoleSupervisor}})
	_, err = c.Rectify(watcher, id, evaluation.Explaining, done)
	c.refused(err, evaluation.ErrForbidden)
	for _, ctx := range []func() error{
		func() error {
			return second(c.Rectify(c.staff("shui", access.RoleClerk), id, evaluation.Explaining, done))
		},
		func() error { return second(c.Rectify(c.elsewhere(), id, evaluation.Explaining, done)) },
		func() error { return second(c.Rectify(c.person(1), id, evaluation.Explaining, done)) },
		func() error { return second(c.RectificationContact(t.Context(), id)) },
		func() error { return second(c.Extend(c.elsewhere(), id, 3, done)) },
	} {
		c.refused(ctx(), evaluation.ErrNone)
	}
	if n := c.count(`SELECT count(*) FROM evaluation_step WHERE subject = $1`, id); n != 1 {
		t.Errorf("%d steps", n)
	}
	c.at(start.AddDate(0, 0, 30))
	c.must(c.Overdue(t.Context()))
	c.must(c.Overdue(t.Context()))
	if n := c.events("evaluation.overdue"); n != 1 {
		t.Errorf("overdue was said %d times", n)
	}
	_, err = c.Extend(c.desk(), id, 3, done)
	c.refused(err, evaluation.ErrState)
}

func TestStatisticsCountByWhatTheyAreAskedFor(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.visit("t1", "wang", "a1", 5)
		c.visit("t2", "wang", "", 3)
		c.visit("t3", "li", "", 1)
		c.at(start.AddDate(0, 1, 0))
		c.give(evaluation.Subject{Case: "c1", Item: "food-licence", Person: "p1"}, 4)
		from, to := start.AddDate(0, -1, 0), start.AddDate(0, 2, 0)
		want := map[evaluation.By]map[string]evaluation.Count{
			evaluation.ByOrganisation: {"东湖区市场监督管理局": {N: 2, Satisfied: 100}, "东湖区政务服务管理办公室": {N: 2, Satisfied: 50}},
			evaluation.ByClerk:        {"东湖区政务服务中心 wang": {N: 2, Satisfied: 100}, "东湖区政务服务中心 li": {N: 1}, "线上": {N: 1, Satisfied: 100}},
			evaluation.ByItem:         {"食品经营许可新办": {N: 2, Satisfied: 100}, "涉税业务": {N: 2, Satisfied: 50}},
			evaluation.ByMonth:        {"2026-11": {N: 3, Satisfied: 66.6}, "2026-12": {N: 1, Satisfied: 100}},
			evaluation.ByHall:         {"东湖区政务服务中心": {N: 3, Satisfied: 66.6}, "线上": {N: 1, Satisfied: 100}},
		}
		for by, rows := range want {
			all, err := c.Statistics(c.desk(), by, from, to)
			c.must(err)
			if len(all) != len(rows) {
				t.Errorf("by %s: %+v", by, all)
			}
			for _, got := range all {
				if w := rows[got.Name]; w.N != got.N || w.Satisfied != got.Satisfied {
					t.Errorf("by %s, %s: %d and %v %%, want %d and %v %%", by, got.Name, got.N, got.Satisfied, w.N, w.Satisfied)
				}
			}
		}
		if all, err := c.Statistics(c.elsewhere(), evaluation.ByMonth, from, to); err != nil || len(all) != 0 {
			t.Errorf("another district counts %v, %v", all, err)
		}
		_, err := c.Statistics(c.desk(), "person", from, to)
		c.refused(err, evaluation.ErrInput)
	})
}

func TestWordsOfRatingsArePublishedByTheDesk(t *testing.T) {
	c := file(t)
	r, err := c.RateByLink(t.Context(), c.invite(evaluation.Subject{Case: "c1"}), 5, nil, "小李很好，我的电话13800138000")
	c.must(err)
	c.refused(c.ShowRating(c.desk(), r.ID, r.Text), evaluation.ErrPersonal)
	c.refused(c.ShowRating(c.elsewhere(), r.ID, "很好"), evaluation.ErrNone)
	p, err := c.PublicRatings(t.Context())
	c.must(err)
	if len(p.Words) != 0 || p.All.N != 1 || p.All.Satisfied != 100 {
		t.Errorf("before: %+v", p)
	}
	c.must(c.ShowRating(c.desk(), r.ID, "小李很好"))
	if p, err = c.PublicRatings(t.Context()); err != nil || len(p.Words) != 1 || p.Words[0].Shown != "小李很好" {
		t.Errorf("after: %+v, %v", p.Words, err)
	}
	c.must(c.ShowRating(c.desk(), r.ID, ""))
	if p, err = c.PublicRatings(t.Context()); err != nil || len(p.Words) != 0 {
		t.Errorf("taken back: %+v, %v", p.Words, err)
	}
}

func TestWhoDidNotRateAtTheHallFindsItInHerSpace(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		for ticket, appointment := range map[string]string{"t1": "a1", "t2": "", "t3": "a1"} {
			c.must(c.says("ticket.taken", ticket, map[string]any{"service": "tax", "appointment": appointment}))
			c.must(c.says("ticket.called", ticket, map[string]any{"window": "w1", "clerk": "wang"}))
			c.must(c.says("ticket.finished", ticket, map[string]any{}))
		}
		c.must(c.says("visit.rated", "t3", map[string]any{"score": 5}))
		pending := func(i int) []evaluation.Pending {
			t.Helper()
			c.must(c.InviteVisits(t.Context()))
			list, err := c.AllPending(c.person(i))
			c.must(err)
			return list
		}
		if list := pending(1); len(list) != 0 {
			t.Errorf("at once: %v", list)
		}
		c.at(start.Add(time.Hour + time.Minute))
		pending(1)
		list := pending(1)
		if len(list) != 1 || list[0].Visit != "t1" || list[0].Clerk != "wang" || len(pending(2)) != 0 {
			t.Fatalf("an hour later: %+v", list)
		}
		r, err := c.RateByLink(t.Context(), strings.TrimPrefix(list[0].Path, "/rate/"), 2, nil, "")
		c.must(err)
		if r.Clerk != "wang" || r.Person != "p1" || r.Organisation != "market" {
			t.Errorf("rated %+v", r)
		}
		if list := pending(1); len(list) != 0 {
			t.Errorf("rated, still asked: %v", list)
		}
		if _, err := c.AllPending(t.Context()); err == nil {
			t.Error("nobody has something to rate")
		}
	})
}
