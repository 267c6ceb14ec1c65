package agent

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"smarthall/internal/link"
)

// metrics is what an agent tells Prometheus: the link, the pages, the devices'
// states and what became of print jobs.
type metrics struct {
	agent    *Agent
	registry *prometheus.Registry
	prints   *prometheus.CounterVec

	linkUp, pages, device, since *prometheus.Desc
}

func newMetrics(a *Agent) *metrics {
	m := &metrics{
		agent:    a,
		registry: prometheus.NewRegistry(),
		prints: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "smarthall_prints_total", Help: "Print jobs by outcome.",
		}, []string{"outcome"}),
		linkUp: prometheus.NewDesc("smarthall_link_up", "1 while the hall-server can be reached.", nil, nil),
		pages:  prometheus.NewDesc("smarthall_pages", "Connected pages.", nil, nil),
		device: prometheus.NewDesc("smarthall_device_state", "1 for the state a device is in.",
			[]string{"device", "class", "profile", "revision", "state"}, nil),
		since: prometheus.NewDesc("smarthall_device_since_seconds", "How long a device has been in its state.",
			[]string{"device", "class"}, nil),
	}
	for _, o := range []link.PrintOutcome{link.PrintPrinted, link.PrintFailed, link.PrintPartial, link.PrintExpired, link.PrintUnknown, link.PrintBusy} {
		m.prints.WithLabelValues(string(o))
	}
	m.registry.MustRegister(m.prints, m)
	return m
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.linkUp
	ch <- m.pages
	ch <- m.device
	ch <- m.since
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	up := 0.0
	if m.agent.Client.Online() {
		up = 1
	}
	ch <- prometheus.MustNewConstMetric(m.linkUp, prometheus.GaugeValue, up)
	m.agent.mu.Lock()
	pages := len(m.agent.pages)
	m.agent.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(m.pages, prometheus.GaugeValue, float64(pages))
	now := m.agent.Client.Now()
	for _, d := range m.agent.Devices.Views() {
		ch <- prometheus.MustNewConstMetric(m.device, prometheus.GaugeValue, 1, d.ID, d.Class, d.Profile, d.Revision, d.State)
		ch <- prometheus.MustNewConstMetric(m.since, prometheus.GaugeValue, max(0, now.Sub(d.Since).Seconds()), d.ID, d.Class)
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
