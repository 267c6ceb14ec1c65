package flow

import "github.com/prometheus/client_golang/prometheus"

var verbsDesc = prometheus.NewDesc("smarthall_platform_flow_verbs_total", "What was done to cases' flows, by verb and what became of it.", []string{"verb", "outcome"}, nil)

// Describe implements prometheus.Collector.
func (s *Service) Describe(ch chan<- *prometheus.Desc) { ch <- verbsDesc }

// Collect implements prometheus.Collector.
func (s *Service) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v, n := range s.verbs {
		ch <- prometheus.MustNewConstMetric(verbsDesc, prometheus.CounterValue, float64(n), v[0], v[1])
	}
}

// count counts a verb. Only those of the API are, so that nobody makes up names.
func (s *Service) count(verb, outcome string) {
	if _, ok := verbs[verb]; !ok {
		verb = "other"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verbs[[2]string{verb, outcome}]++
}
