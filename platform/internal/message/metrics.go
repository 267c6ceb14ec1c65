package message

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	triesDesc   = prometheus.NewDesc("smarthall_platform_message_tries_total", "Messages handed to providers, by what became of them.", []string{"provider", "outcome"}, nil)
	receiptDesc = prometheus.NewDesc("smarthall_platform_message_receipts_total", "Receipts of providers, by what became of them.", []string{"provider", "outcome"}, nil)
	waitingDesc = prometheus.NewDesc("smarthall_platform_messages_waiting", "Messages that wait to be handed to a provider.", nil, nil)
)

// counter counts what the metrics show.
type counter struct {
	mu *sync.Mutex
	n  map[*prometheus.Desc]map[[2]string]uint64 // guarded by mu
}

func newCounter() counter {
	return counter{new(sync.Mutex), map[*prometheus.Desc]map[[2]string]uint64{triesDesc: {}, receiptDesc: {}}}
}

func (c counter) add(what *prometheus.Desc, provider, outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what][[2]string{provider, outcome}]++
}

// Describe implements prometheus.Collector.
func (s *Service) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{triesDesc, receiptDesc, waitingDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *Service) Collect(ch chan<- prometheus.Metric) {
	s.counts.mu.Lock()
	for what, byKey := range s.counts.n {
		for key, n := range byKey {
			ch <- prometheus.MustNewConstMetric(what, prometheus.CounterValue, float64(n), key[0], key[1])
		}
	}
	s.counts.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var n int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM message_notice WHERE state = 'created'`).Scan(&n); err == nil {
		ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(n))
	}
}
