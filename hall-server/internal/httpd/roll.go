package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
)

// rollWait is how long an agent may take to count a new roll. What comes later
// counts for nothing.
const rollWait = 8 * time.Second

type rollView struct {
	Device    string `json:"device"`
	PaperLeft *int   `json:"paperLeft,omitempty" doc:"How many tickets the new roll is good for; absent before the first ticket"`
}

// resetRoll notes that somebody has put a full roll into a printer. Whoever
// stands at a window may have done it.
func (a *api) resetRoll(ctx context.Context, in *struct {
	ID     string `path:"id" maxLength:"40" doc:"The agent"`
	Device string `path:"device" maxLength:"40" doc:"The printer's id at its agent"`
},
) (*struct{ Body rollView }, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	agent, known := a.Hall.Hall().Agent(in.ID)
	if !known || a.ResetRoll == nil {
		return nil, newProblem(http.StatusNotFound, "agent.unknown", "没有这台终端")
	}
	ctx, cancel := context.WithTimeout(ctx, rollWait)
	defer cancel()
	done, err := a.ResetRoll(ctx, in.ID, link.RollReset{
		Order: ulid.Make().String(), Device: in.Device, Expires: a.Core.Now().Add(rollWait),
	})
	switch {
	case errors.Is(err, link.ErrAway):
		return nil, newProblem(http.StatusConflict, "agent.away", agent.Name+"没有连上，请连上后再点")
	case errors.Is(err, context.DeadlineExceeded):
		return nil, newProblem(http.StatusServiceUnavailable, "agent.silent", agent.Name+"没有答复，张数没有重新计算，请稍后再点")
	case err != nil:
		return nil, a.problem(err)
	}
	switch done.Refused {
	case "":
	case link.RollNoPrinter:
		return nil, newProblem(http.StatusNotFound, "device.unknown", agent.Name+"没有这台打印机")
	case link.RollUncounted:
		return nil, newProblem(http.StatusConflict, "roll.uncounted", "这台打印机没有设置纸卷长度，不估计剩余张数")
	default:
		return nil, newProblem(http.StatusServiceUnavailable, "agent.silent", agent.Name+"没有及时答复，张数没有重新计算，请稍后再点")
	}
	a.Log.Info("audit", slog.String("what", "new paper roll"), slog.String("agent", in.ID), slog.String("device", in.Device), slog.String("by", actor(ctx)))
	return &struct{ Body rollView }{rollView{Device: in.Device, PaperLeft: done.PaperLeft}}, nil
}
