package node

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	eventsDesc = prometheus.NewDesc("smarthall_platform_hall_events_total", "Events of halls by what became of them.", []string{"type", "outcome"}, nil)
	heardDesc  = prometheus.NewDesc("smarthall_platform_hall_heard_seconds", "Age of the last event heard of a hall.", []string{"hall"}, nil)
	parkedDesc = prometheus.NewDesc("smarthall_platform_events_parked", "Events of halls that were refused and wait for somebody.", nil, nil)
	unsentDesc = prometheus.NewDesc("smarthall_platform_events_unsent", "Events for halls that the bus doesn't have yet.", nil, nil)
	linkedDesc = prometheus.NewDesc("smarthall_platform_halls_linked", "1 while a hall's link is up.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Service) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{eventsDesc, heardDesc, parkedDesc, unsentDesc, linkedDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *Service) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	s.mu.Lock()
	for key, n := range s.counts {
		ch <- prometheus.MustNewConstMetric(eventsDesc, prometheus.CounterValue, float64(n), key[0], key[1])
	}
	b := s.bus
	s.mu.Unlock()
	if b != nil {
		linked := 0.0
		if b.Linked() {
			linked = 1
		}
		ch <- prometheus.MustNewConstMetric(linkedDesc, prometheus.GaugeValue, linked)
	}
	halls, err := s.Halls(ctx)
	if err != nil {
		return
	}
	for _, h := range halls {
		if !h.Heard.IsZero() {
			ch <- prometheus.MustNewConstMetric(heardDesc, prometheus.GaugeValue, s.Store.Now().Sub(h.Heard).Seconds(), h.ID)
		}
	}
	if n, err := s.Store.Unsent(ctx); err == nil {
		ch <- prometheus.MustNewConstMetric(unsentDesc, prometheus.GaugeValue, float64(n))
	}
	if list, err := s.ParkedEvents(ctx); err == nil {
		ch <- prometheus.MustNewConstMetric(parkedDesc, prometheus.GaugeValue, float64(len(list)))
	}
}
