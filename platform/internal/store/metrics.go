package store

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	dueDesc   = prometheus.NewDesc("smarthall_platform_events_due", "Events that a consumer has yet to take.", []string{"consumer"}, nil)
	lagDesc   = prometheus.NewDesc("smarthall_platform_events_lag_seconds", "Age of the oldest event that a consumer has yet to take.", []string{"consumer"}, nil)
	stuckDesc = prometheus.NewDesc("smarthall_platform_events_stuck", "Events that a consumer can't take and that wait for somebody.", []string{"consumer"}, nil)
)

// Describe implements prometheus.Collector.
func (s *Store) Describe(ch chan<- *prometheus.Desc) {
	ch <- dueDesc
	ch <- lagDesc
	ch <- stuckDesc
}

// Collect implements prometheus.Collector.
func (s *Store) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	lags, err := s.Lags(ctx)
	if err != nil {
		return // readyz tells of it
	}
	for _, l := range lags {
		behind := 0.0
		if !l.Oldest.IsZero() {
			behind = max(0, s.Now().Sub(l.Oldest).Seconds())
		}
		ch <- prometheus.MustNewConstMetric(dueDesc, prometheus.GaugeValue, float64(l.Due), l.Consumer)
		ch <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, behind, l.Consumer)
		ch <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(l.Stuck), l.Consumer)
	}
}
