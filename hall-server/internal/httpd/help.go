package httpd

import (
	"context"
	"net/http"
)

// answerHelp says that staff have seen somebody's call for help at a kiosk.
func (a *api) answerHelp(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40" doc:"The kiosk"`
},
) (*struct{}, error) {
	if err := sees(ctx); err != nil {
		return nil, err
	}
	if a.Helped == nil || !a.Helped(in.ID) {
		return nil, newProblem(http.StatusNotFound, "help.none", "这台机器没有人求助，或者已经有人处理")
	}
	return nil, nil
}
