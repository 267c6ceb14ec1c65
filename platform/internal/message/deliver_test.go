package message_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

func TestANoticeGoesByTheFirstWayThatTakesIt(t *testing.T) {
	mail := func(answer func(message.Order) error) *fake {
		return &fake{name: "mail", channel: message.Email, answer: answer}
	}
	for _, tt := range []struct {
		name      string
		providers []*fake
		to        message.To
		want      message.State
		by        string // the provider at the end
		reason    string
	}{
		{"the first", []*fake{sms("alpha", nil), sms("beta", nil)}, message.To{Person: "zhang"}, message.Delivered, "alpha", ""},
		{"the second of a channel", []*fake{sms("alpha", refuse), sms("beta", nil)}, message.To{Person: "zhang"}, message.Delivered, "beta", ""},
		{"another channel", []*fake{sms("alpha", refuse), mail(nil)}, message.To{Person: "zhang"}, message.Delivered, "mail", ""},
		{"the text's channels first, then the settings' order", []*fake{mail(nil), sms("alpha", nil)}, message.To{Person: "zhang"}, message.Delivered, "alpha", ""},
		{"she has no e-mail address", []*fake{sms("alpha", refuse), mail(nil)}, message.To{Person: "li"}, message.PermanentFailure, "alpha", "空号"},
		{"nobody knows her", []*fake{sms("alpha", nil)}, message.To{Person: "nobody"}, message.PermanentFailure, "", "没有联系方式"},
		{"the sender knows the phone", []*fake{sms("alpha", nil)}, message.To{Person: "nobody", Phone: "13912345678"}, message.Delivered, "alpha", ""},
		{"no provider at all", []*fake{}, message.To{Person: "zhang"}, message.TechnicalFailure, "", "没有可用的发送渠道"},
		{"all refuse", []*fake{sms("alpha", refuse), sms("beta", refuse), mail(refuse)}, message.To{Person: "zhang"}, message.PermanentFailure, "mail", "空号"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := file(t)
			var all []message.Provider
			for _, p := range tt.providers {
				all = append(all, p)
			}
			c.Use(all...)
			n := accepted("")
			n.To = tt.to
			c.send(n)
			c.work()
			if got := c.wantState(tt.want, tt.reason); got.Provider != tt.by {
				t.Errorf("by %q, want %q", got.Provider, tt.by)
			}
			for _, p := range tt.providers {
				if len(p.got()) > 1 {
					t.Errorf("%s was asked %d times", p.name, len(p.got()))
				}
			}
		})
	}
}

func TestWhoHasOnlyAnInboxFindsItThere(t *testing.T) {
	c := file(t)
	c.contacts["wang"] = message.Contact{}
	c.Use(sms("alpha", nil))
	c.send(accepted("wang"))
	c.work()
	if got := c.wantState(message.Delivered, ""); got.Channel != message.Inbox {
		t.Errorf("by %s", got.Channel)
	}
}

func TestAFaultIsTriedAgainLaterAndLaterThenGivenUp(t *testing.T) {
	c := file(t)
	out := sms("alpha", fail)
	c.Use(out)
	c.send(accepted("zhang"))
	c.work()
	want := 1
	for _, wait := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour} {
		c.pass(wait - time.Second)
		c.work()
		if len(out.got()) != want {
			t.Fatalf("%d tries before %s were over, want %d", len(out.got()), wait, want)
		}
		c.CloseBreakers()
		c.pass(time.Second)
		c.work()
		want++
		if len(out.got()) != want {
			t.Fatalf("%d tries after %s, want %d", len(out.got()), wait, want)
		}
	}
	got := c.wantState(message.TemporaryFailure, "没有响应")
	if got.Attempts != 8 {
		t.Errorf("%d attempts", got.Attempts)
	}
	d, err := c.Detail(c.staff("s1"), got.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Tries) != 8 || d.Tries[0].Outcome != "fault" || d.Tries[0].Provider != "alpha" {
		t.Errorf("tries are %+v", d.Tries)
	}
}

func TestWhatCanNotWaitGoesAnotherWayAfterTwoFaults(t *testing.T) {
	c := file(t)
	alpha, beta := sms("alpha", fail), sms("beta", nil)
	c.Use(alpha, beta)
	c.send(code("13912345678", "583021"))
	c.work()
	c.pass(5 * time.Second)
	c.work()
	c.wantState(message.Delivered, "")
	if len(alpha.got()) != 2 || len(beta.got()) != 1 {
		t.Errorf("alpha %d times and beta %d times", len(alpha.got()), len(beta.got()))
	}
}

func TestAProviderThatFailsOftenIsLeftAlone(t *testing.T) {
	c := file(t)
	alpha, beta := sms("alpha", fail), sms("beta", nil)
	c.Use(alpha)
	for i := range 40 {
		n := accepted("")
		n.To.Phone = phone(i)
		c.send(n)
	}
	c.work()
	if n := len(alpha.got()); n > 16 {
		t.Errorf("a provider that is away was asked %d times", n)
	}
	c.Use(alpha, beta) // it has been repaired, too
	alpha.mu.Lock()
	alpha.answer = nil
	alpha.mu.Unlock()
	c.pass(20 * time.Second)
	c.work()
	for _, sent := range c.all() {
		if sent.State != message.Delivered {
			t.Fatalf("%s: %s", sent.State, sent.Reason)
		}
	}
}

func TestAnOldNoticeIsNotSentAnyMore(t *testing.T) {
	c := file(t)
	out := sms("alpha", nil)
	c.Use(out)
	c.send(code("13912345678", "583021"))
	c.pass(5 * time.Minute)
	c.work()
	c.wantState(message.TemporaryFailure, "有效时间")
	if len(out.got()) != 0 {
		t.Error("it was sent")
	}
}

func TestQuietHours(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 0, 0, zone) }
	for _, tt := range []struct {
		name string
		now  time.Time
		n    message.Notice
		want message.State // at now
		due  time.Time     // when it goes, if it waits
	}{
		{"in the morning", at(7, 0), accepted("li"), message.Delivered, time.Time{}},
		{"before seven", at(6, 59), accepted("li"), message.Created, at(7, 0)},
		{"before ten in the evening", at(21, 59), accepted("li"), message.Delivered, time.Time{}},
		{"at night", at(22, 0), accepted("li"), message.Created, at(31, 0)},
		{"after midnight", at(0, 30), accepted("li"), message.Created, at(7, 0)},
		{"a code at night", at(23, 0), code("13912345678", "583021"), message.Delivered, time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := file(t)
			c.Use(sms("alpha", nil))
			c.pass(tt.now.Sub(start))
			c.send(tt.n)
			c.work()
			got := c.wantState(tt.want, "")
			if tt.due.IsZero() {
				return
			}
			if !got.Due.Equal(tt.due) {
				t.Errorf("it waits until %s, want %s", got.Due, tt.due)
			}
			c.pass(tt.due.Sub(tt.now))
			c.work()
			c.wantState(message.Delivered, "")
		})
	}
}

func TestQuotas(t *testing.T) {
	c := file(t, func(conf *message.Config) {
		conf.Settings.PerPerson = map[message.Channel]int{message.SMS: 3}
		conf.Settings.PerDay = map[message.Channel]int{message.SMS: 6}
	})
	out := sms("alpha", nil)
	c.Use(out)
	for range 5 {
		c.send(accepted("li"))
	}
	c.work()
	if len(out.got()) != 3 {
		t.Errorf("%d messages to one person, want 3", len(out.got()))
	}
	c.wantState(message.PermanentFailure, "上限")
	c.send(code("13800000002", "583021")) // codes don't count for her, but for all
	c.work()
	if len(out.got()) != 4 {
		t.Error("a code was held back by the person's quota")
	}
	for i := range 5 {
		c.send(code(phone(i), "583021"))
	}
	c.work()
	if len(out.got()) != 6 {
		t.Errorf("%d messages in all, want 6", len(out.got()))
	}
	c.pass(24 * time.Hour)
	c.send(accepted("li"))
	c.work()
	if len(out.got()) != 7 {
		t.Error("the next day has no quota of its own")
	}
}

func TestWhoIsSuppressedGetsNothing(t *testing.T) {
	c := file(t)
	out := sms("alpha", nil)
	c.Use(out)
	manager := c.staff("s1")
	if err := c.Suppress(manager, "nonsense", message.OptedOut); !errors.Is(err, message.ErrAddress) {
		t.Errorf("nonsense was suppressed: %v", err)
	}
	for _, tt := range []struct {
		reason      message.Suppression
		news, codes message.State
	}{
		{message.OptedOut, message.PermanentFailure, message.Delivered},
		{message.WrongOwner, message.PermanentFailure, message.PermanentFailure},
	} {
		if err := c.Suppress(manager, "13800000002", tt.reason); err != nil {
			t.Fatal(err)
		}
		c.send(accepted("li"))
		c.work()
		c.wantState(tt.news, "")
		c.send(code("13800000002", "583021"))
		c.work()
		c.wantState(tt.codes, "")
	}
	list, err := c.SuppressedAddresses(t.Context())
	if err != nil || len(list) != 1 || list[0].Masked != "138****0002" || list[0].By != "s1" {
		t.Fatalf("listed %+v, %v", list, err)
	}
	if err := c.Lift(manager, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := c.Lift(manager, list[0].ID); !errors.Is(err, message.ErrUnknown) {
		t.Errorf("lifted twice: %v", err)
	}
	c.send(accepted("li"))
	c.work()
	c.wantState(message.Delivered, "")
}

func TestATrialReachesOnlyWhoIsListed(t *testing.T) {
	c := file(t, func(conf *message.Config) {
		conf.Settings.Trial, conf.Settings.Allow = true, []string{" 13800000002 "}
	})
	out := sms("alpha", nil)
	c.Use(out)
	c.send(accepted("zhang"))
	c.work()
	c.wantState(message.PermanentFailure, "试运行")
	c.send(accepted("li"))
	c.work()
	c.wantState(message.Delivered, "")
	if len(out.got()) != 1 {
		t.Errorf("%d messages", len(out.got()))
	}
}

func TestStaffSendAFailedNoticeAgain(t *testing.T) {
	c := file(t)
	out := sms("alpha", refuse)
	c.Use(out)
	c.send(accepted("li"))
	c.work()
	failed := c.wantState(message.PermanentFailure, "空号")
	out.answer = nil
	if _, err := c.Resend(c.staff("s1"), failed.ID); err != nil {
		t.Fatal(err)
	}
	c.work()
	c.wantState(message.Delivered, "")
	if _, err := c.Resend(c.staff("s1"), failed.ID); !errors.Is(err, message.ErrState) {
		t.Errorf("a delivered one was sent again: %v", err)
	}
	if _, err := c.Resend(c.staff("s1"), "01' OR '1'='1"); !errors.Is(err, message.ErrUnknown) {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestSeveralProcessesShareTheWorkWithoutDoublingIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		const queued = 3_000
		one, two := open(t, target), open(t, target)
		begin := time.Now()
		for done := 0; done < queued; done += 500 {
			err := one.Store.Write(t.Context(), "queue", func(tx *store.Tx) error {
				for i := range 500 {
					n := accepted("")
					n.To.Phone = phone(done + i)
					if err := one.Send(t.Context(), tx, n); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		stored := time.Since(begin)
		out := sms("alpha", nil)
		one.Use(out)
		two.Use(out)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		begin = time.Now()
		var wg sync.WaitGroup
		for _, c := range []*city{one, two} {
			wg.Go(func() {
				if err := c.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		// A code is not behind all these.
		one.send(code("13912345678", "583021"))
		asked := time.Now()
		var waited time.Duration
		for left := 1; left > 0; {
			if err := one.Store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM message_notice WHERE state <> 'delivered'`).Scan(&left); err != nil {
				t.Fatal(err)
			}
			var urgent int
			if err := one.Store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM message_notice WHERE urgent = 1 AND state <> 'delivered'`).Scan(&urgent); err != nil {
				t.Fatal(err)
			}
			if urgent == 0 && waited == 0 {
				waited = time.Since(asked)
			}
			if ctx.Err() != nil {
				t.Fatalf("%d are left", left)
			}
			time.Sleep(5 * time.Millisecond)
		}
		took := time.Since(begin)
		cancel()
		wg.Wait()
		seen := map[string]int{}
		for _, o := range out.got() {
			seen[o.ID]++
		}
		if len(seen) != queued+1 || len(out.got()) != queued+1 {
			t.Errorf("%d messages of %d notices were handed over, want %d", len(out.got()), len(seen), queued+1)
		}
		if waited > 5*time.Second {
			t.Errorf("the code waited %s", waited)
		}
		t.Logf("stored in %s, sent in %s, the code after %s", stored, took, waited)
	})
}

func TestWhatADeadProcessHadInHandIsSentWithTheSameID(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		stop, end := context.WithCancel(t.Context())
		out := sms("alpha", func(message.Order) error {
			end() // we stop while it is on its way
			return context.Canceled
		})
		c.Use(out)
		c.send(accepted("zhang"))
		if _, err := c.Work(stop); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if got := c.wantState(message.Created, ""); got.Attempts != 0 {
			t.Errorf("a stop counts as %d attempts", got.Attempts)
		}
		// As if the process had been killed in the middle: it is still in its hand.
		err := c.Store.Write(t.Context(), "kill", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE message_notice SET lease = $1`, store.Millis(time.Now().Add(time.Minute)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		out.answer = nil
		if n := c.work(); n != 0 {
			t.Fatalf("%d notices were taken out of another process's hand", n)
		}
		err = c.Store.Write(t.Context(), "time passes", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE message_notice SET lease = $1`, store.Millis(time.Now().Add(-time.Second)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.work()
		c.wantState(message.Delivered, "")
		orders := out.got()
		if len(orders) != 2 || orders[0].ID != orders[1].ID {
			t.Errorf("orders are %v", orders)
		}
	})
}

func TestAnAddressShowsItselfMasked(t *testing.T) {
	for in, want := range map[string]string{"13912345678": "139****5678", "zhang@example.com": "z***@example.com", "@example.com": "***@example.com"} {
		if got := fmt.Sprintf("%v %#v %s", message.Address(in), message.Address(in), message.Address(in)); got != strings.Join([]string{want, want, want}, " ") {
			t.Errorf("%s shows as %s", in, got)
		}
	}
}
