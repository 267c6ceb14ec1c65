package message_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/internal/awaytest"
	"smarthall/platform/internal/message"
)

// TestAProviderThatIsAwayIsNotWaitedFor: whatever a gateway or a mail server
// does instead of answering, the try ends in its time, is a fault (which is tried
// again) and no refusal, and says which of the two it was.
func TestAProviderThatIsAwayIsNotWaitedFor(t *testing.T) {
	for _, server := range awaytest.Servers(t) {
		gateway, err := message.NewGateway(gatewaySettings(t, "http://"+server.Addr+"/sms"))
		if err != nil {
			t.Fatal(err)
		}
		hidden, err := message.NewMailer(message.ProviderSettings{
			Name: "mail", Kind: "smtp", URL: "smtps://" + server.Addr, From: "no-reply@example.test", Timeout: 500 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			provider message.Provider
			says     string
		}{
			"gateway": {gateway, "the gateway"}, "mail server": {mailer(t, server.Addr, true), "the mail server"}, "mail server behind TLS": {hidden, "the mail server"},
		} {
			t.Run("a "+name+" that "+server.Name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				begun := time.Now()
				_, err := tt.provider.Send(ctx, letter("zhang@example.test", "办理结果", "您的申请已办结。"))
				var broken *message.Fault
				if !errors.As(err, &broken) || !strings.HasPrefix(broken.What, tt.says) {
					t.Errorf("it says %v", err)
				}
				if took := time.Since(begun); took > awaytest.Patience {
					t.Errorf("it was waited for %s", took)
				}
			})
		}
	}
}
