// Package bustest gives tests a NATS cluster of three servers, set up as a
// city's would be: a JetStream domain, a door for leaf nodes, and a platform
// that is asked whom to let in.
package bustest

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"smarthall/internal/bus"
)

// Servers of a cluster.
const servers = 3

// Cluster is what runs.
type Cluster struct {
	tb   testing.TB
	opts []*server.Options
	// doors are where leaf nodes come in.
	doors []*door
	// Nodes are the servers; a stopped one is nil.
	Nodes []*server.Server
}

// Start starts a cluster that trusts who has key, for the length of the test.
func Start(tb testing.TB, domain string, key []byte) *Cluster {
	tb.Helper()
	issuer, err := bus.Issuer(key)
	if err != nil {
		tb.Fatal(err)
	}
	c := &Cluster{tb: tb, Nodes: make([]*server.Server, servers)}
	ports := free(tb, 4*servers)
	var routes []*url.URL
	for i := range servers {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", ports[i])})
	}
	dir := tb.TempDir()
	for i := range servers {
		o := &server.Options{
			ServerName: fmt.Sprintf("city-%d", i), Host: "127.0.0.1", Port: ports[servers+i], NoSigs: true, NoLog: true,
			JetStream: true, JetStreamDomain: domain, StoreDir: filepath.Join(dir, fmt.Sprint(i)), MaxPayload: 4 << 20,
			Users:       []*server.User{{Username: "platform", Password: "pw-platform"}},
			AuthCallout: &server.AuthCallout{Issuer: issuer, Account: "$G", AuthUsers: []string{"platform"}},
			Routes:      routes,
		}
		o.Cluster.Name, o.Cluster.Host, o.Cluster.Port = "city", "127.0.0.1", ports[i]
		o.LeafNode.Host, o.LeafNode.Port = "127.0.0.1", ports[2*servers+i]
		o.LeafNode.Advertise = fmt.Sprintf("127.0.0.1:%d", ports[3*servers+i])
		c.opts = append(c.opts, o)
		c.doors = append(c.doors, newDoor(o.LeafNode.Advertise, fmt.Sprintf("127.0.0.1:%d", o.LeafNode.Port)))
		c.Restart(i)
	}
	tb.Cleanup(func() {
		for i := range c.Nodes {
			c.Stop(i)
		}
	})
	c.WaitReady()
	return c
}

// Restart starts a server that was stopped.
func (c *Cluster) Restart(i int) {
	c.tb.Helper()
	s, err := server.NewServer(c.opts[i])
	if err != nil {
		c.tb.Fatal(err)
	}
	s.Start()
	c.Nodes[i] = s
	c.doors[i].open(c.tb)
}

// Stop stops a server.
func (c *Cluster) Stop(i int) {
	if c.Nodes[i] != nil {
		c.doors[i].shut()
		c.Nodes[i].Shutdown()
		c.Nodes[i].WaitForShutdown()
		c.Nodes[i] = nil
	}
}

// WaitReady waits until the running servers have a leader that keeps streams.
func (c *Cluster) WaitReady() {
	c.tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		for _, s := range c.Nodes {
			if s != nil && s.JetStreamIsLeader() && s.JetStreamIsCurrent() {
				return
			}
		}
		if time.Now().After(deadline) {
			c.tb.Fatal("the cluster has no leader")
		}
	}
}

// Servers are the addresses for the platform.
func (c *Cluster) Servers() string {
	var list []string
	for _, o := range c.opts {
		list = append(list, fmt.Sprintf("nats://platform:pw-platform@127.0.0.1:%d", o.Port))
	}
	return strings.Join(list, ",")
}

// Leaves is where leaf nodes connect to server i.
func (c *Cluster) Leaves(i int) string { return c.doors[i].address }

// Client is where clients connect to server i.
func (c *Cluster) Client(i int) string { return fmt.Sprintf("127.0.0.1:%d", c.opts[i].Port) }

// free are ports that nobody listens at.
func free(tb testing.TB, n int) []int {
	tb.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
