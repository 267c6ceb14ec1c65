package message_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/message"
)

// post signs body now and posts it as the receipt of provider.
func (c *city) post(provider, id, body string) (message.Taken, error) {
	c.t.Helper()
	stamp, signature := signed(secret(c.t), id, time.Now(), body)
	return c.Receipts(c.t.Context(), provider, id, stamp, signature, []byte(body))
}

func gatewayCity(t *testing.T, target string) (*city, *fake, *fake) {
	c := open(t, target)
	alpha, beta := sms("alpha", nil), sms("beta", nil)
	alpha.receipts, beta.receipts = true, true
	c.Use(alpha, beta)
	c.Trust("alpha", secret(t))
	c.Trust("beta", secret(t))
	return c, alpha, beta
}

func TestReceiptsTellWhatBecameOfANotice(t *testing.T) {
	for _, tt := range []struct {
		state  string
		want   message.State
		reason string
		beta   int // messages that went by the other provider
	}{
		{"delivered", message.Delivered, "", 0},
		{"pending", message.Pending, "关机", 0},
		{"temporary-failure", message.Sending, "", 1},
		{"permanent-failure", message.Sending, "", 1},
		{"opted-out", message.PermanentFailure, "退订", 0},
	} {
		t.Run(tt.state, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, target string) {
				c, _, beta := gatewayCity(t, target)
				c.send(accepted("li"))
				c.work()
				got := c.wantState(message.Sending, "")
				taken, err := c.post("alpha", "m1", fmt.Sprintf(`{"id":%q,"state":%q,"reason":"关机"}`, got.ID, tt.state))
				if err != nil || taken.Taken != 1 {
					t.Fatalf("taken %+v, %v", taken, err)
				}
				c.work()
				c.wantState(tt.want, tt.reason)
				if len(beta.got()) != tt.beta {
					t.Errorf("%d messages by the other provider, want %d", len(beta.got()), tt.beta)
				}
			})
		})
	}
}

func TestReceiptsAreSignedAndFresh(t *testing.T) {
	c, _, _ := gatewayCity(t, sqldbtest.File(t))
	c.send(accepted("li"))
	c.work()
	id := c.last().ID
	body := fmt.Sprintf(`{"id":%q,"state":"delivered"}`, id)
	stamp, signature := signed(secret(t), "m1", time.Now(), body)
	old, oldSignature := signed(secret(t), "m1", time.Now().Add(-6*time.Minute), body)
	ahead, aheadSignature := signed(secret(t), "m1", time.Now().Add(6*time.Minute), body)
	for _, tt := range []struct{ name, provider, id, stamp, signature, body string }{
		{"unsigned", "alpha", "m1", stamp, "", body},
		{"another body", "alpha", "m1", stamp, signature, strings.Replace(body, "delivered", "pending", 1)},
		{"another id", "alpha", "m2", stamp, signature, body},
		{"no id", "alpha", "", stamp, signature, body},
		{"another time", "alpha", "m1", old, signature, body},
		{"old", "alpha", "m1", old, oldSignature, body},
		{"from the future", "alpha", "m1", ahead, aheadSignature, body},
		{"no time", "alpha", "m1", "yesterday", signature, body},
		{"a provider without a secret", "gamma", "m1", stamp, signature, body},
		{"a provider that isn't one", "' OR 1=1 --", "m1", stamp, signature, body},
		{"another version of signatures", "alpha", "m1", stamp, strings.Replace(signature, "v1,", "v0,", 1), body},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Receipts(t.Context(), tt.provider, tt.id, tt.stamp, tt.signature, []byte(tt.body))
			if !errors.Is(err, message.ErrSignature) {
				t.Errorf("got %v", err)
			}
			c.wantState(message.Sending, "")
		})
	}
	if _, err := c.Receipts(t.Context(), "alpha", "m1", stamp, "v1,AAAA "+signature, []byte(body)); err != nil {
		t.Errorf("a second signature, as while secrets change: %v", err)
	}
}

func TestWrongReceiptsChangeNothing(t *testing.T) {
	c, _, _ := gatewayCity(t, sqldbtest.File(t))
	c.send(accepted("li"))
	c.work()
	id := c.last().ID
	many := "[" + strings.Repeat(fmt.Sprintf(`{"id":%q,"state":"delivered"},`, id), 500) + fmt.Sprintf(`{"id":%q,"state":"delivered"}]`, id)
	for i, body := range []string{
		``, `null`, `[]`, `{}`, `"x"`, `{"id":"x"`, `[{"id":"x","state":"delivered"},{"id":"y","state":"lost"}]`, `{"id":"","state":"delivered"}`,
		`{"id":"` + strings.Repeat("x", 100) + `","state":"delivered"}`, `{"id":` + fmt.Sprintf("%q", id) + `,"state":"created"}`,
		`{"id":["` + id + `"],"state":"delivered"}`, many,
	} {
		if _, err := c.post("alpha", fmt.Sprint("wrong-", i), body); !errors.Is(err, message.ErrReceipt) {
			t.Errorf("%.60q: got %v", body, err)
		}
	}
	for i, body := range []string{`{"id":"01JUNKNOWN","state":"delivered"}`, `{"id":"x' OR '1'='1","state":"delivered"}`} {
		if taken, err := c.post("alpha", fmt.Sprint("unknown-", i), body); err != nil || taken.Taken != 0 || taken.Ignored != 1 {
			t.Errorf("%s: %+v, %v", body, taken, err)
		}
	}
	c.wantState(message.Sending, "")
}

func TestALyingProviderSpeaksForItsOwnNoticesOnly(t *testing.T) {
	c, alpha, _ := gatewayCity(t, sqldbtest.File(t))
	c.send(accepted("li"))
	c.work()
	id := c.last().ID
	// Beta has never seen it.
	if taken, err := c.post("beta", "m1", fmt.Sprintf(`{"id":%q,"state":"delivered"}`, id)); err != nil || taken.Taken != 0 {
		t.Errorf("beta: %+v, %v", taken, err)
	}
	c.wantState(message.Sending, "")
	if _, err := c.post("alpha", "m2", fmt.Sprintf(`{"id":%q,"state":"delivered"}`, id)); err != nil {
		t.Fatal(err)
	}
	// Delivered stays delivered, whatever comes later.
	for i, state := range []string{"permanent-failure", "temporary-failure", "pending", "opted-out", "delivered"} {
		taken, err := c.post("alpha", fmt.Sprint("late-", i), fmt.Sprintf(`{"id":%q,"state":%q}`, id, state))
		if err != nil || taken.Taken != 0 {
			t.Errorf("%s: %+v, %v", state, taken, err)
		}
	}
	c.work()
	c.wantState(message.Delivered, "")
	if len(alpha.got()) != 1 {
		t.Errorf("it was sent %d times", len(alpha.got()))
	}
	if list, err := c.SuppressedAddresses(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("suppressed %v, %v", list, err)
	}
}

func TestTheSameReceiptAgainChangesNothing(t *testing.T) {
	c, _, beta := gatewayCity(t, sqldbtest.File(t))
	c.send(accepted("li"))
	c.work()
	id := c.last().ID
	body := fmt.Sprintf(`{"id":%q,"state":"permanent-failure"}`, id)
	for i := range 3 {
		taken, err := c.post("alpha", "m1", body)
		if err != nil || (taken.Taken == 1) != (i == 0) {
			t.Errorf("time %d: %+v, %v", i, taken, err)
		}
		c.work()
	}
	if len(beta.got()) != 1 {
		t.Errorf("it went %d times by the other provider", len(beta.got()))
	}
	d, err := c.Detail(c.staff("s1"), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Tries) != 3 { // taken by alpha, its receipt, taken by beta
		t.Errorf("tries are %+v", d.Tries)
	}
}

func TestAProviderThatDidDeliverAfterAFaultEndsTheSearch(t *testing.T) {
	c, alpha, beta := gatewayCity(t, sqldbtest.File(t))
	alpha.answer, beta.answer = fail, fail // the answer got lost, the message didn't
	c.send(code("13912345678", "583021"))
	c.work()
	c.pass(5 * time.Second)
	c.work()
	got := c.wantState(message.Created, "")
	if taken, err := c.post("alpha", "m1", fmt.Sprintf(`{"id":%q,"state":"delivered"}`, got.ID)); err != nil || taken.Taken != 1 {
		t.Fatalf("%+v, %v", taken, err)
	}
	c.wantState(message.Delivered, "")
	if vars := c.column(`SELECT vars FROM message_notice`)[0]; vars != "" {
		t.Error("the code is still there")
	}
}

func TestAReceiptThatNeverComesIsAFailure(t *testing.T) {
	c, _, _ := gatewayCity(t, sqldbtest.File(t))
	c.send(accepted("li"))
	c.work()
	c.pass(71 * time.Hour)
	if err := c.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wantState(message.Sending, "")
	c.pass(2 * time.Hour)
	if err := c.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wantState(message.TemporaryFailure, "没有收到回执")
	c.pass(370 * 24 * time.Hour)
	if err := c.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.all()) != 0 || len(c.column(`SELECT notice FROM message_try`)) != 0 {
		t.Error("it is kept for ever")
	}
}
