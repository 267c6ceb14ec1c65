package profiles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"smarthall/hall-server/internal/profiles/history"
	"smarthall/internal/atomicfile"
)

// Change says who changes a profile and what they saw before.
type Change struct {
	// Base is the profile's newest version as they saw it; 0 for none.
	Base int64
	// By, Name and Note are the Version's.
	By, Name, Note string
	// Seats are the hall's devices, which don't change meanwhile.
	Seats []Seat
}

// Errors of changes. After none of them anything is changed.
var (
	// ErrFull says that a hall can't keep more profiles.
	ErrFull = errors.New("too many profiles of the hall's own")
	// ErrUnknown says that the hall has no such profile of its own.
	ErrUnknown = errors.New("no such profile of the hall's own")
	// ErrGone says that a version has no text: it took its profile away.
	ErrGone = errors.New("the version took its profile away")
)

// Changed says that somebody else changed the profile in the meantime.
type Changed struct{ Newest history.Version }

func (e *Changed) Error() string {
	return fmt.Sprintf("profile %s is at version %d by now", e.Newest.Profile, e.Newest.ID)
}

// Refused says what stands against a change.
type Refused struct{ Reasons []Reason }

func (e *Refused) Error() string { return "refused: " + e.Reasons[0].Text }

// toldLines is how many changed lines are kept with a version.
const toldLines = 20

// Save keeps a profile, in place of one of the same id. One with mistakes is
// told of in the report, and what is the same as before is no change.
func (s *Service) Save(ctx context.Context, text []byte, c Change) (Report, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	return s.save(ctx, text, c, history.Version{Cause: history.CauseUpload})
}

// Restore brings the text of an earlier version back, as a new one. What would
// come of it is told without doing it if dryRun.
func (s *Service) Restore(ctx context.Context, id int64, c Change, dryRun bool) (Report, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	v, text, err := s.keeper.ProfileVersion(ctx, id)
	switch {
	case err != nil:
		return Report{}, err
	case v.Gone():
		return Report{}, ErrGone
	case dryRun:
		return s.Check(text, c.Seats), nil
	}
	return s.save(ctx, text, c, history.Version{Cause: history.CauseRestore, Restored: id})
}

// save does the work of Save and Restore. The caller holds saving.
func (s *Service) save(ctx context.Context, text []byte, c Change, v history.Version) (Report, error) {
	p, report := s.check(text, c.Seats)
	if report.Model == nil {
		return report, nil
	}
	if err := s.allow(p.id, c, report.Plan); err != nil || !report.Changed {
		return report, err
	}
	s.mu.RLock()
	total, count := len(text), 1
	for other, kept := range s.own {
		if other != p.id {
			total, count = total+len(kept.text), count+1
		}
	}
	s.mu.RUnlock()
	if count > maxOwn || total > maxTotal {
		return report, ErrFull
	}
	v.Profile, v.Revision = p.id, p.now.p.Revision()
	return report, s.commit(ctx, p, c, v)
}

// CheckRemove tells what taking a profile away would do; false if there is none.
func (s *Service) CheckRemove(id string, seats []Seat) (Plan, bool) {
	if _, ok := s.Text(id); !ok {
		return noPlan(), false
	}
	return s.propose(id, nil).plan(seats), true
}

// Remove takes a profile of the hall's own away. A shipped one of its id takes
// its place.
func (s *Service) Remove(ctx context.Context, id string, c Change) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	if _, ok := s.Text(id); !ok {
		return ErrUnknown
	}
	p := s.propose(id, nil)
	if err := s.allow(id, c, p.plan(c.Seats)); err != nil {
		return err
	}
	return s.commit(ctx, p, c, history.Version{Profile: id, Cause: history.CauseRemove})
}

// allow is nil if nobody was faster and nothing stands against the change.
func (s *Service) allow(id string, c Change, plan Plan) error {
	if c.Base != plan.Base {
		s.mu.RLock()
		defer s.mu.RUnlock()
		newest := s.newest[id]
		newest.Profile = id
		return &Changed{newest}
	}
	if len(plan.Refused) > 0 {
		return &Refused{plan.Refused}
	}
	return nil
}

// commit brings a proposal into force: its file first, then the version. A
// change that can't be kept as a version is taken back. The caller holds saving.
func (s *Service) commit(ctx context.Context, p proposal, c Change, v history.Version) error {
	was, _ := s.Text(p.id)
	is := ""
	if p.now != nil {
		is = p.now.text
	}
	v.At, v.By, v.Name, v.Note = s.now(), c.By, c.Name, c.Note
	v.Lines, v.More = told(was, is)
	if err := s.write(p.id, is); err != nil {
		return err
	}
	// The file is there: whoever asked may have gone, the rest is done.
	id, err := s.keeper.AddProfileVersion(context.WithoutCancel(ctx), v, []byte(is))
	if err != nil {
		return errors.Join(err, s.write(p.id, was))
	}
	v.ID = id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newest[p.id] = v
	if p.now == nil {
		delete(s.own, p.id)
	} else {
		s.own[p.id] = *p.now
	}
	maps.Copy(s.own, p.heirs)
	return nil
}

// told are the lines that are kept with a version.
func told(was, is string) ([]history.Line, int) {
	lines, more := history.Compare(was, is)
	if len(lines) > toldLines {
		lines, more = lines[:toldLines:toldLines], more+len(lines)-toldLines
	}
	return lines, more
}

// write puts a profile's file in place, or takes it away if text is empty.
func (s *Service) write(id, text string) error {
	path := s.path(id)
	if text == "" {
		return atomicfile.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder for the hall's own profiles: %w", err)
	}
	if err := atomicfile.Write(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("keep profile: %w", err)
	}
	return nil
}

// takeIn makes versions of what was found on disk and isn't the newest version
// kept: files that somebody put there or took away, or that were written just
// before the power failed. there are the paths of all files.
func (s *Service) takeIn(ctx context.Context, there map[string]bool) error {
	list, err := s.keeper.NewestProfileVersions(ctx)
	if err != nil {
		return fmt.Errorf("look for versions of device models: %w", err)
	}
	for _, v := range list {
		s.newest[v.Profile] = v
	}
	for _, id := range slices.Sorted(maps.Keys(s.own)) {
		was := ""
		newest, known := s.newest[id]
		if known && !newest.Gone() {
			_, text, err := s.keeper.ProfileVersion(ctx, newest.ID)
			if err != nil {
				return fmt.Errorf("look for the newest version of %s: %w", id, err)
			}
			was = string(text)
		}
		if err := s.found(ctx, id, was, s.own[id].text, s.own[id].p.Revision(), known); err != nil {
			return err
		}
	}
	for _, v := range list {
		if _, ok := s.own[v.Profile]; ok || v.Gone() || there[s.path(v.Profile)] {
			continue
		}
		_, text, err := s.keeper.ProfileVersion(ctx, v.ID)
		if err == nil {
			err = s.found(ctx, v.Profile, string(text), "", "", true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// found keeps what a profile is by its file, if that isn't what was kept.
func (s *Service) found(ctx context.Context, id, was, is, revision string, known bool) error {
	if was == is {
		return nil
	}
	v := history.Version{Profile: id, At: s.now(), By: "hall", Name: "系统", Cause: history.CauseDisk, Revision: revision}
	if !known {
		v.Cause = history.CauseFirst
	}
	v.Lines, v.More = told(was, is)
	var err error
	if v.ID, err = s.keeper.AddProfileVersion(ctx, v, []byte(is)); err != nil {
		return err
	}
	s.log.Info("device model found on disk is taken in", slog.String("profile", id), slog.String("cause", string(v.Cause)))
	s.newest[id] = v
	return nil
}

// Newest is the newest version of a profile; 0 if there never was one.
func (s *Service) Newest(id string) int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.newest[id].ID
}

// Version is a version with its text, or history.ErrNone.
func (s *Service) Version(ctx context.Context, id int64) (history.Version, []byte, error) {
	return s.keeper.ProfileVersion(ctx, id)
}

// Versions are those before the one with id before, all if it is 0, of one
// profile or of all if it is empty: the newest first.
func (s *Service) Versions(ctx context.Context, profile string, before int64, limit int) ([]history.Version, error) {
	return s.keeper.ProfileVersions(ctx, profile, before, limit)
}
