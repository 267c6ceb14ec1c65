package kiosk

import (
	"context"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// labelPrinter is the printer that is to give out a job as an adhesive label;
// nil if it is to be paper: the machine isn't set up for labels, the hall sent
// none, or no label can be printed now and there is a printer for paper.
func (k *Kiosk) labelPrinter(job link.PrintJob) *agent.Device {
	if !k.labels || job.Label == nil {
		return nil
	}
	label := k.agent.Devices.Best(device.ClassLabelPrinter)
	if label == nil || label.State().Works() {
		return label
	}
	if paper := k.agent.Devices.Best(device.ClassPrinter); paper != nil && paper.State().Works() {
		return nil
	}
	return label
}

// attemptLabel prints a job as a label.
func (k *Kiosk) attemptLabel(ctx context.Context, printer *agent.Device, job link.PrintJob) link.PrintDone {
	done := link.PrintDone{Job: job.Job, Ticket: job.Ticket}
	if state := printer.State(); !state.Works() {
		done.Outcome, done.Device, done.Detail = link.PrintFailed, string(state), "label printer is "+string(state)
		return done
	}
	ctx, cancel := context.WithTimeout(ctx, printTimeout)
	defer cancel()
	err := printer.PrintLabel(ctx, agent.LabelJob(job.Job, *job.Label))
	done.Outcome, done.Device = agent.LabelOutcome(err), string(device.StateOf(err))
	if err != nil {
		done.Detail = err.Error()
	} else if state := printer.State(); state.Works() {
		done.Device = string(state)
	}
	return done
}
