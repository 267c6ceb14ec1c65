package httpd

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

// videoView is where to watch a window. Its addresses are for technicians only.
type videoView struct {
	Window string    `json:"window"`
	Number string    `json:"number"`
	Camera string    `json:"camera"`
	URL    string    `json:"url" doc:"The player, for a new tab"`
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero" doc:"Absent while the visit goes on"`
	RTSP   string    `json:"rtsp,omitempty" doc:"Administrators only"`
	ONVIF  string    `json:"onvif,omitempty" doc:"Administrators only"`
}

// noVideo says that there is nothing to watch.
func noVideo() *Problem {
	return newProblem(http.StatusNotFound, "video.none", "这个窗口没有配置摄像机，或者大厅没有配置播放地址")
}

// hallAt is the hall as its file had it at a time: a camera that was replaced
// since has the pictures of before. Without that version it is the present one.
func (a *api) hallAt(ctx context.Context, at time.Time) *hall.Hall {
	_, text, err := a.Store.HallVersionAt(ctx, at)
	if err == nil {
		var then *hall.Hall
		if then, err = hall.Parse(text); err == nil {
			return then
		}
	}
	if !errors.Is(err, store.ErrNoVersion) {
		a.Log.Warn("the hall as it was can't be read", slog.Time("at", at), slog.Any("error", err))
	}
	return a.Hall.Hall()
}

// video is where to watch window from … to; false if nowhere. The player is
// always the present one, the camera that of from.
func (a *api) video(ctx context.Context, window string, from, to time.Time) (videoView, bool) {
	h := a.Hall.Hall()
	then := h
	if !from.IsZero() {
		then = a.hallAt(ctx, from)
	}
	w, known := then.Window(queue.WindowID(window))
	if !known || !h.HasVideo(&w) {
		return videoView{}, false
	}
	out := videoView{Window: w.ID, Number: w.Number, Camera: w.Camera.Name, From: from, To: to, URL: h.VideoLink(&w, from, to)}
	if access.From(ctx).Role == access.Admin {
		out.RTSP, out.ONVIF = w.Camera.RTSP, w.Camera.ONVIF
	}
	return out, out.URL != ""
}

func (a *api) windowVideo(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*struct{ Body videoView }, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	out, ok := a.video(ctx, in.ID, time.Time{}, time.Time{})
	if !ok {
		return nil, noVideo()
	}
	return &struct{ Body videoView }{out}, nil
}

// ticketVideo is where to watch a visit: the log has when it was at which
// window, and the versions of the hall's file which camera that had then.
func (a *api) ticketVideo(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*struct {
	Body struct {
		Stays []videoView `json:"stays" doc:"From each call until the visit left that window, in their order; those at windows without a camera are left out"`
	}
}, error,
) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	ticket, err := a.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &struct {
		Body struct {
			Stays []videoView `json:"stays" doc:"From each call until the visit left that window, in their order; those at windows without a camera are left out"`
		}
	}{}
	out.Body.Stays = []videoView{}
	steps, err := a.Store.History(ctx, queue.TicketID(in.ID), queue.Day(ticket.Day))
	if err != nil {
		return nil, a.problem(err)
	}
	var at string
	var from time.Time
	leave := func(to time.Time) {
		if v, ok := a.video(ctx, at, from, to); at != "" && ok {
			out.Body.Stays = append(out.Body.Stays, v)
		}
		at = ""
	}
	for _, s := range steps {
		switch e := s.Event.(type) {
		case queue.TicketCalled:
			at, from = string(e.Window), s.At.Std()
		case queue.TicketResumed:
			at, from = cmp.Or(string(e.Window), at), s.At.Std()
		case queue.ServiceFinished, queue.TicketMissed, queue.TicketTransferred, queue.TicketParked, queue.TicketPutBack,
			queue.TicketClosed, queue.TicketExpired, queue.TicketCancelled:
			leave(s.At.Std())
		}
	}
	leave(time.Time{})
	return out, nil
}
