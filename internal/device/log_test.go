package device_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"smarthall/internal/device"
)

func TestNothingOfAPersonReachesALog(t *testing.T) {
	who := device.Identity{
		Kind: device.Citizen, Name: "周样例", Number: "110000197903080003", Address: "湖滨路 1 号", NewAddress: "孤山路 2 号",
		Birth: time.Date(1979, 3, 8, 0, 0, 0, 0, time.UTC), Issuer: "东湖分局", Photo: []byte("photo"),
	}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("card", slog.Any("who", who), slog.Any("pointer", &who))
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&out, verb+"\n", who)
		fmt.Fprintf(&out, verb+"\n", &who)
		fmt.Fprintf(&out, verb+"\n", device.CardPresent{Identity: who})
	}
	for _, secret := range []string{"周样例", "110000197903080003", "湖滨路", "孤山路", "1979", "东湖分局", "photo"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a log shows %q:\n%s", secret, out.String())
		}
	}
}
