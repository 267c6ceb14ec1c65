package message_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/message"
)

// occasions are what people are told of (MSG-06), with the templates that other
// contexts send.
var occasions = []string{
	"identity.code", "identity.email-code", "identity.email-changed", "identity.registered", "identity.password-changed", "identity.phone-changed", "identity.disabled", "identity.enabled",
	"identity.linked", "identity.delegated", "identity.legal-linked", "identity.legal-agent", "identity.legal-changed", "identity.legal-disabled", "identity.legal-enabled", "identity.delegation-ended", "identity.delegation-changed", "identity.delegation-asked", "identity.delegation-refused",
	"appointment.booked", "appointment.moved", "appointment.cancelled", "appointment.reminder", "appointment.missed", "appointment.suspended", "appointment.appeal",
	"case.submitted", "case.pre-review-passed", "case.pre-review-failed", "case.supplement", "case.accepted", "case.refused", "case.progress", "case.extended",
	"case.suspended", "case.resumed", "case.completed", "case.certificate-ready", "case.draft-expiring", "case.deferred-due", "case.deferred-overdue",
	"case.terminated", "licence.changed", "licence.ends", "queue.call", "queue.soon", "service.answered", "item.followed",
	"supervision.reminder", "supervision.overdue", "supervision.order",
}

func TestEveryOccasionHasGoodTexts(t *testing.T) {
	texts, err := message.ProductTexts()
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]message.Template{}
	for _, text := range texts {
		byKey[text.Key] = text
	}
	c := file(t)
	for _, key := range occasions {
		text, ok := byKey[key]
		if !ok {
			t.Errorf("%s has no text", key)
			continue
		}
		list, err := c.Preview(text)
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		for _, p := range list {
			if strings.ContainsAny(p.Title+p.Text, "{}[]") || strings.Contains(p.Text, "。。") || strings.Contains(p.Text, "，，") {
				t.Errorf("%s by %s says %s: %s", key, p.Channel, p.Title, p.Text)
			}
			if p.Parts > 2 {
				t.Errorf("%s takes %d SMS", key, p.Parts)
			}
		}
		if strings.HasSuffix(key, "code") == (text.Inbox.Text != "") && !strings.HasPrefix(key, "queue.") {
			t.Errorf("%s and the inbox don't fit", key)
		}
	}
}

// progress is the text of case.progress with another SMS.
func progress(t *testing.T, sms string) message.Template {
	t.Helper()
	texts, err := message.ProductTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if text.Key == "case.progress" {
			text.SMS = sms
			return text
		}
	}
	t.Fatal("no text")
	return message.Template{}
}

func progressNotice() message.Notice {
	return message.Notice{Template: "case.progress", To: message.To{Person: "li"}, Vars: map[string]string{"item": "食品经营许可", "number": "1", "step": "审核"}}
}

func TestATextIsSentOnceAnotherThanItsAuthorPublishedIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		out := sms("alpha", nil)
		c.Use(out)
		author, reviewer := c.staff("author"), c.staff("reviewer")
		c.send(progressNotice())
		c.work()
		v, err := c.Draft(author, progress(t, "{item}到了{step}"))
		if err != nil || v.Version != 2 || v.State != "draft" {
			t.Fatalf("drafted %+v, %v", v, err)
		}
		if v, err = c.Draft(author, progress(t, "{item}已到{step}环节。")); err != nil || v.Version != 2 {
			t.Fatalf("drafted again %+v, %v", v, err)
		}
		refused := func(what string, want error, step func(context.Context, string, int) (message.Version, error), ctx context.Context) {
			t.Helper()
			if _, err := step(ctx, "case.progress", 2); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", what, err, want)
			}
		}
		if _, err := c.Draft(reviewer, progress(t, "别人的")); !errors.Is(err, message.ErrVersion) {
			t.Errorf("somebody wrote over another's draft: %v", err)
		}
		refused("publish a draft", message.ErrVersion, c.Publish, reviewer)
		refused("hand in another's draft", message.ErrVersion, c.Submit, reviewer)
		if _, err := c.Submit(author, "case.progress", 2); err != nil {
			t.Fatal(err)
		}
		refused("publish one's own", message.ErrSameAuthor, c.Publish, author)
		if _, err := c.Draft(author, progress(t, "还想改")); !errors.Is(err, message.ErrVersion) {
			t.Errorf("a text in review was changed: %v", err)
		}
		if v, err = c.Publish(reviewer, "case.progress", 2); err != nil || v.State != "published" || v.Reviewer != "reviewer" {
			t.Fatalf("published %+v, %v", v, err)
		}
		refused("publish twice", message.ErrVersion, c.Publish, reviewer)
		refused("drop what is published", message.ErrVersion, c.Drop, reviewer)
		c.send(progressNotice())
		c.work()
		orders := out.got()
		if len(orders) != 2 || !strings.Contains(orders[0].Text.Text, "当前环节") || !strings.HasSuffix(orders[1].Text.Text, "食品经营许可已到审核环节。") {
			t.Errorf("sent %v", orders)
		}
		// What was sent by the first version is still read in its words.
		old := c.all()[1]
		if d, err := c.Detail(reviewer, old.ID); err != nil || d.Version != 1 || !strings.Contains(d.Text, "当前环节：审核") {
			t.Errorf("the old one reads %s, %v", d.Text, err)
		}
		// The next start of the program doesn't undo it.
		again := open(t, target)
		list, err := again.History(t.Context(), "case.progress")
		if err != nil || len(list) != 2 || list[0].State != "published" || list[1].State != "replaced" {
			t.Errorf("history %+v, %v", list, err)
		}
	})
}

func TestATextThatCanNotBeSentIsRefused(t *testing.T) {
	c := file(t)
	author := c.staff("author")
	for _, tt := range []struct {
		name   string
		change func(v *message.Template)
		field  string
	}{
		{"a gap nobody fills", func(v *message.Template) { v.SMS = "{item}{phone}" }, "sms"},
		{"an open gap", func(v *message.Template) { v.SMS = "{item" }, "sms"},
		{"an open part", func(v *message.Template) { v.SMS = "[{item}" }, "sms"},
		{"nothing to say", func(v *message.Template) { v.SMS = "" }, "sms"},
		{"too long", func(v *message.Template) { v.SMS = strings.Repeat("字", 351) }, "sms"},
		{"hidden characters", func(v *message.Template) { v.Inbox.Text = "a\u202eb" }, "inbox.text"},
		{"a title alone", func(v *message.Template) { v.Inbox.Text = "" }, "title"},
		{"no such channel", func(v *message.Template) { v.Channels = append(v.Channels, "pigeon") }, "channels"},
		{"for ever", func(v *message.Template) { v.Minutes = 1 << 30 }, "minutes"},
		{"a variable that the program doesn't say", func(v *message.Template) {
			v.Vars = append(v.Vars, message.Var{Name: "salary", Label: "工资", Example: "1"})
		}, "vars"},
		{"a variable twice", func(v *message.Template) { v.Vars = append(v.Vars, v.Vars[0]) }, "vars"},
		{"SQL for a variable", func(v *message.Template) { v.Vars[0].Name = "x'; DROP TABLE message_notice; --" }, "vars"},
		{"a key that isn't one", func(v *message.Template) { v.Key = "../../etc/passwd" }, "key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := progress(t, "{item}到了{step}")
			tt.change(&v)
			_, err := c.Draft(author, v)
			f := fault.Of(err)
			if !errors.Is(err, message.ErrText) || f == nil {
				t.Fatalf("got %v", err)
			}
			if !slices.ContainsFunc(f.Fields, func(wrong fault.Field) bool { return wrong.Name == tt.field }) {
				t.Errorf("wrong are %v, want %s", f.Fields, tt.field)
			}
		})
	}
	v := progress(t, "x")
	v.Key = "case.invented"
	if _, err := c.Draft(author, v); !errors.Is(err, message.ErrTemplate) {
		t.Errorf("a text for an occasion that isn't one: %v", err)
	}
	if list, err := c.History(t.Context(), "case.progress"); err != nil || len(list) != 1 {
		t.Errorf("%d versions, %v", len(list), err)
	}
}

func TestAVariableThatMayBeEmptyCanNotBecomeNeeded(t *testing.T) {
	c := file(t)
	list, err := c.History(t.Context(), "case.accepted")
	if err != nil {
		t.Fatal(err)
	}
	v := list[0].Template
	for i := range v.Vars {
		v.Vars[i].Optional = false
	}
	if _, err := c.Draft(c.staff("author"), v); !errors.Is(err, message.ErrText) {
		t.Errorf("got %v", err)
	}
}
