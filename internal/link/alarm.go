package link

import "time"

// TypeAlarmsChanged (down, board) replaces the alarms that ring, also right
// after the board's snapshot: AlarmsView.
const TypeAlarmsChanged Type = "alarms.changed"

// AlarmsView is what keeps citizens waiting now.
type AlarmsView struct {
	// Alarms are the dearest for citizens first.
	Alarms []AlarmView `json:"alarms"`
}

// AlarmView is something that has been wrong for long enough to be told. Its
// words are the page's: it carries codes, names and numbers, and the words of devices.
type AlarmView struct {
	ID string `json:"id"`
	// Key names what is wrong where: the same key is the same alarm.
	Key string `json:"key"`
	// Kind is the rule that found it, such as device, help or long-wait.
	Kind string `json:"kind"`
	// Tone is alarm (people suffer now) or pause (they will, or few do).
	Tone string `json:"tone" enum:"alarm,pause"`
	// What it is about, as far as it is about such a thing.
	Zone    string `json:"zone,omitempty"`
	Window  string `json:"window,omitempty"`
	Service string `json:"service,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Role    string `json:"role,omitempty"`
	Device  string `json:"device,omitempty"`
	// Class and State are the device's.
	Class  string `json:"class,omitempty"`
	State  string `json:"state,omitempty"`
	Ticket string `json:"ticket,omitempty"`
	// Name is what people call the thing, Place where it is.
	Name  string `json:"name"`
	Place string `json:"place,omitempty"`
	// Detail and Advice are the hall-server's words, where it has any.
	Detail string `json:"detail,omitempty"`
	Advice string `json:"advice,omitempty"`
	Model  string `json:"model,omitempty"`
	// DetailEN and ModelEN are a device's cause and model in English, where its
	// agent has words for them.
	DetailEN string `json:"detailEn,omitempty"`
	ModelEN  string `json:"modelEn,omitempty"`
	// Said is Detail by its code, as far as it has one.
	Said *Sentence `json:"said,omitempty"`
	// Number is a ticket's, Count the persons, places or points it is about,
	// Limit what they should be.
	Number string  `json:"number,omitempty"`
	Count  float64 `json:"count,omitempty"`
	Limit  float64 `json:"limit,omitempty"`
	// People is how many it touches, Cost that times the minutes until it was
	// told.
	People float64 `json:"people"`
	Cost   float64 `json:"cost"`
	// Since is when it began, Ended when it was over; absent while it lasts.
	Since time.Time  `json:"since"`
	Ended *time.Time `json:"ended,omitempty"`
	// Taken says who sees to it; absent while nobody does.
	Taken *AlarmTaken `json:"taken,omitempty"`
}

// AlarmTaken says who sees to an alarm.
type AlarmTaken struct {
	// Name is who goes, By the account that said so.
	Name string    `json:"name"`
	By   string    `json:"by"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
}
