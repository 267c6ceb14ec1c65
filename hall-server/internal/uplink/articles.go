package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/hall-server/internal/store"
)

// The events of the platform's notices and laws.
const (
	typeArticlePublished = "article.published"
	typeArticleWithdrawn = "article.withdrawn"
)

// Limits of an article: bytes of its event, characters of its parts.
const (
	maxArticle     = 256 << 10
	maxArticleLine = 300
	maxArticleBody = 20_000
)

// readArticle reads the body of article.published, which is about the article id.
func readArticle(id string, data json.RawMessage) (*store.Article, error) {
	if len(data) > maxArticle {
		return nil, fmt.Errorf("article of %d bytes", len(data))
	}
	var in struct {
		Kind    string    `json:"kind"`
		Title   string    `json:"title"`
		Source  string    `json:"source"`
		Summary string    `json:"summary"`
		Body    string    `json:"body"`
		At      time.Time `json:"at"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("read article: %w", err)
	}
	a := &store.Article{
		ID: id, Kind: in.Kind, Title: strings.TrimSpace(in.Title), Source: in.Source, Summary: in.Summary, Body: strings.TrimSpace(in.Body), At: in.At,
	}
	long := utf8.RuneCountInString(a.Body) > maxArticleBody
	for _, line := range []string{a.Title, a.Source, a.Summary} {
		long = long || utf8.RuneCountInString(line) > maxArticleLine
	}
	switch {
	case id == "" || len(id) > maxID || a.Title == "" || a.Body == "" || a.At.IsZero():
		return nil, errors.New("article without id, title, text or day")
	case a.Kind != "notice" && a.Kind != "law":
		return nil, fmt.Errorf("article of kind %q", a.Kind)
	case long:
		return nil, errors.New("article with too long parts")
	}
	return a, nil
}
