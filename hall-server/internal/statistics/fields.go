package statistics

import (
	"cmp"

	"smarthall/hall-server/internal/queue"
)

// zoneOf is the part of the hall that service belongs to.
func zoneOf(conf *queue.Config, service queue.ServiceID) string {
	if s := conf.Service(service); s != nil {
		return s.Zone
	}
	return ""
}

// originOf is where t's appointment was booked (AP-16).
func originOf(hall *queue.State, t *queue.Ticket) string {
	if a := hall.Appointments[t.Appointment]; a != nil {
		return a.Via
	}
	return ""
}

// offline tells whether a machine without its hall gave t.
func offline(t *queue.Ticket) bool { return t.Offline }

// serviceOf is the service that t was in during p.
func serviceOf(t *queue.Ticket, p queue.Period) queue.ServiceID { return cmp.Or(p.Service, t.Service) }
