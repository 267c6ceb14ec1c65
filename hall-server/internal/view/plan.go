package view

import (
	"cmp"
	"strings"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
)

// Plan is the hall's plan with the address where phones see it; nil without one.
func (v *Viewer) Plan(h *hall.Hall) *link.PlanView {
	plan := h.PlanView()
	if plan != nil {
		plan.URL = strings.TrimRight(cmp.Or(h.URL, v.URL), "/") + "/plan"
	}
	return plan
}
