package device

import "context"

// DeskDisplay shows what goes on at a desk while nobody is asked: a citizen's
// screen with the window's name plate, or the figures on a clerk's keypad.
type DeskDisplay interface {
	Device
	// ShowDesk shows desk until the next call. It returns once the device
	// confirmed, as far as the model can tell.
	ShowDesk(ctx context.Context, desk Desk) error
}

// Desk is a service window as those on both sides of it may see it.
type Desk struct {
	// Hall and Window are what the name plate says: the hall's name, and the
	// window's number. Name is the window's name.
	Hall, Window, Name string
	// Clerk is who serves here; empty while nobody does.
	Clerk string
	// Paused is what the window says while it is paused; empty while it isn't.
	Paused string
	// Number and Service are of the ticket in front; empty without one. Serving
	// tells that its holder has come.
	Number, Service string
	Serving         bool
	// Waiting counts who may be called here next.
	Waiting int
	// Notices are the hall's, Guides what the services of the window ask for.
	Notices []string
	Guides  []Guide
}

// Guide says what one service asks for.
type Guide struct {
	Service   string
	Materials []string
}

// Screen is a device that is a page in a browser. Whoever has the page's
// connection joins it to the device.
type Screen interface {
	Device
	// Join makes page the one that people look at; an earlier one is told so.
	// It returns what takes the page's messages, each one JSON text, and what
	// is called once when the connection is gone. It is an error while Run
	// doesn't run.
	Join(page ScreenPage) (heard func(message []byte), gone func(), err error)
}

// ScreenPage is the connection of a page. Its methods may be called from any
// goroutine and return at once.
type ScreenPage interface {
	Send(message []byte)
	Close()
}
