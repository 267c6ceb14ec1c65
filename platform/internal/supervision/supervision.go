// Package supervision watches every case of every hall while it runs (电子监察).
// Events of cases and flows flow in; lights, signals, reminders and urging
// notices flow out. It changes no case: approval, management and supervision
// are kept apart, so that it reads nobody's tables and what it finds
// rests on what was published at the time.
package supervision

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"sync"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Level is how grave a signal is.
type Level string

// The levels.
const (
	Warning    Level = "warning"     // 预警
	YellowCard Level = "yellow-card" // 黄牌
	RedCard    Level = "red-card"    // 红牌
)

// never is a moment that doesn't come, for what is sorted by when it comes.
const never = math.MaxInt64

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Audit *audit.Log
	// Calendar is the working days of a region.
	Calendar func(ctx context.Context, region string) (*calendar.Calendar, error)
	// Body is the region of an organisation; false if there is none.
	Body func(ctx context.Context, organisation string) (region string, known bool, err error)
	// StaffName is what a member of staff is called; nil, or empty: the id is
	// shown.
	StaffName func(ctx context.Context, id string) string
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config

	mu        sync.Mutex
	reckoners map[string]reckoner // guarded by mu
}

// reckoner counts in a region's days, as read a moment ago.
type reckoner struct {
	limit.Reckoner
	read time.Time
}

// Open makes the context's tables. Listen must follow.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "supervision", files); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	if conf.StaffName == nil {
		conf.StaffName = func(context.Context, string) string { return "" }
	}
	return &Service{Config: conf, reckoners: map[string]reckoner{}}, nil
}

// The ways this context says no.
var (
	ErrUnknown = fault.New(fault.NotFound, "supervision.unknown", "没有这条记录，或者不在您的监察范围内")
	ErrInput   = fault.New(fault.Invalid, "supervision.input", "填写的内容有误")
	ErrState   = fault.New(fault.Conflict, "supervision.state", "当前状态不能进行此操作，请刷新后重试")
)

// fresh is how long a region's days and rules are taken as read.
const fresh = 30 * time.Second

// reckon returns what counts in a region.
func (s *Service) reckon(ctx context.Context, region string) (limit.Reckoner, error) {
	now := time.Now()
	s.mu.Lock()
	held, ok := s.reckoners[region]
	s.mu.Unlock()
	if ok && now.Sub(held.read) < fresh {
		return held.Reckoner, nil
	}
	cal, err := s.Calendar(ctx, region)
	if err != nil {
		return limit.Reckoner{}, fmt.Errorf("read the working days of %s: %w", region, err)
	}
	warn, err := s.warning(ctx, region)
	if err != nil {
		return limit.Reckoner{}, err
	}
	made := limit.Reckoner{Calendar: cal, Place: s.Zone, Warn: warn}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.reckoners) > 1000 {
		clear(s.reckoners)
	}
	s.reckoners[region] = reckoner{made, now}
	return made, nil
}

// forget makes the next count read the days and rules anew.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.reckoners)
}

// warning is when lights turn yellow in a region: the rule of the narrowest
// region around it.
func (s *Service) warning(ctx context.Context, region string) (w limit.Warning, err error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return w, err
	}
	narrowest := -1
	for _, r := range rules {
		if n := len(access.Stem(r.Region)); access.Within(region, r.Region) && n > narrowest {
			w, narrowest = limit.Warning{Share: r.Share, Left: r.Days}, n
		}
	}
	return w, nil
}

// Rule says when lights turn yellow in a region and all below it.
type Rule struct {
	Region string `json:"region" minLength:"2" maxLength:"12" doc:"GB/T 2260"`
	// Share is the part of a term in working days that is left at most, in
	// percent; Days the number of working days.
	Share int `json:"share" minimum:"1" maximum:"90"`
	Days  int `json:"days" minimum:"1" maximum:"30"`
}

// Rules are the rules of all regions.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT region, share, days FROM supervision_rule ORDER BY region`)
	if err != nil {
		return nil, fmt.Errorf("read the rules of supervision: %w", err)
	}
	defer rows.Close()
	list := []Rule{}
	for rows.Next() {
		var r Rule
		if err := rows.Scan(&r.Region, &r.Share, &r.Days); err != nil {
			return nil, fmt.Errorf("read the rules of supervision: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// clockText is a clock as it is stored; empty for none.
func clockText(c *limit.Clock) (string, error) {
	if c == nil {
		return "", nil
	}
	data, err := json.Marshal(c)
	return string(data), err
}

// readClock is a stored clock, or nil.
func readClock(text string) (*limit.Clock, error) {
	if text == "" {
		return nil, nil
	}
	var c limit.Clock
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("read a clock: %w", err)
	}
	return &c, nil
}
