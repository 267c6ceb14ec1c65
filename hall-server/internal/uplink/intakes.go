package uplink

import (
	"context"

	"smarthall/hall-server/internal/store"
)

// typeIntakeMade is the event of an application that the hall received on its own
// (离线收件). It names nobody: whose it is the platform is told when it is there.
const typeIntakeMade = "intake.made"

// intakeBody is its body.
type intakeBody struct {
	Intake string `json:"intake"`
	Number string `json:"number"`
	Item   string `json:"item"`
	Ticket string `json:"ticket"`
	Window string `json:"window"`
}

// intakes are those that the platform is to be told of, in the order of the log.
func (w *upward) intakes(ctx context.Context) ([]store.Announcement, error) {
	if !w.news.Swap(false) {
		return nil, nil
	}
	list, err := w.conf.Store.Announcements(ctx)
	if err != nil {
		w.news.Store(true)
	}
	return list, err
}

// announce publishes the intakes that were made up to the record seq, and returns
// the others. One that a crash has announced again has the same id.
func (w *upward) announce(ctx context.Context, list []store.Announcement, seq uint64) ([]store.Announcement, error) {
	for len(list) > 0 && list[0].After <= seq {
		a := list[0]
		err := w.publish(ctx, Event{
			ID: w.conf.Platform.Hall + "-intake-" + a.ID, Type: typeIntakeMade, Subject: a.Ticket, At: a.Made,
			Data: encode(intakeBody{Intake: a.ID, Number: a.Number, Item: a.Item, Ticket: a.Ticket, Window: a.Window}),
		})
		if err == nil {
			err = w.conf.Store.IntakeAnnounced(ctx, a.ID)
		}
		if err != nil {
			w.news.Store(true)
			return list, err
		}
		list = list[1:]
	}
	return list, nil
}
