package link

import "time"

// Layouts of screens and LED strips, made in the hall's layout editor. The hall
// sends displays what is published and assigned; a display chooses by the clock
// and tells its pages, also while the hall is away. Pictures and videos go over
// HTTP: the display takes them from the hall at /api/v1/layouts/files/ID/content
// and serves them to its pages at /files/ID.
const (
	// TypeLayoutsChanged (down, display) replaces all layouts and when they are shown: LayoutSet.
	TypeLayoutsChanged Type = "layouts.changed"
	// TypeFeedsChanged (down, display) replaces what other systems told: FeedsView.
	TypeFeedsChanged Type = "feeds.changed"
	// TypeDisplayScreens (up, display) tells which screens it has from now on, so
	// that it is sent the layouts of no others: DisplayScreens.
	TypeDisplayScreens Type = "display.screens"
	// TypeLayoutShow (down, display) tells a page what it shows from now on: LayoutShow.
	TypeLayoutShow Type = "layout.show"
)

// LayoutKind is what a layout is made for.
type LayoutKind string

// The kinds of layouts.
const (
	LayoutScreen LayoutKind = "screen" // a page of blocks, in pixels
	LayoutStrip  LayoutKind = "strip"  // lines of text on an LED strip, in dots
)

// LayoutView is how a screen looks. A page scales as a whole: Width and Height
// are the screen it was drawn for, and all measures of blocks are its pixels.
type LayoutView struct {
	ID     string     `json:"id" maxLength:"40"`
	Name   string     `json:"name"`
	Kind   LayoutKind `json:"kind"`
	Width  int        `json:"width"`
	Height int        `json:"height"`
	// Theme is the colours of a page: dark for walls, or light.
	Theme string `json:"theme,omitempty" required:"false" enum:"dark,light"`
	// Picture is the file behind the blocks.
	Picture string `json:"picture,omitempty" required:"false" maxLength:"64"`
	// Blocks are painted in their order, the last on top.
	Blocks []LayoutBlock `json:"blocks,omitempty" required:"false"`
	// Strip is what an LED strip says.
	Strip *StripLayout `json:"strip,omitempty" required:"false"`
	// Version counts the publications; 0 for a draft.
	Version int `json:"version,omitempty" required:"false"`
}

// LayoutBlock is a part of a page.
type LayoutBlock struct {
	// ID is unique in its layout.
	ID string `json:"id" maxLength:"40"`
	// Kind is hero (the newest call), calls, queue (services with next numbers
	// and waits), plate (单位名称+窗口), state (of a window), clock, feed, notices,
	// text, picture, video, qr or plan.
	Kind string `json:"kind" maxLength:"20"`
	X    int    `json:"x"`
	Y    int    `json:"y"`
	W    int    `json:"w"`
	H    int    `json:"h"`
	// Set is what the block shows, Style how.
	Set   BlockSet   `json:"set"`
	Style BlockStyle `json:"style"`
}

// BlockSet is what a block shows; a kind uses what it has a meaning for.
type BlockSet struct {
	// Zone limits calls and services; empty is the screen's own zone.
	Zone string `json:"zone,omitempty" required:"false"`
	// Services are the ids of those shown; empty shows all.
	Services []string `json:"services,omitempty" required:"false"`
	// Count is how many rows there are, Skip how many calls others show already.
	Count int `json:"count,omitempty" required:"false"`
	Skip  int `json:"skip,omitempty" required:"false"`
	// Window is which of the windows below the screen, from 1; 0 is the first.
	Window int `json:"window,omitempty" required:"false"`
	// Title stands above the block.
	Title string `json:"title,omitempty" required:"false"`
	// Text is what a text or a code says.
	Text string `json:"text,omitempty" required:"false"`
	// File is a picture's or video's; Fit is contain or cover.
	File string `json:"file,omitempty" required:"false" maxLength:"64"`
	Fit  string `json:"fit,omitempty" required:"false" enum:"contain,cover"`
	// Feed is the name of what another system tells.
	Feed string `json:"feed,omitempty" required:"false"`
	// Format is of a clock: time, date or both; of a feed: line, tiles or rows;
	// of a plate: name, or unit for the office's name before the window's; of a
	// plan: the floor.
	Format string `json:"format,omitempty" required:"false" maxLength:"40"`
}

// BlockStyle is how a block looks, in words of the design language.
type BlockStyle struct {
	Size  string `json:"size,omitempty" required:"false" enum:"s,m,l,xl"`
	Tone  string `json:"tone,omitempty" required:"false" enum:"plain,panel,soft,accent"`
	Align string `json:"align,omitempty" required:"false" enum:"left,center,right"`
}

// StripLayout is what an LED strip says in each state of the windows below it.
// A state without pages is told in the strip's usual words. Texts may hold
// {number}, {window}, {unit}, {name}, {service}, {words} (of the pause), {time}, {date}.
type StripLayout struct {
	Called  []StripPage `json:"called,omitempty" required:"false"`
	Serving []StripPage `json:"serving,omitempty" required:"false"`
	Idle    []StripPage `json:"idle,omitempty" required:"false"`
	Paused  []StripPage `json:"paused,omitempty" required:"false"`
	Closed  []StripPage `json:"closed,omitempty" required:"false"`
}

// StripPage is a text that stands for so many seconds. With Areas the strip is
// divided, and Text is what a strip says that can't be.
type StripPage struct {
	Text    string      `json:"text"`
	Seconds int         `json:"seconds"`
	Areas   []StripArea `json:"areas,omitempty" required:"false"`
}

// StripArea is a part of a strip with its own text, in dots from the left upper
// corner. Areas of a page don't overlap.
type StripArea struct {
	X    int    `json:"x"`
	Y    int    `json:"y"`
	W    int    `json:"w"`
	H    int    `json:"h"`
	Text string `json:"text"`
}

// DisplayScreens are the screens of one display: its LED strips and the pages
// that are open, or were a while ago.
type DisplayScreens struct {
	// Screens are named as in ScreenPlan, at most MaxDisplayScreens.
	Screens []string `json:"screens"`
}

// Bounds of DisplayScreens: how many names, and the bytes of one.
const (
	MaxDisplayScreens = 64
	MaxScreenName     = 80
)

// LayoutSet is what a hall's screens show; a display gets what its own do.
type LayoutSet struct {
	// Rev changes with the content.
	Rev     string       `json:"rev"`
	Layouts []LayoutView `json:"layouts,omitempty"`
	Screens []ScreenPlan `json:"screens,omitempty"`
	// Files are those that the layouts name.
	Files []LayoutFile `json:"files,omitempty"`
	Voice []VoiceRule  `json:"voice,omitempty"`
}

// ScreenPlan is what one screen shows when. Screen is a page's name, such as
// board-A or window-3, or a strip's, such as display-1/strip-3.
type ScreenPlan struct {
	Screen string     `json:"screen" maxLength:"80"`
	Slots  []ShowSlot `json:"slots"`
}

// ShowSlot shows a layout at certain times. Of those that apply the one with
// the highest priority counts; where none does, the screen's built-in page.
type ShowSlot struct {
	Layout string `json:"layout" maxLength:"40"`
	// From and To are HH:MM in the hall's time zone; To before From goes on past
	// midnight; both empty is the whole day.
	From string `json:"from,omitempty" required:"false" maxLength:"5"`
	To   string `json:"to,omitempty" required:"false" maxLength:"5"`
	// Weekdays are 1 (Monday) to 7; empty is every day.
	Weekdays []int `json:"weekdays,omitempty" required:"false"`
	// Days are working days or days off by the official calendar; empty is both.
	Days string `json:"days,omitempty" required:"false" enum:"work,off"`
	// First and Last are days YYYY-MM-DD, both included; empty is without end.
	First string `json:"first,omitempty" required:"false" maxLength:"10"`
	Last  string `json:"last,omitempty" required:"false" maxLength:"10"`
	// Priority is 0 to 9, the higher the stronger.
	Priority int `json:"priority,omitempty" required:"false"`
}

// LayoutFile is a picture or video that layouts show.
type LayoutFile struct {
	// ID is the SHA-256 of the content, in hex.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Type is image/png, image/jpeg, image/webp, video/mp4 or video/webm.
	Type string `json:"type"`
	// Size is in bytes.
	Size int64 `json:"size"`
}

// VoiceRule is how calls of a zone are spoken at certain hours. The first rule
// that applies counts.
type VoiceRule struct {
	// Zone is empty for all.
	Zone string `json:"zone,omitempty" required:"false"`
	// From and To are as in ShowSlot.
	From string `json:"from,omitempty" required:"false" maxLength:"5"`
	To   string `json:"to,omitempty" required:"false" maxLength:"5"`
	// Volume is 0 (silent) to 100, of the display's own.
	Volume int `json:"volume"`
	// Repeat is how often a call is said, 1 to 3.
	Repeat int `json:"repeat,omitempty" required:"false"`
	// Order is 0 to 9: of calls that wait to be spoken, the lower goes first.
	Order int `json:"order,omitempty" required:"false"`
}

// FeedsView is what other systems told, such as the weather.
type FeedsView struct {
	Feeds []FeedView `json:"feeds"`
}

// FeedView is the latest of one feed.
type FeedView struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	// Rows are figures, or cases with what became of them.
	Rows []FeedRow `json:"rows,omitempty"`
	At   time.Time `json:"at"`
	// Until is when it is too old to be shown.
	Until time.Time `json:"until"`
}

// FeedRow is one line of a feed.
type FeedRow struct {
	Label string `json:"label" maxLength:"60"`
	Value string `json:"value" maxLength:"60"`
}

// LayoutShow is the layout of a page; without one it shows what is built in.
type LayoutShow struct {
	Layout *LayoutView `json:"layout,omitempty"`
}
