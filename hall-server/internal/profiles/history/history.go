// Package history says what is kept of the device models of a hall's own: every
// text that one had, with who brought it or took it away, when and why.
package history

import (
	"context"
	"errors"
	"time"
)

// Cause says how a version came to be.
type Cause string

// The causes.
const (
	CauseFirst   Cause = "first"   // it was there before versions were kept
	CauseUpload  Cause = "upload"  // a file that somebody uploaded
	CauseRemove  Cause = "remove"  // it was taken away
	CauseRestore Cause = "restore" // an earlier version brought back
	CauseDisk    Cause = "disk"    // its file was changed on disk
)

// Version is what became of one profile at a time.
type Version struct {
	// ID counts from 1, over all profiles.
	ID      int64
	Profile string
	At      time.Time
	// By is who made it, such as admin:zhou; Name is that person's name at the
	// time. Both are hall's for what was found on disk.
	By, Name string
	// Note is what they say of it.
	Note  string
	Cause Cause
	// Restored is the version that this one brings back; 0 for others.
	Restored int64
	// Lines are the first of those that it changed, More how many others.
	Lines []Line
	More  int
	// Revision is the beginning of the profile's hash; empty where it was taken
	// away.
	Revision string
}

// Gone tells whether the profile was taken away.
func (v Version) Gone() bool { return v.Revision == "" }

// Bounds of what is kept: for each profile, and for all together. What is in
// force is kept always; the oldest go first.
const (
	MaxEach  = 100
	MaxAll   = 5000
	MaxBytes = 64 << 20
)

// Keeper keeps versions within the bounds.
type Keeper interface {
	// AddProfileVersion keeps a version with its text, which is empty where the
	// profile was taken away, and returns its id.
	AddProfileVersion(ctx context.Context, v Version, text []byte) (int64, error)
	// NewestProfileVersions are the newest version of each profile.
	NewestProfileVersions(ctx context.Context) ([]Version, error)
	// ProfileVersion is a version with its text, or ErrNone.
	ProfileVersion(ctx context.Context, id int64) (Version, []byte, error)
	// ProfileVersions are the versions before the one with id before, all if it
	// is 0, of one profile or of all if it is empty: the newest first, limit of
	// them at most.
	ProfileVersions(ctx context.Context, profile string, before int64, limit int) ([]Version, error)
}

// ErrNone says that there is no such version, or no longer.
var ErrNone = errors.New("no such version of a device model")
