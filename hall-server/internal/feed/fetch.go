package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"smarthall/hall-server/internal/layout"
	"smarthall/internal/link"
	"smarthall/internal/problem"
)

// wrong is an answer that isn't what a source says, told as it is.
type wrong string

func (w wrong) Error() string { return string(w) }

// errHost is a source whose host isn't allowed any more.
var errHost = wrong("服务器设置里不再允许这个地址")

// words are what the administrator is told of an error; empty for none.
func words(err error) string {
	var said wrong
	var refused *problem.Problem
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errElsewhere):
		return errElsewhere.Error()
	case errors.As(err, &said):
		return string(said)
	case errors.As(err, &refused):
		return refused.Detail
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%d 秒内没有回答", int(fetchWait.Seconds()))
	}
	if r, ok := layout.IsRefusal(err); ok {
		return r.Detail
	}
	return "连不上"
}

// Words are what the administrator is told when Ask fails.
func Words(err error) string { return words(err) }

// get fetches what an address says.
func (s *Service) get(ctx context.Context, one layout.Source) (link.FeedView, error) {
	var none link.FeedView
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, one.URL, http.NoBody)
	if err != nil {
		return none, err
	}
	// The settings may have become narrower since the source was kept.
	if !slices.Contains(s.conf.Hosts, strings.ToLower(req.URL.Host)) {
		return none, errHost
	}
	req.Header.Set("Accept", "application/json, text/plain")
	req.Header.Set("User-Agent", "smarthall-feed")
	resp, err := s.client.Do(req)
	if err != nil {
		return none, err
	}
	defer func() { _ = resp.Body.Close() }() // read as far as it is wanted
	if resp.StatusCode != http.StatusOK {
		return none, wrong(fmt.Sprintf("对方回答 %d", resp.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	if err != nil {
		return none, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxBytes {
		return none, wrong(fmt.Sprintf("内容超过 %d KB", maxBytes>>10))
	}
	return Read(one, body)
}

// topicReady asks the platform for results that wait in this hall.
const topicReady = "ready-list"

// readyList is the platform's answer: names are masked there.
type readyList struct {
	Cases []struct {
		Applicant string `json:"applicant"`
		Tail      string `json:"tail"` // of the case's number
		Result    string `json:"result"`
	} `json:"cases"`
}

// ready asks the platform whose results wait here.
func (s *Service) ready(ctx context.Context) (link.FeedView, error) {
	if s.conf.City == nil {
		return link.FeedView{}, wrong("本大厅没有接入市级平台")
	}
	var answer readyList
	if err := s.conf.City.Ask(ctx, topicReady, "feed", struct{}{}, &answer); err != nil {
		return link.FeedView{}, err
	}
	v := link.FeedView{Title: "可领取"}
	for _, c := range answer.Cases {
		if len(v.Rows) == maxRows {
			break
		}
		v.Rows = append(v.Rows, link.FeedRow{Label: shorten(c.Applicant + " 尾号" + c.Tail), Value: shorten(c.Result)})
	}
	if len(v.Rows) == 0 {
		v.Text = "暂无待领取的证照"
	}
	return v, nil
}
