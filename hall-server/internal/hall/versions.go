package hall

import (
	"context"
	"fmt"
	"time"
)

// Cause says how a version of the hall file came to be.
type Cause string

// The causes.
const (
	CauseFirst   Cause = "first"   // the file that the hall began with
	CauseForm    Cause = "form"    // edits of a form
	CauseText    Cause = "text"    // the file edited as a text
	CauseRestore Cause = "restore" // an earlier version brought back
	CauseDisk    Cause = "disk"    // the file was changed on disk
)

// Version is a hall file that came into force. Versions are only ever added.
type Version struct {
	// ID counts from 1.
	ID int64
	At time.Time
	// By is who made it, such as admin:zhou; Name is that person's name at the
	// time. Both are hall for what was found on disk.
	By, Name string
	// Note is what they say of it, Changes what it changed, in words.
	Note    string
	Cause   Cause
	Changes []string
	// Restored is the version that this one brings back; 0 for others.
	Restored int64
	// Tag names its text.
	Tag string
}

// Keeper keeps versions.
type Keeper interface {
	// AddHallVersion keeps a version with its text and returns its id.
	AddHallVersion(ctx context.Context, v Version, text []byte) (int64, error)
	// LastHallVersion is the newest version; false if there is none.
	LastHallVersion(ctx context.Context) (Version, []byte, bool, error)
}

// Keep has every version kept from now on. A file that isn't the last version
// kept, because somebody edited it on disk or there is none yet, is taken in as
// one.
func (l *Live) Keep(ctx context.Context, keeper Keeper, now func() time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, text, ok, err := keeper.LastHallVersion(ctx)
	if err != nil {
		return fmt.Errorf("look for versions of the hall file: %w", err)
	}
	l.keeper, l.clock = keeper, now
	v := l.now.Load()
	if ok && last.Tag == v.tag && string(text) == string(v.text) {
		return nil
	}
	first := Version{At: now(), By: "hall", Name: "系统", Cause: CauseFirst, Tag: v.tag, Changes: []string{"开始使用的配置"}}
	if ok {
		first.Cause, first.Changes = CauseDisk, Changes(text, v.text)
	}
	if _, err := keeper.AddHallVersion(ctx, first, v.text); err != nil {
		return fmt.Errorf("keep the hall file: %w", err)
	}
	return nil
}

// keep adds the version that old was changed to. Guarded by mu.
func (l *Live) keep(ctx context.Context, c Change, old, v *version) error {
	if l.keeper == nil || string(old.text) == string(v.text) {
		return nil
	}
	_, err := l.keeper.AddHallVersion(ctx, Version{
		At: l.clock(), By: c.By, Name: c.Name, Note: c.Note, Cause: c.Cause, Restored: c.Restored,
		Changes: Changes(old.text, v.text), Tag: v.tag,
	}, v.text)
	if err != nil {
		return fmt.Errorf("keep the hall file: %w", err)
	}
	return nil
}
