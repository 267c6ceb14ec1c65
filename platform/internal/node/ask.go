package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"smarthall/internal/bus"
	"smarthall/internal/problem"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

// Asked answers what a hall asks for somebody who stands there: ctx knows the
// hall, from names who asks in it, such as a machine. What it returns is sent as
// JSON; a fault is told as it is.
type Asked func(ctx context.Context, from string, body json.RawMessage) (any, error)

// OnAsk sets who answers a topic. It is called before Run.
func (s *Service) OnAsk(topic string, a Asked) { s.asked[topic] = a }

// errTopic is for a topic of a newer hall.
var errTopic = fault.New(fault.NotFound, "node.topic", "平台还不支持这项查询，请联系平台管理员升级")

// maxFrom bounds the name of who asks, in bytes.
const maxFrom = 100

// answer answers a hall until ctx ends.
func (s *Service) answer(ctx context.Context, b *bus.Bus, hall string) {
	err := b.Answer(ctx, Domain(hall), func(ctx context.Context, topic string, question []byte) []byte {
		return s.reply(ctx, hall, topic, question)
	})
	if err != nil {
		s.Log.Error("hall isn't answered", slog.String("hall", hall), slog.Any("err", err))
	}
}

// reply is the answer to one question.
func (s *Service) reply(ctx context.Context, hall, topic string, question []byte) []byte {
	body, err := s.resolve(access.With(ctx, access.Caller{Kind: access.Hall, ID: hall}), topic, question)
	reply := bus.Reply{Body: body}
	outcome := outcomeTaken
	if err != nil {
		outcome = outcomeRefused
		if f := fault.Of(err); f != nil {
			reply.Problem = httpd.Told(f)
		} else {
			outcome = outcomeFailed
			s.Log.Error("hall not answered", slog.String("hall", hall), slog.String("topic", topic), slog.Any("err", err))
			reply.Problem = problem.New(http.StatusInternalServerError, "internal", "系统出错，请联系技术人员")
		}
	}
	s.count("ask."+topicName(s.asked, topic), outcome)
	data, err := json.Marshal(reply)
	if err != nil {
		s.Log.Error("answer to a hall", slog.String("topic", topic), slog.Any("err", err))
		return nil
	}
	return data
}

// topicName keeps what a hall makes up out of the counters.
func topicName(known map[string]Asked, topic string) string {
	if known[topic] == nil {
		return "unknown"
	}
	return topic
}

func (s *Service) resolve(ctx context.Context, topic string, question []byte) (json.RawMessage, error) {
	var q bus.Question
	if err := json.Unmarshal(question, &q); err != nil || len(q.From) > maxFrom {
		return nil, ErrEvent.Because(err)
	}
	a := s.asked[topic]
	if a == nil {
		return nil, errTopic
	}
	// A hall that was closed is still linked.
	if h, err := s.Hall(ctx, access.From(ctx).ID); err != nil || h.State != "active" {
		return nil, ErrHallToken.Because(err)
	}
	answer, err := a(ctx, q.From, q.Body)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}
