package evaluation

import "time"

// What others may hear. The body of TypeGiven is Given, that of all others is
// Event; the subject is the id of the rating, voice or rectification.
const (
	TypeAsked               = "evaluation.asked"
	TypeAnswered            = "evaluation.answered"
	TypeOverdue             = "evaluation.overdue"
	TypeGiven               = "evaluation.given"
	TypeRectificationOpened = "evaluation.rectification-opened"
	TypeRectificationClosed = "evaluation.rectification-closed"
)

// Event is what others hear of a voice or a rectification: no words, no person.
type Event struct {
	Number       string    `json:"number"`
	Kind         Kind      `json:"kind"`
	Organisation string    `json:"organisation"`
	Region       string    `json:"region"`
	Item         string    `json:"item,omitempty"`
	Due          time.Time `json:"due"`
	// Late tells that the limit was over.
	Late bool `json:"late,omitempty"`
}

// Given is the body of TypeGiven.
type Given struct {
	Subject
	Rating string `json:"rating"`
	Score  int    `json:"score"`
	Via    string `json:"via"`
}
