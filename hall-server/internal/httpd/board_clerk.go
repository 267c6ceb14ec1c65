package httpd

import (
	"cmp"
	"context"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
)

// shownVisits is how many of a clerk's visits the board lists.
const shownVisits = 30

// clerkNumbers are a clerk's of today, at whatever windows. Times are seconds.
type clerkNumbers struct {
	Staff       string           `json:"staff"`
	Name        string           `json:"name"`
	Windows     []clerkStay      `json:"windows" doc:"Where the clerk was signed in today, in order"`
	Served      int              `json:"served"`
	MeanService int              `json:"meanService" doc:"0 if none was served"`
	MeanWait    int              `json:"meanWait" doc:"How long those who were served had waited"`
	Longest     int              `json:"longest" doc:"The longest service that has ended"`
	Missed      int              `json:"missed"`
	Parked      int              `json:"parked"`
	Rated       int              `json:"rated"`
	Satisfied   int              `json:"satisfied" doc:"Ratings of 3 and above"`
	MeanScore   float64          `json:"meanScore" doc:"Of 1 to 5; 0 if nobody rated"`
	Visits      []clerkVisit     `json:"visits" doc:"The latest, newest first"`
	Attendance  []attendanceView `json:"attendance"`
}

// clerkStay is a time that a clerk was signed in at a window.
type clerkStay struct {
	Window string    `json:"window"`
	Number string    `json:"number"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero" doc:"Absent while it lasts"`
}

// clerkVisit is one that the clerk called last.
type clerkVisit struct {
	Ticket  string    `json:"ticket"`
	Number  string    `json:"number"`
	Service string    `json:"service" doc:"Its name"`
	State   string    `json:"state"`
	At      time.Time `json:"at" doc:"When it was called"`
	Took    int       `json:"took" doc:"How long it was served, until now if it still is"`
	Score   int       `json:"score,omitempty"`
}

func (a *api) getBoardClerk(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40" doc:"The login"`
},
) (*struct{ Body clerkNumbers }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	id := queue.StaffID(in.ID)
	out := clerkNumbers{Staff: in.ID, Windows: []clerkStay{}, Visits: []clerkVisit{}, Attendance: []attendanceView{}}
	day := a.clerkVisits(id, &out)
	if err := a.clerkStays(ctx, day, id, &out); err != nil {
		return nil, err
	}
	if person, known := a.Hall.Hall().Person(in.ID); known {
		out.Name = person.Name
	}
	if out.Name == "" && len(out.Visits) == 0 {
		return nil, a.problem(queue.Refuse(queue.NotFound, "staff.unknown"))
	}
	list, err := a.attendance(ctx, day)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.Staff == in.ID {
			out.Attendance = append(out.Attendance, e)
		}
	}
	return &struct{ Body clerkNumbers }{out}, nil
}

// clerkVisits counts the visits of clerk on the open day, which it returns.
func (a *api) clerkVisits(clerk queue.StaffID, out *clerkNumbers) (day queue.Day) {
	h := a.Hall.Hall()
	sum := view.NewClerkDay(clerk)
	scores := 0
	a.Core.Read(func(s *queue.State, now queue.Time) {
		day = s.Day
		for _, t := range s.Tickets {
			if t.Clerk != clerk {
				continue
			}
			sum.Count(t)
			scores += t.Score
			svc, _ := h.Service(t.Service)
			out.Visits = append(out.Visits, clerkVisit{
				Ticket: string(t.ID), Number: t.Number, Service: shortName(svc.Short, svc.Name), State: string(t.State),
				At: t.CalledAt.Std(), Took: int(t.Served(now) / time.Second), Score: t.Score,
			})
		}
	})
	slices.SortFunc(out.Visits, func(a, b clerkVisit) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Ticket, a.Ticket))
	})
	out.Visits = out.Visits[:min(len(out.Visits), shownVisits)]
	served, mean, rest := sum.View()
	out.Served, out.MeanService, out.MeanWait, out.Longest = served, mean, rest.MeanWaitSeconds, rest.LongestServiceSeconds
	out.Missed, out.Parked, out.Rated, out.Satisfied = rest.Missed, rest.Parked, rest.Rated, rest.Satisfied
	if rest.Rated > 0 {
		out.MeanScore = tenth(float64(scores) / float64(rest.Rated))
	}
	return day
}

// clerkStays finds where clerk was signed in on day, and by what name.
func (a *api) clerkStays(ctx context.Context, day queue.Day, clerk queue.StaffID, out *clerkNumbers) error {
	h := a.Hall.Hall()
	end := func(window queue.WindowID, at queue.Time) {
		for i := range out.Windows {
			if stay := &out.Windows[i]; stay.Window == string(window) && stay.To.IsZero() {
				stay.To = at.Std()
			}
		}
	}
	err := a.Store.WindowEvents(ctx, day, func(at queue.Time, events queue.Events) {
		for _, e := range events {
			switch e := e.(type) {
			case queue.WindowSignedIn:
				if end(e.Window, at); e.Staff == clerk {
					w, _ := h.Window(e.Window)
					out.Windows = append(out.Windows, clerkStay{Window: string(e.Window), Number: w.Number, From: at.Std()})
					out.Name = e.StaffName
				}
			case queue.WindowSignedOut:
				end(e.Window, at)
			}
		}
	})
	if err != nil {
		return a.problem(err)
	}
	return nil
}
