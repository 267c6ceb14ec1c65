package server

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hub"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/uplink"
	"smarthall/hall-server/internal/view"
	"smarthall/hall-server/internal/webhook"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// hallCollector reads the hall's state when it is scraped.
type hallCollector struct {
	core     *core.Core
	hub      *hub.Hub
	view     *view.Viewer
	webhooks *webhook.Service
	messages *message.Service
}

var (
	waitingDesc  = prometheus.NewDesc("smarthall_tickets_waiting", "Tickets waiting now.", []string{"service"}, nil)
	longestDesc  = prometheus.NewDesc("smarthall_longest_wait_seconds", "Age of the oldest waiting ticket.", []string{"service"}, nil)
	ticketsDesc  = prometheus.NewDesc("smarthall_tickets_today", "Tickets of the business day by what became of them.", []string{"state"}, nil)
	windowsDesc  = prometheus.NewDesc("smarthall_windows", "Windows by state.", []string{"state"}, nil)
	agentDesc    = prometheus.NewDesc("smarthall_agent_online", "1 while an agent is connected.", []string{"agent", "role"}, nil)
	deviceDesc   = prometheus.NewDesc("smarthall_device_state", "1 for the state a device is in; offline while its agent is away.", []string{"agent", "device", "class", "profile", "revision", "state"}, nil)
	sinceDesc    = prometheus.NewDesc("smarthall_device_since_seconds", "How long a device has been in its state, or its agent away.", []string{"agent", "device", "class"}, nil)
	sessionsDesc = prometheus.NewDesc("smarthall_link_sessions", "Open sessions of agents and boards.", nil, nil)
	webhooksDesc = prometheus.NewDesc("smarthall_webhooks", "Registered webhooks by state.", []string{"state"}, nil)
	messagesDesc = prometheus.NewDesc("smarthall_messages_total", "Messages to phones that a provider took, and attempts that failed.", []string{"outcome"}, nil)
	recordsDesc  = prometheus.NewDesc("smarthall_log_records_total", "Records in the hall's log.", nil, nil)
)

// metrics serves the hall's counters in Prometheus' format.
func metrics(c *hallCollector, up *uplink.Service) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if up != nil {
		registry.MustRegister(up.Collector())
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// Describe implements prometheus.Collector.
func (c *hallCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		waitingDesc, longestDesc, ticketsDesc, windowsDesc, agentDesc, deviceDesc, sinceDesc, sessionsDesc, webhooksDesc, messagesDesc, recordsDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *hallCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	c.core.Read(func(s *queue.State, now queue.Time) {
		if s.Config == nil {
			return
		}
		for _, svc := range c.view.Services(s, now) {
			gauge(waitingDesc, float64(svc.Waiting), svc.ID)
			gauge(longestDesc, float64(svc.LongestWaitSeconds), svc.ID)
		}
		for _, state := range queue.States() {
			n := 0
			for _, svc := range s.Config.Services {
				n += s.Count(svc.ID, state)
			}
			gauge(ticketsDesc, float64(n), string(state))
		}
		states := make(map[link.WindowState]int)
		for _, w := range c.view.Windows(s, now) {
			states[w.State]++
		}
		for state, n := range states {
			gauge(windowsDesc, float64(n), string(state))
		}
	})
	for _, a := range c.view.Registry.Agents() {
		online := 0.0
		if a.Online {
			online = 1
		}
		gauge(agentDesc, online, a.ID, string(a.Role))
		for _, d := range a.Devices {
			state, since := d.State, d.Since
			if !a.Online {
				state, since = string(device.Offline), a.Since
			}
			gauge(deviceDesc, 1, a.ID, d.ID, d.Class, d.Profile, d.Revision, state)
			gauge(sinceDesc, max(0, time.Since(since).Seconds()), a.ID, d.ID, d.Class)
		}
	}
	gauge(sessionsDesc, float64(c.hub.Sessions()))
	for state, n := range c.webhooks.Count() {
		gauge(webhooksDesc, float64(n), string(state))
	}
	handed, failed := c.messages.Sent()
	for outcome, n := range map[string]int64{"handed": handed, "failed": failed} {
		ch <- prometheus.MustNewConstMetric(messagesDesc, prometheus.CounterValue, float64(n), outcome)
	}
	ch <- prometheus.MustNewConstMetric(recordsDesc, prometheus.CounterValue, float64(c.core.Seq()))
}
