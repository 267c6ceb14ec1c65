package cases

import (
	"context"
	"encoding/json"

	"smarthall/platform/internal/access"
)

// TopicReady asks for the results that wait in the asking hall: {}, answered by
// ReadyList.
const TopicReady = "ready-list"

// Bounds of a ReadyList: how many it has, and how many cases are looked at.
const (
	readyShown  = 20
	readyLooked = 100
)

// Ready is a result that its owner may come for, as a screen in public shows it.
type Ready struct {
	Applicant string `json:"applicant" doc:"Masked"`
	// Tail is the end of the case's number, by which its applicant knows it.
	Tail   string `json:"tail"`
	Result string `json:"result" doc:"What was made"`
}

// ReadyList is what TopicReady is answered with, the latest first.
type ReadyList struct {
	Cases []Ready `json:"cases"`
}

// AskedReady answers TopicReady. Only cases that the hall took itself are in its
// list; none that is still to be paid or to be compared with its originals.
func (s *Service) AskedReady(ctx context.Context, _ string, _ json.RawMessage) (any, error) {
	hall := access.From(ctx)
	if hall.Kind != access.Hall || hall.ID == "" {
		return nil, ErrUnknown
	}
	list, err := s.list(ctx, `hall = $1 AND state = 'decided' AND parent = '' ORDER BY decided DESC, id DESC LIMIT $2`, hall.ID, readyLooked)
	if err != nil {
		return nil, err
	}
	out := ReadyList{Cases: []Ready{}}
	for _, c := range list {
		if c.Dossier.Delivery.Way != Collect || c.Unpaid || c.Originals > 0 {
			continue
		}
		if len(out.Cases) == readyShown {
			break
		}
		out.Cases = append(out.Cases, Ready{Applicant: masked(c.Applicant), Tail: tail(c.ShownNo()), Result: c.made()})
	}
	return out, nil
}

// tailLength is how much of a number a screen shows.
const tailLength = 4

// tail is the end of a number.
func tail(number string) string { return number[max(0, len(number)-tailLength):] }
