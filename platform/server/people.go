package server

import (
	"context"
	"path/filepath"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/identity"
)

// outerSystems are the systems that identity.yaml in the data folder names. A
// demo city has demo ones where none is named; anywhere else what is not named
// is not open.
func outerSystems(conf Config) (identity.Outer, error) {
	settings, err := identity.LoadSettings(filepath.Join(conf.Data, "identity.yaml"))
	if err != nil {
		return identity.Outer{}, err
	}
	outer, err := settings.Outer(conf.BaseURL)
	if err != nil || !conf.Demo {
		return outer, err
	}
	if len(outer.Provers) == 0 {
		outer.Provers = identity.DemoProvers()
	}
	if outer.LegalRegister == nil {
		outer.LegalRegister = identity.DemoRegister{}
	}
	return outer, nil
}

// lettersInCopy is how many messages are in a copy of a person's data.
const lettersInCopy = 100

// joinPeople lets identity name items, and add what other contexts keep of a
// person to the copy of her data.
func (c *contexts) joinPeople() {
	c.identity.KnowItems(func(ctx context.Context, ids []string) (map[string]string, error) {
		list, err := c.items.Summaries(ctx, ids...)
		names := make(map[string]string, len(list))
		for _, s := range list {
			names[s.ID] = s.Name
		}
		return names, err
	})
	c.identity.CopyAlso("appointments", c.ownAppointments)
	c.identity.CopyAlso("messages", func(ctx context.Context) (any, error) {
		return c.messages.InboxOf(ctx, access.From(ctx).ID, "", lettersInCopy, false)
	})
}

// ownAppointment is an appointment in the copy of a person's data.
type ownAppointment struct {
	Number  string            `json:"number"`
	Item    string            `json:"item"`
	Hall    string            `json:"hall"`
	Name    string            `json:"name"`
	Begins  time.Time         `json:"begins"`
	Ends    time.Time         `json:"ends"`
	Via     string            `json:"via"`
	State   appointment.State `json:"state"`
	Reason  string            `json:"reason,omitempty"`
	Created time.Time         `json:"created"`
}

// ownAppointments are those of the context's caller herself.
func (c *contexts) ownAppointments(ctx context.Context) (any, error) {
	caller := access.From(ctx)
	caller.For = ""
	list, err := c.appointments.Mine(access.With(ctx, caller))
	own := make([]ownAppointment, 0, len(list))
	for _, b := range list {
		own = append(own, ownAppointment{b.Number, b.ItemName, b.Hall, b.Name, b.Begins, b.Ends, b.Via, b.State, b.Reason, b.Created})
	}
	return own, err
}
