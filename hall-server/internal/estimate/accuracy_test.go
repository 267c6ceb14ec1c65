package estimate_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smarthall/hall-server/internal/estimate"
)

func TestAccuracyCountsWhatWasPromised(t *testing.T) {
	w := estimate.Wait{P10: 5, P50: 10, P80: 14, P90: 16}
	outcomes := []estimate.Outcome{
		{Service: "tax", Hour: 9, Wait: w, Waited: 10},                            // exactly
		{Service: "tax", Hour: 9, Wait: w, Waited: 16},                            // within the range, 6 minutes off
		{Service: "tax", Hour: 10, Wait: w, Waited: 20},                           // under by more than 5
		{Service: "card", Hour: 9, Wait: w, Waited: 4},                            // 6 minutes over
		{Service: "card", Hour: 9, Wait: w, Waited: -1},                           // still waits
		{Service: "licence", Hour: 9, Wait: estimate.Wait{None: true}, Waited: 5}, // was told no number
	}
	var r estimate.Reporter
	for i := range outcomes {
		r.Add(&outcomes[i])
	}
	got := r.Report()
	want := estimate.Report{
		Total: estimate.Accuracy{N: 4, Mean: 12.5, MAE: 22.0 / 4, Bias: -10.0 / 4, WAPE: 22.0 / 50, Within: 0.25, UnderBy5: 0.25, Coverage: 0.5},
		Services: []estimate.ServiceReport{
			{
				Service: "card",
				Total:   estimate.Accuracy{N: 1, Mean: 4, MAE: 6, Bias: 6, WAPE: 1.5},
				Hours:   []estimate.HourReport{{Hour: 9, Accuracy: estimate.Accuracy{N: 1, Mean: 4, MAE: 6, Bias: 6, WAPE: 1.5}}},
			},
			{
				Service: "tax",
				Total:   estimate.Accuracy{N: 3, Mean: 46.0 / 3, MAE: 16.0 / 3, Bias: -16.0 / 3, WAPE: 16.0 / 46, Within: 1.0 / 3, UnderBy5: 1.0 / 3, Coverage: 2.0 / 3},
				Hours: []estimate.HourReport{
					{Hour: 9, Accuracy: estimate.Accuracy{N: 2, Mean: 13, MAE: 3, Bias: -3, WAPE: 6.0 / 26, Within: 0.5, Coverage: 1}},
					{Hour: 10, Accuracy: estimate.Accuracy{N: 1, Mean: 20, MAE: 10, Bias: -10, WAPE: 0.5, UnderBy5: 1}},
				},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestNoOutcomesAreNoAccuracy(t *testing.T) {
	var r estimate.Reporter
	if diff := cmp.Diff(estimate.Report{}, r.Report()); diff != "" {
		t.Error(diff)
	}
	var s estimate.Score
	s.Add(&estimate.Outcome{Wait: estimate.Wait{}, Waited: 0})
	if a := s.Accuracy(); a.N != 1 || a.WAPE != 0 || math.IsNaN(a.WAPE) || a.Coverage != 1 {
		t.Errorf("got %+v for one who was called at once", a)
	}
}
