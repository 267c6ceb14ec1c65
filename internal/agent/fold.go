package agent

import (
	"slices"

	"smarthall/internal/link"
)

// keepCalls is how many calls the folded snapshot holds, as many as the hall's
// own snapshots.
const keepCalls = 10

// fold applies one message of the hall's stream to the snapshot and returns
// the new one. Parts that change are replaced, never written to, so a copy of
// the old snapshot stays true. Messages of other types change nothing; a
// malformed body changes nothing and is an error.
func fold(s link.Snapshot, m link.Message) (link.Snapshot, error) {
	switch m.Type {
	case link.TypeSnapshot:
		return foldSnapshot(s, m)
	case link.TypeServicesChanged:
		var body link.ServicesChanged
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Services = merge(s.Services, body.Services, func(v link.ServiceView) string { return v.ID })
	case link.TypeWindowChanged:
		var body link.WindowView
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Windows = merge(s.Windows, []link.WindowView{body}, func(v link.WindowView) string { return v.ID })
	case link.TypeWindowsChanged:
		var body link.WindowsChanged
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Briefs = merge(s.Briefs, body.Windows, func(v link.WindowBrief) string { return v.ID })
	case link.TypeQueueChanged:
		var body link.QueueChanged
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Queue = &body
	case link.TypeHallChanged:
		var body link.HallView
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Hall = body
	case link.TypeLayoutsChanged:
		var body link.LayoutSet
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Layouts = &body
	case link.TypeFeedsChanged:
		var body link.FeedsView
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Feeds = body.Feeds
	case link.TypeTicketCalled, link.TypeCallAcknowledged, link.TypeCallEnded:
		return foldCall(s, m)
	}
	return s, nil
}

// foldSnapshot replaces everything. Print jobs are left out: they are the
// door's to print once, not a state that pages could show.
func foldSnapshot(s link.Snapshot, m link.Message) (link.Snapshot, error) {
	var body link.Snapshot
	if err := m.Into(&body); err != nil {
		return s, err
	}
	body.Prints = nil
	return body, nil
}

// foldCall applies what happens to calls.
func foldCall(s link.Snapshot, m link.Message) (link.Snapshot, error) {
	switch m.Type {
	case link.TypeTicketCalled:
		var body link.CallView
		if err := m.Into(&body); err != nil {
			return s, err
		}
		calls := slices.DeleteFunc(slices.Clone(s.Calls), func(v link.CallView) bool { return v.ID == body.ID })
		calls = slices.Insert(calls, 0, body)
		s.Calls = calls[:min(len(calls), keepCalls)]
	case link.TypeCallAcknowledged:
		var body link.CallAck
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Calls = change(s.Calls, body.Call, func(v *link.CallView) {
			others := slices.DeleteFunc(slices.Clone(v.Acks), func(a link.CallAck) bool {
				return a.Channel == body.Channel && a.Device == body.Device
			})
			v.Acks = append(others, body)
		})
	case link.TypeCallEnded:
		var body link.CallEnded
		if err := m.Into(&body); err != nil {
			return s, err
		}
		s.Calls = change(s.Calls, body.Call, func(v *link.CallView) { v.Ended = true })
	}
	return s, nil
}

// merge returns list with each of news in the place of the one with its id, or
// at the end.
func merge[T any](list, news []T, id func(T) string) []T {
	list = slices.Clone(list)
	for _, v := range news {
		i := slices.IndexFunc(list, func(old T) bool { return id(old) == id(v) })
		if i < 0 {
			list = append(list, v)
			continue
		}
		list[i] = v
	}
	return list
}

// change returns calls with fn applied to the one with the id.
func change(calls []link.CallView, id string, fn func(*link.CallView)) []link.CallView {
	calls = slices.Clone(calls)
	for i := range calls {
		if calls[i].ID == id {
			fn(&calls[i])
		}
	}
	return calls
}
