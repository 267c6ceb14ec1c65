package httpd

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/hall"
)

// readerKey is where a context keeps that whoever asks reads English.
type readerKey struct{}

// humaReader notes in which language the mistakes of a hall file are read.
func humaReader(ctx huma.Context, next func(huma.Context)) {
	next(huma.WithValue(ctx, readerKey{}, readsEnglish(ctx.Header("Accept-Language"))))
}

// readsEnglish tells whether the first language that a header names is none of
// Chinese; browsers that name none read Chinese.
func readsEnglish(header string) bool {
	first, _, _ := strings.Cut(header, ",")
	first, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(first)), ";")
	return first != "" && first != "*" && first != "zh" && !strings.HasPrefix(first, "zh-")
}

// inWordsOf gives a problem with a hall file the words of whoever asks.
func inWordsOf(ctx context.Context, p *Problem) *Problem {
	if english, _ := ctx.Value(readerKey{}).(bool); !english {
		return p
	}
	said := *p
	said.Detail = hall.English(p.Detail)
	said.Errors = make([]FieldError, len(p.Errors))
	for i, e := range p.Errors {
		e.Message = hall.English(e.Message)
		said.Errors[i] = e
	}
	return &said
}

// effectsFor gives effects the words of whoever asks.
func effectsFor(ctx context.Context, list []effect) []effect {
	if english, _ := ctx.Value(readerKey{}).(bool); english {
		for i := range list {
			list[i].Text = hall.English(list[i].Text)
		}
	}
	return list
}
