package message_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

func TestANoticeLeavesWithItsTransactionOrNotAtAll(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		out := sms("alpha", nil)
		c.Use(out)
		wrong := errors.New("wrong")
		err := c.Store.Write(t.Context(), "try", func(tx *store.Tx) error {
			if err := c.Send(t.Context(), tx, accepted("zhang")); err != nil {
				return err
			}
			return wrong
		})
		if !errors.Is(err, wrong) {
			t.Fatalf("got %v", err)
		}
		if n := c.work(); n != 0 || len(c.all()) != 0 {
			t.Fatalf("%d tries of a notice that was never sent", n)
		}
		c.send(accepted("zhang"))
		c.work()
		got := c.wantState(message.Delivered, "")
		orders := out.got()
		if len(orders) != 1 || orders[0].To.Whole() != "13800000001" || orders[0].ID != got.ID {
			t.Fatalf("handed over: %v", orders)
		}
		want := "【政务服务】已受理：食品经营许可新办，编号 330102261124000123，承诺2026年12月8日前办结，查询码 8F3K2Q7M。"
		if orders[0].Text.Text != want {
			t.Errorf("it says %s\nwant    %s", orders[0].Text.Text, want)
		}
		if got.Address != "138****0001" || got.Attempts != 1 || got.Provider != "alpha" || !got.Inbox {
			t.Errorf("listed as %+v", got)
		}
		if n := c.work(); n != 0 {
			t.Errorf("%d tries of a delivered notice", n)
		}
	})
}

func TestTheSameKeyIsTheSameNotice(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		out := sms("alpha", nil)
		c.Use(out)
		n := accepted("zhang")
		n.Key = "case-1"
		for range 3 {
			c.send(n)
			c.work()
		}
		other := message.Notice{Template: "case.progress", Key: "case-1", To: n.To, Vars: map[string]string{"item": "x", "number": "1", "step": "审核"}}
		c.send(other)
		c.work()
		if len(out.got()) != 2 {
			t.Errorf("%d messages, want one for each template", len(out.got()))
		}
	})
}

func TestWhatASenderGetsWrongIsAnError(t *testing.T) {
	c := file(t)
	good := accepted("zhang")
	for _, tt := range []struct {
		name   string
		change func(n *message.Notice)
		want   string
	}{
		{"no such template", func(n *message.Notice) { n.Template = "case.nothing" }, "message.unknown-template"},
		{"SQL for a template", func(n *message.Notice) { n.Template = "x' OR '1'='1" }, "message.unknown-template"},
		{"a variable is missing", func(n *message.Notice) { delete(n.Vars, "number") }, `"number" is missing`},
		{"a variable is blank", func(n *message.Notice) { n.Vars["number"] = " \u200b\n" }, `"number" is missing`},
		{"for nobody", func(n *message.Notice) { n.To = message.To{} }, "nobody"},
		{"an e-mail address with a second header", func(n *message.Notice) { n.To.Email = "a@b.cn\r\nBcc: c@d.cn" }, "e-mail"},
		{"an e-mail address with a name", func(n *message.Notice) { n.To.Email = "Zhang <a@b.cn>" }, "e-mail"},
		{"a huge key", func(n *message.Notice) { n.Key = strings.Repeat("k", 10_000) }, "too long"},
		{"a huge phone", func(n *message.Notice) { n.To.Phone = strings.Repeat("1", 10_000) }, "too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := good
			n.Vars = map[string]string{}
			for k, v := range good.Vars {
				n.Vars[k] = v
			}
			tt.change(&n)
			if err := c.trySend(n); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if len(c.all()) != 0 {
		t.Error("something was stored")
	}
	n := accepted("zhang")
	delete(n.Vars, "due") // may be empty
	n.Vars["unheard"] = "of"
	if err := c.trySend(n); err != nil {
		t.Errorf("an optional variable is missing and there is one too many: %v", err)
	}
}

func TestVariablesCanNotChangeWhatATextIs(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "食品经营许可", "食品经营许可"},
		{"a second signature", "】请回电【公安局】", "）请回电（公安局）"},
		{"a link", "点 HTTPS://evil.example/a 领奖", "点 evil.example/a 领奖"},
		{"a link within a link", "hthttp://tp://evil", "evil"},
		{"another kind of link", "weixin://dl/x www.evil.cn", "dl/x evil.cn"},
		{"lines", "a\r\nBcc: all@example.com\n\n.\n", "a Bcc: all@example.com ."},
		{"reversed text", "a\u202ecba\u2066", "acba"},
		{"nothing to see", "a\u200b\u0000\ufeffb", "ab"},
		{"gaps stay text", "{code} [x] {{.}}", "{code} [x] {{.}}"},
		{"script stays text", "<script>alert(1)</script>", "<script>alert(1)</script>"},
		{"bytes that are no text", "a\xff\xfeb", "ab"},
		{"long", strings.Repeat("长", 100), strings.Repeat("长", 59) + "…"},
		{"huge", strings.Repeat("x", 10<<20), strings.Repeat("x", 59) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := message.Clean(tt.in, 0); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAValueIsNeverReadAsATextWithGaps(t *testing.T) {
	c := file(t)
	out := sms("alpha", nil)
	c.Use(out)
	n := accepted("zhang")
	n.Vars["item"], n.Vars["due"] = "{query}[{number}]", ""
	c.send(n)
	c.work()
	want := "【政务服务】已受理：{query}[{number}]，编号 330102261124000123，查询码 8F3K2Q7M。"
	if got := out.got()[0].Text.Text; got != want {
		t.Errorf("it says %s\nwant    %s", got, want)
	}
}

func TestPeoplesNumbersAndTextsAreSealed(t *testing.T) {
	c := file(t, func(conf *message.Config) { conf.Demo = true })
	c.send(code("13912345678", "583021"))
	c.send(accepted("zhang"))
	c.work()
	for _, query := range []string{
		`SELECT phone || email || vars || address || reason || key FROM message_notice`, `SELECT address || text || title FROM message_outbox`,
		`SELECT reason || receipt FROM message_try`, `SELECT address FROM message_quota`, `SELECT detail || object FROM audit`,
	} {
		for _, text := range c.column(query) {
			for _, personal := range []string{"13912345678", "13800000001", "583021", "食品经营", "330102261124000123"} {
				if strings.Contains(text, personal) {
					t.Errorf("%s shows %s", query, personal)
				}
			}
		}
	}
	if n := len(c.column(`SELECT id FROM message_outbox`)); n != 2 {
		t.Errorf("%d messages in the outbox, want 2", n)
	}
}

func TestACodeIsForgottenOnceItIsDelivered(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		fails := 1
		out := sms("alpha", func(o message.Order) error {
			if fails > 0 {
				fails--
				return fail(o)
			}
			return nil
		})
		c.Use(out)
		c.send(code("13912345678", "583021"))
		c.work()
		if c.column(`SELECT vars FROM message_notice`)[0] == "" {
			t.Fatal("the code was forgotten before it was delivered")
		}
		c.pass(10 * time.Second)
		c.work()
		got := c.wantState(message.Delivered, "")
		if vars := c.column(`SELECT vars FROM message_notice`)[0]; vars != "" {
			t.Error("the code is still there")
		}
		d, err := c.Detail(c.staff("s1"), got.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(d.Text, "******") || strings.Contains(d.Text, "583021") {
			t.Errorf("staff read %s", d.Text)
		}
		if _, err := c.Resend(c.staff("s1"), got.ID); !errors.Is(err, message.ErrForgotten) {
			t.Errorf("a code was sent again: %v", err)
		}
		if log := c.log.String(); strings.Contains(log, "583021") || strings.Contains(log, "13912345678") {
			t.Errorf("the log tells: %s", log)
		}
	})
}

func TestACodeThatNobodyDeliversIsForgottenWhenItIsOld(t *testing.T) {
	c := file(t)
	out := &fake{name: "alpha", channel: message.SMS, receipts: true}
	c.Use(out)
	c.send(code("13912345678", "583021")) // taken, but the receipt never comes
	c.work()
	c.send(code("13912345679", "583022")) // never taken
	out.answer = fail
	c.work()
	c.pass(6 * time.Minute)
	c.work()
	if err := c.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, vars := range c.column(`SELECT vars FROM message_notice`) {
		if vars != "" {
			t.Error("a code is still there")
		}
	}
	c.wantState(message.TemporaryFailure, "有效时间")
}

func TestTheOutboxPageShowsCodesInADemoOnly(t *testing.T) {
	for _, demo := range []bool{false, true} {
		c := file(t, func(conf *message.Config) { conf.Demo = demo })
		c.send(code("13912345678", "583021"))
		c.work()
		list, err := c.Outbox(t.Context(), 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		if shown := strings.Contains(list[0].Text, "583021") && list[0].Address == "13912345678"; shown != demo {
			t.Errorf("demo %v: the page shows %q to %s", demo, list[0].Text, list[0].Address)
		}
	}
}
