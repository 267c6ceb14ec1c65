package message

import (
	"strings"
	"time"
)

// Marks of why a provider isn't asked again for a notice.
const (
	markRefused = "!"
	markFault   = "~"
)

// backoff is how long a notice waits after each fault of a provider; after the
// last one it goes another way.
var backoff = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour}

// urgentTries is how often a provider is asked for what can't wait, while there
// is another one.
const urgentTries = 2

// again decides what happens after a fault: a later try, or another way.
func (s *Service) again(j *job, provider string) {
	now := s.Store.Now()
	j.due = now
	if j.tries > len(backoff) || (j.urgent && j.tries >= urgentTries && len(j.routes) > 1) {
		j.spend(provider, markFault)
		return
	}
	if j.due = now.Add(backoff[j.tries-1]); !j.due.Before(j.expires) {
		j.due = now
		j.spend(provider, markFault)
	}
}

// spend takes a provider out for this notice.
func (r *row) spend(provider, mark string) {
	if r.isSpent(provider) {
		return
	}
	r.spent = strings.TrimSpace(r.spent + " " + provider + mark)
	r.tries = 0
}

func (r *row) isSpent(provider string) bool {
	for entry := range strings.FieldsSeq(r.spent) {
		if strings.TrimRight(entry, markRefused+markFault) == provider {
			return true
		}
	}
	return false
}

// spentMarks are the marks in a list of providers.
func spentMarks(spent string) (marks []string) {
	for entry := range strings.FieldsSeq(spent) {
		marks = append(marks, entry[len(entry)-1:])
	}
	return marks
}
