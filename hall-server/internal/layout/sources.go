package layout

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/link"
)

// Bounds of sources.
const (
	maxSources  = 20
	maxAddress  = 500 // bytes
	maxTemplate = 200 // characters
	// EveryLeast and EveryMost are how often a source is asked, KeepMost for how
	// long its last answer is fit to be shown, all in minutes.
	EveryLeast = 1
	EveryMost  = 24 * 60
	KeepMost   = 48 * 60
)

// The kinds of sources.
const (
	SourceAddress = "address" // a text or JSON at an address
	SourceReady   = "ready"   // results that wait here for their owners, from the platform
)

// Source is where the hall fetches a feed by itself.
type Source struct {
	// Name is the feed's.
	Name  string `json:"name" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]{0,39}$"`
	Kind  string `json:"kind" enum:"address,ready"`
	Title string `json:"title,omitempty" required:"false" maxLength:"60"`
	// URL is asked every so many minutes; only hosts that the settings of the
	// server allow are.
	URL   string `json:"url,omitempty" required:"false" maxLength:"500"`
	Every int    `json:"every" minimum:"1" maximum:"1440" doc:"Minutes between two fetches"`
	Keep  int    `json:"keep" minimum:"1" maximum:"2880" doc:"Minutes for which the last good answer is shown"`
	// Text, Label and Value are texts with JSON pointers in braces, such as
	// {/now/temp}℃; Rows is the pointer to the array whose elements Label and
	// Value are of. All empty: the answer is a text, or JSON as tell-feed takes.
	Text  string `json:"text,omitempty" required:"false" maxLength:"200" doc:"Such as {/now/text} {/now/temp}℃, with JSON pointers into the answer"`
	Rows  string `json:"rows,omitempty" required:"false" maxLength:"200" doc:"JSON pointer to the array of the rows"`
	Label string `json:"label,omitempty" required:"false" maxLength:"200" doc:"With JSON pointers into a row"`
	Value string `json:"value,omitempty" required:"false" maxLength:"200" doc:"With JSON pointers into a row"`
}

// sourcesID is the document of all sources.
const sourcesID = "~sources"

// reserved tells whether a document is no layout.
func reserved(id string) bool { return strings.HasPrefix(id, "~") }

// Sources returns where feeds are fetched, and the rev.
func (s *Service) Sources() ([]Source, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Source{}
	_ = json.Unmarshal(s.docs[sourcesID].Body, &list) // nothing else is ever kept; empty before the first
	return list, s.docs[sourcesID].Rev
}

// SetSources puts a list into force; rev is the one that was read. hosts may be
// asked.
func (s *Service) SetSources(ctx context.Context, rev int, list []Source, hosts []string, by string) (int, error) {
	if len(list) > maxSources {
		return 0, refuse(Invalid, "source.many", fmt.Sprintf("最多设置 %d 个来源", maxSources))
	}
	seen := map[string]bool{}
	for _, one := range list {
		if err := CheckSource(one, hosts); err != nil {
			return 0, err
		}
		if seen[one.Name] {
			return 0, refuse(Invalid, "source.twice", "来源 "+one.Name+" 设置了两次")
		}
		seen[one.Name] = true
	}
	body, err := json.Marshal(list)
	if err != nil {
		return 0, fmt.Errorf("encode sources: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.docs[sourcesID]
	if old.Rev != rev {
		return 0, refuse(Conflict, "layout.changed", "信息来源刚被"+old.By+"修改过，请重新载入后再改")
	}
	d := Doc{ID: sourcesID, Draft: body, Body: body, Rev: old.Rev + 1, Version: old.Version + 1, By: by, At: s.now()}
	if err := s.commit(ctx, old, d, s.audited(Audit{What: didSources, Detail: strconv.Itoa(len(list))}, sourcesID, by)); err != nil {
		return 0, err
	}
	return d.Rev, nil
}

// CheckSource holds a source to the rules; hosts may be asked.
func CheckSource(one Source, hosts []string) error {
	wrong := func(text string) error {
		return refuse(Invalid, "source.wrong", "来源“"+short(one.Name)+"”："+text)
	}
	switch {
	case !feedName.MatchString(one.Name):
		return refuse(Invalid, "feed.name", "信息来源的名字只能用小写字母、数字和 -")
	case one.Kind != SourceAddress && one.Kind != SourceReady:
		return wrong("种类不认识")
	case one.Every < EveryLeast || one.Every > EveryMost:
		return wrong(fmt.Sprintf("获取间隔应为 %d 到 %d 分钟", EveryLeast, EveryMost))
	case one.Keep < one.Every || one.Keep > KeepMost:
		return wrong(fmt.Sprintf("保留时间应不短于获取间隔，最多 %d 分钟", KeepMost))
	case utf8.RuneCountInString(one.Title) > maxFeedLabel || !plain(one.Title):
		return wrong("标题太长，或有不能显示的字符")
	case one.Rows != "" && !strings.HasPrefix(one.Rows, "/"):
		return wrong("列表的位置应以 / 开头，如 /data/list")
	case one.Rows == "" && (one.Label != "" || one.Value != ""):
		return wrong("写了每行的内容，还要写列表的位置")
	case one.Rows != "" && one.Label == "":
		return wrong("写了列表的位置，还要写每行的名称")
	}
	for _, text := range []string{one.Text, one.Rows, one.Label, one.Value} {
		if utf8.RuneCountInString(text) > maxTemplate || !plain(text) || strings.Contains(text, "\n") {
			return wrong("取值的写法太长，或有不能显示的字符")
		}
	}
	if one.Kind == SourceReady {
		if one.URL != "" {
			return wrong("平台的清单不用填地址")
		}
		return nil
	}
	return checkAddress(one.URL, hosts, wrong)
}

func checkAddress(address string, hosts []string, wrong func(string) error) error {
	u, err := url.Parse(address)
	switch {
	case len(address) > maxAddress || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		return wrong("地址应以 http:// 或 https:// 开头")
	case u.User != nil:
		return wrong("地址里不能带账号口令")
	case !slices.Contains(hosts, strings.ToLower(u.Host)):
		return refuse(Invalid, "source.host", "还不允许从 "+short(u.Host)+" 获取，请技术人员用 --feed-hosts 加上它")
	}
	return nil
}

// CheckFeed holds what a source said to the rules of feeds.
func CheckFeed(v link.FeedView) error { return checkFeed(v, 0) }

// Fetched takes what a source said; it is refused like any other feed.
func (s *Service) Fetched(ctx context.Context, from Source, v link.FeedView) (link.FeedView, error) {
	return s.Tell(ctx, v, time.Duration(from.Keep)*time.Minute, from.Kind)
}
