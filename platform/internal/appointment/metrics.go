package appointment

import "github.com/prometheus/client_golang/prometheus"

var requestsDesc = prometheus.NewDesc("smarthall_platform_appointment_requests_total", "Requests for an appointment by what became of them.", []string{"outcome"}, nil)

// Describe implements prometheus.Collector.
func (s *Service) Describe(ch chan<- *prometheus.Desc) { ch <- requestsDesc }

// Collect implements prometheus.Collector.
func (s *Service) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for outcome, n := range s.outcomes {
		ch <- prometheus.MustNewConstMetric(requestsDesc, prometheus.CounterValue, float64(n), outcome)
	}
}
