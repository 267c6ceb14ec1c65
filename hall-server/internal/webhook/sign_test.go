package webhook_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/webhook"
)

func seconds(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheSpecificationsSignature is the test vector that the reference
// libraries of Standard Webhooks share.
func TestTheSpecificationsSignature(t *testing.T) {
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := secret.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecrets(t *testing.T) {
	made := webhook.NewSecret()
	again, err := webhook.ParseSecret(made.Text())
	if err != nil || again.Text() != made.Text() || webhook.NewSecret().Text() == made.Text() {
		t.Errorf("got %v, %v", again, err)
	}
	for name, text := range map[string]string{
		"empty": "", "no prefix": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "no base64": "whsec_%%%", "another scheme": "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"23 bytes": "whsec_" + strings.Repeat("AAAA", 7) + "AAA=", "66 bytes": "whsec_" + strings.Repeat("AAAA", 22),
	} {
		if _, err := webhook.ParseSecret(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSecretsDoNotReachLogs(t *testing.T) {
	secret := webhook.NewSecret()
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("secret", secret))
	fmt.Fprintf(&out, "%v %s", secret, secret)
	if strings.Contains(out.String(), secret.Text()) || !strings.Contains(out.String(), "whsec_***") {
		t.Errorf("got %s", out.String())
	}
}

func FuzzParseSecret(f *testing.F) {
	for _, seed := range []string{"", "whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := webhook.ParseSecret(text)
		if err != nil {
			return
		}
		if again, err := webhook.ParseSecret(secret.Text()); err != nil || again.Text() != secret.Text() {
			t.Errorf("%q reads as %q", text, secret.Text())
		}
	})
}
