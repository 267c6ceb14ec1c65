package uplink

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"smarthall/internal/problem"
)

// topicLive is what the hall is told about: how it is right now.
const topicLive = "hall-live"

// Live is how the hall is right now, for whoever watches all halls of a centre.
// It names no citizen.
type Live struct {
	// Board is the address of the manager's board.
	Board   string       `json:"board,omitempty"`
	Windows []LiveWindow `json:"windows"`
	// Waiting, Serving and Served count persons; Longest is in seconds.
	Waiting int `json:"waiting"`
	Serving int `json:"serving"`
	Served  int `json:"served"`
	Longest int `json:"longest"`
	// Alarms counts them, Worst is the dearest for citizens in words.
	Alarms int    `json:"alarms"`
	Worst  string `json:"worst,omitempty"`
}

// LiveWindow is a window right now; Ticket is the number in front.
type LiveWindow struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Name   string `json:"name,omitempty"`
	State  string `json:"state"`
	Ticket string `json:"ticket,omitempty"`
}

const (
	// liveEvery is how often the platform is told how the hall is.
	liveEvery = 5 * time.Second
	// liveWait bounds the telling; what isn't told then is told anew.
	liveWait = 4 * time.Second
	// liveSilent is how long a platform that doesn't want to know is left alone:
	// it may be of an earlier version.
	liveSilent = 5 * time.Minute
	// codeTopic is what such a platform answers.
	codeTopic = "node.topic"
)

// tellLive tells the platform how the hall is, now and then until ctx ends.
// While it is away nothing is kept: what is over then nobody needs to see.
func (s *Service) tellLive(ctx context.Context) {
	if s.conf.Live == nil {
		return
	}
	for wait := time.Duration(0); sleep(ctx, wait); {
		wait = liveEvery
		if !s.Status().Linked {
			continue
		}
		if err := s.tell(ctx); err != nil && ctx.Err() == nil {
			s.conf.Log.Debug("the platform wasn't told how the hall is", slog.Any("err", err))
			var refused *problem.Problem
			if errors.As(err, &refused) && refused.Code == codeTopic {
				wait = liveSilent
			}
		}
	}
}

// tell tells the platform once how the hall is.
func (s *Service) tell(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, liveWait)
	defer cancel()
	var none struct{}
	return s.Ask(ctx, topicLive, "", s.conf.Live(), &none)
}
