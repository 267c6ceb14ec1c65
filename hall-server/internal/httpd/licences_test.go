package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

// cityOfOne is a platform that gives one licence out.
type cityOfOne struct {
	questions map[string]string
	refuse    *problem.Problem
}

func (c *cityOfOne) Ask(_ context.Context, topic, from string, question, answer any) error {
	if c.refuse != nil {
		return c.refuse
	}
	data, err := json.Marshal(question)
	if err != nil {
		return err
	}
	c.questions[topic] = from + " " + string(data)
	return json.Unmarshal([]byte(map[string]string{
		"licence-list":    `{"licences":[{"id":"01L","name":"营业执照","number":"3301****0001","left":3}]}`,
		"licence-print":   `{"print":"01P","pdf":"JVBERg=="}`,
		"licence-printed": `{"number":"3301****0001"}`,
	}[topic]), answer)
}

func TestAKioskPrintsThroughTheHallWhichKeepsNothing(t *testing.T) {
	const number = "330100196805051083"
	demo, err := hall.Open(filepath.Join(t.TempDir(), "hall.yaml"), hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	city := &cityOfOne{questions: map[string]string{}}
	a := &api{Config{City: city, Hall: demo, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}}
	ctx := access.With(t.Context(), access.Claims{Role: access.Kiosk, Subject: "kiosk-2"})
	proof := link.LicenceProof{IDNumber: number}

	list, err := a.queryLicences(ctx, &struct{ Body link.LicenceProof }{proof})
	if err != nil || list.Cache != "no-store" || len(list.Body.Licences) != 1 || list.Body.Licences[0].Left != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	sheet, err := a.printLicence(ctx, &struct{ Body link.LicenceOrder }{link.LicenceOrder{LicenceProof: proof, Licence: "01L"}})
	if err != nil || sheet.Cache != "no-store" || string(sheet.Body.PDF) != "%PDF" {
		t.Fatalf("%+v, %v", sheet, err)
	}
	if got := city.questions["licence-print"]; !strings.HasPrefix(got, `kiosk-2 {"idNumber":"`+number+`","licence":"01L","place":"`) || strings.HasSuffix(got, `"place":""}`) {
		t.Errorf("the platform was asked %s", got)
	}
	if _, err := a.licenceOutcome(ctx, &struct{ Body link.LicenceOutcome }{link.LicenceOutcome{Print: "01P", Outcome: link.PrintPrinted}}); err != nil {
		t.Error(err)
	}
	if got := log.String(); strings.Contains(got, number) || strings.Contains(got, "PDF") || !strings.Contains(got, "kiosk=kiosk-2 licence=3301****0001 outcome=printed") {
		t.Errorf("the log has %s", got)
	}

	city.refuse = problem.New(429, "licence.print-limit", "明天再来")
	if _, err := a.printLicence(ctx, &struct{ Body link.LicenceOrder }{link.LicenceOrder{LicenceProof: proof, Licence: "01L"}}); !errors.Is(err, city.refuse) {
		t.Errorf("the platform's refusal came as %v", err)
	}
}
