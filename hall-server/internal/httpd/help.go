package httpd

import (
	"context"
	"net/http"

	"smarthall/hall-server/internal/access"
)

// answerHelp says that staff have seen somebody's call for help at a kiosk.
func (a *api) answerHelp(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40" doc:"The kiosk"`
},
) (*struct{}, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	by := ""
	if p, ok := a.Hall.Hall().Person(access.From(ctx).Subject); ok {
		by = p.Name // an account that several share is nobody's name
	}
	if a.Helped == nil || !a.Helped(in.ID, by) {
		return nil, newProblem(http.StatusNotFound, "help.none", "这台机器没有人求助，或者已经有人处理")
	}
	return nil, nil
}
