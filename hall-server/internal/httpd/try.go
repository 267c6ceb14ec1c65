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

// How long an agent may take to begin trying a device out, and to say how it
// went: longer than it gives the device itself.
const (
	tryBegin = 10 * time.Second
	tryWait  = link.TryFor + tryBegin
)

// tryDevice has a device give something out, for the technician who set it up.
func (a *api) tryDevice(ctx context.Context, in *struct {
	ID     string `path:"id" maxLength:"40" doc:"The agent"`
	Device string `path:"device" maxLength:"40" doc:"The device's id at its agent"`
},
) (*struct{ Body link.DeviceTried }, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	agent, known := a.Hall.Hall().Agent(in.ID)
	if !known || a.TryDevice == nil {
		return nil, inWordsOf(ctx, newProblem(http.StatusNotFound, "agent.unknown", "没有这台终端"))
	}
	waiting, cancel := context.WithTimeout(ctx, tryWait)
	defer cancel()
	done, err := a.TryDevice(waiting, in.ID, link.DeviceTry{Order: ulid.Make().String(), Device: in.Device, Expires: a.Core.Now().Add(tryBegin)})
	outcome := string(done.Outcome)
	if err != nil {
		outcome = "no answer"
	}
	a.Log.Info("audit", slog.String("what", "device tried"), slog.String("agent", in.ID), slog.String("device", in.Device),
		slog.String("outcome", outcome), slog.String("by", actor(ctx)))
	switch {
	case errors.Is(err, link.ErrAway):
		return nil, inWordsOf(ctx, newProblem(http.StatusConflict, "agent.away", agent.Name+"没有连上，请连上后再试"))
	case errors.Is(err, context.DeadlineExceeded):
		return nil, inWordsOf(ctx, newProblem(http.StatusServiceUnavailable, "agent.silent", agent.Name+"没有答复，请到设备旁查看；程序较旧的终端不能试用，请升级"))
	case err != nil:
		return nil, a.problem(err)
	}
	return &struct{ Body link.DeviceTried }{done}, nil
}
