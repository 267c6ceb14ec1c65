package uplink

import "github.com/prometheus/client_golang/prometheus"

var (
	linkedDesc = prometheus.NewDesc("smarthall_uplink_linked", "1 while the platform is reached.", nil, nil)
	behindDesc = prometheus.NewDesc("smarthall_uplink_records_behind", "Records of the log that aren't in the stream to the platform yet.", nil, nil)
	eventsDesc = prometheus.NewDesc("smarthall_uplink_events_total",
		"Events of the link by what became of them: sent up, taken (down), refused, come again, ignored, invalid; gaps in what came down (lost) and up (missed).", []string{"outcome"}, nil)
)

// Collector shows how the link fares.
func (s *Service) Collector() prometheus.Collector { return collector{s} }

type collector struct{ s *Service }

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{linkedDesc, behindDesc, eventsDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	status := c.s.Status()
	linked := 0.0
	if status.Linked {
		linked = 1
	}
	ch <- prometheus.MustNewConstMetric(linkedDesc, prometheus.GaugeValue, linked)
	ch <- prometheus.MustNewConstMetric(behindDesc, prometheus.GaugeValue, float64(status.Behind))
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for outcome, n := range c.s.counts {
		ch <- prometheus.MustNewConstMetric(eventsDesc, prometheus.CounterValue, float64(n), outcome)
	}
}
