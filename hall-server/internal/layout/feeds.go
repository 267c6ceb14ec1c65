package layout

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/link"
)

// Bounds of feeds.
const (
	maxFeeds     = 30
	maxFeedRows  = 20
	maxFeedText  = 200 // characters
	maxFeedLabel = 60
	usualLife    = time.Hour
	longestLife  = 48 * time.Hour
)

var feedName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Tell takes what another system tells; life is for how long it is fit to be
// shown, zero for an hour.
func (s *Service) Tell(ctx context.Context, v link.FeedView, life time.Duration, by string) (link.FeedView, error) {
	if !feedName.MatchString(v.Name) {
		return v, refuse(Invalid, "feed.name", "信息来源的名字只能用小写字母、数字和 -")
	}
	if err := checkFeed(v, life); err != nil {
		return v, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.feeds[v.Name]; !known && len(s.feeds) >= maxFeeds {
		return v, refuse(Full, "feed.many", fmt.Sprintf("信息来源最多 %d 个，请先删除不用的", maxFeeds))
	}
	v.At = s.conf.Now()
	v.Until = v.At.Add(cmp.Or(life, usualLife))
	f := Feed{v, by}
	if err := s.conf.Table.SaveLayoutFeed(ctx, f); err != nil {
		return v, err
	}
	s.feeds[v.Name] = f
	s.conf.Changed()
	return v, nil
}

func checkFeed(v link.FeedView, life time.Duration) error {
	long := func(text string, most int) bool { return utf8.RuneCountInString(text) > most || !plain(text) }
	switch {
	case life < 0 || life > longestLife:
		return refuse(Invalid, "feed.life", "有效时间应在 48 小时以内")
	case long(v.Title, maxFeedLabel), long(v.Text, maxFeedText), len(v.Rows) > maxFeedRows:
		return refuse(Invalid, "feed.large", fmt.Sprintf("信息太长：文字 %d 字以内，最多 %d 行", maxFeedText, maxFeedRows))
	case strings.TrimSpace(v.Text) == "" && len(v.Rows) == 0:
		return refuse(Invalid, "feed.empty", "信息是空的")
	}
	for _, r := range v.Rows {
		if long(r.Label, maxFeedLabel) || long(r.Value, maxFeedLabel) {
			return refuse(Invalid, "feed.large", fmt.Sprintf("每行的名称和内容都应在 %d 字以内", maxFeedLabel))
		}
	}
	return nil
}

// Feeds returns what was told, by name, old things included.
func (s *Service) Feeds() []link.FeedView {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]link.FeedView, 0, len(s.feeds))
	for _, f := range s.feeds {
		out = append(out, f.FeedView)
	}
	slices.SortFunc(out, func(a, b link.FeedView) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Forget removes a feed.
func (s *Service) Forget(ctx context.Context, name, by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.feeds[name]; !ok {
		return refuse(NotFound, "feed.unknown", "没有这个信息来源")
	}
	if err := s.conf.Table.RemoveLayoutFeed(ctx, name, s.audited(Audit{What: didForget}, name, by)); err != nil {
		return err
	}
	delete(s.feeds, name)
	s.conf.Changed()
	return nil
}
