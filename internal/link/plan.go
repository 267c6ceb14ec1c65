package link

// PlanView is the hall drawn to scale, floor by floor. Lengths are metres; x runs
// to the right and y down from a floor's upper left corner.
type PlanView struct {
	Floors []FloorView `json:"floors"`
	// URL opens the plan on a phone.
	URL string `json:"url,omitempty"`
}

// FloorView is one storey.
type FloorView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Width and Depth are its size.
	Width  float64     `json:"width"`
	Depth  float64     `json:"depth"`
	Areas  []AreaView  `json:"areas"`
	Places []PlaceView `json:"places"`
}

// AreaView is a part of a floor with an outline.
type AreaView struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Kind tells what it is: a zone of the hall or seats can be walked through;
	// a room, a counter or a wall can't, one walks round it.
	Kind string `json:"kind" enum:"zone,seats,room,counter,wall"`
	// Zone is the hall's zone that a zone area shows.
	Zone string `json:"zone,omitempty"`
	// Shape is its outline, three corners at least; it closes by itself.
	Shape []Point `json:"shape"`
}

// PlaceView is a spot on a floor that people look for or start from.
type PlaceView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Kind is window, agent (a machine), entrance, exit, stairs, lift, toilet,
	// accessible-toilet, water, copier, desk (consulting), complaints, forms
	// (filling in), reading, nursing, first-aid, seats, parking or other.
	Kind string `json:"kind"`
	// Window is the hall's window that stands here, Agent the machine.
	Window string `json:"window,omitempty"`
	Agent  string `json:"agent,omitempty"`
	// Number and Sign are what the sign above a window says: 3 and 社会保险.
	Number string  `json:"number,omitempty"`
	Sign   string  `json:"sign,omitempty"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	// Turn is where its front looks, in degrees clockwise from down the plan.
	Turn float64 `json:"turn,omitempty"`
	// Leads are the places on other floors that stairs and lifts come out at.
	Leads []string `json:"leads,omitempty"`
}

// Point is a spot on a floor, in metres.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}
