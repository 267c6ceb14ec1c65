package httpd

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/alarm"
)

type alarmsView struct {
	Now    time.Time     `json:"now"`
	Alarms []alarm.Alarm `json:"alarms"`
}

func (a *api) listAlarms(ctx context.Context, _ *struct{}) (*struct{ Body alarmsView }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	return &struct{ Body alarmsView }{alarmsView{Now: a.Core.Now(), Alarms: a.Alarms.Open()}}, nil
}

// takeAlarm notes who sees to an alarm. A call for help at a kiosk is answered by
// it: the person there learns that somebody comes.
func (a *api) takeAlarm(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name string `json:"name,omitempty" maxLength:"30" doc:"Who goes; by default who asks"`
		Note string `json:"note,omitempty" maxLength:"200"`
	}
},
) (*struct{ Body alarm.Alarm }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	name := strings.Join(strings.Fields(in.Body.Name), " ")
	claims := access.From(ctx)
	if name == "" {
		name = claims.Subject
		if p, ok := a.Hall.Hall().Person(claims.Subject); ok {
			name = p.Name
		}
	}
	taken, err := a.Alarms.Take(ctx, in.ID, alarm.Taken{Name: name, By: claims.Subject, Note: strings.TrimSpace(in.Body.Note)})
	if errors.Is(err, alarm.ErrOver) {
		return nil, newProblem(http.StatusNotFound, "alarm.over", "这条报警已经解除")
	}
	if err != nil {
		return nil, a.problem(err)
	}
	if taken.Kind == alarm.Help && a.Helped != nil {
		a.Helped(taken.Agent, name)
	}
	return &struct{ Body alarm.Alarm }{taken}, nil
}
