// Package bus carries events between a platform and its halls. Each runs a
// NATS server with JetStream inside its own process; a hall's is a leaf node of
// the platform's, with a domain of its own, so that both go on alone while the
// link is down. Events are published into a stream of the publisher's own
// server, durable when Publish returns; the other side follows that stream
// from where it was, by a cursor that it keeps with its own data.
//
// A platform of several processes joins a NATS cluster instead (Join), which
// then holds its streams and asks it which halls to let in.
package bus

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config is what Start needs.
type Config struct {
	// Domain names this server among all: platform, or hall-demo. Letters,
	// digits and hyphens.
	Domain string
	// Dir is the folder of the streams.
	Dir string
	// Key encrypts the streams at rest: events hold what a hall needs to know of
	// people. It must be the same as when Dir was begun.
	Key []byte
	// Leaves is the address where leaf nodes connect; empty means nowhere.
	Leaves string
	// Admit tells which domain a leaf node has that shows these credentials;
	// false refuses it. It is nil where Leaves is empty.
	Admit func(user, password string) (domain string, ok bool)
	// Hub is where this leaf node connects: nats-leaf://user:password@host:port,
	// or tls://…; empty means nowhere.
	Hub string
	// Keep bounds this server's streams; zero values mean a month and 1 GiB.
	Keep Keep
	Log  *slog.Logger
}

// Keep is how much a stream keeps for a follower that is away. What is older, or
// too much, goes; the follower is told how much it has missed.
type Keep struct {
	For      time.Duration
	Bytes    int64
	Messages int64 // zero means any number
}

// Waits of the bus.
const (
	startWait     = 10 * time.Second
	requestWait   = 5 * time.Second
	reconnectWait = time.Second
)

// Bus is one running server with a connection to it, or a connection to a
// cluster. Its methods may be called from any goroutine.
type Bus struct {
	conf   Config
	server *server.Server // nil on a cluster
	conn   *nats.Conn
	local  jetstream.JetStream
}

// Start starts the server. The caller closes it.
func Start(conf Config) (*Bus, error) {
	if len(conf.Key) < 32 {
		return nil, errors.New("bus: the key of the streams must have 32 bytes")
	}
	if !valid(conf.Domain) {
		return nil, fmt.Errorf("bus: domain %q must be letters, digits and hyphens", conf.Domain)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	door := &door{domain: conf.Domain, key: hex.EncodeToString(key), admit: conf.Admit}
	opts, err := options(conf, door)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	s.SetLoggerV2(logger{conf.Log}, false, false, false)
	s.Start()
	b := &Bus{conf: conf, server: s}
	if !s.ReadyForConnections(startWait) {
		return nil, errors.Join(errors.New("bus: the server didn't get ready"), b.Close())
	}
	b.conn, err = nats.Connect("", nats.InProcessServer(s), nats.UserInfo(door.domain, door.key), nats.Name(conf.Domain),
		nats.CustomInboxPrefix(inbox(conf.Domain)), nats.MaxReconnects(-1), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			conf.Log.Debug("bus", slog.Any("err", err))
		}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bus: connect: %w", err), b.Close())
	}
	if b.local, err = jetstream.New(b.conn, jetstream.WithDefaultTimeout(requestWait)); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: %w", err), b.Close())
	}
	return b, nil
}

// options are the embedded server's. It has no port but that for leaf nodes.
func options(conf Config, door *door) (*server.Options, error) {
	if err := os.MkdirAll(conf.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	opts := &server.Options{
		ServerName: conf.Domain, DontListen: true, NoSigs: true, JetStream: true, JetStreamDomain: conf.Domain, StoreDir: conf.Dir,
		JetStreamKey: hex.EncodeToString(conf.Key), JetStreamCipher: server.AES, SyncAlways: true, MaxPayload: 4 << 20, CustomClientAuthentication: door, DisableShortFirstPing: true,
	}
	opts.LeafNode.NoAdvertise = true // or a leaf walks around proxies
	opts.LeafNode.ReconnectInterval = reconnectWait
	if conf.Leaves != "" {
		host, port, err := net.SplitHostPort(conf.Leaves)
		if err != nil {
			return nil, fmt.Errorf("bus: address of leaf nodes: %w", err)
		}
		if opts.LeafNode.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("bus: address of leaf nodes: %w", err)
		}
		if opts.LeafNode.Port == 0 {
			opts.LeafNode.Port = -1 // takes a free one
		}
		opts.LeafNode.Host = host
	}
	if conf.Hub != "" {
		u, err := url.Parse(conf.Hub)
		if err != nil {
			return nil, errors.New("bus: the platform's address must be nats-leaf://user:password@host:port")
		}
		opts.LeafNode.Remotes = []*server.RemoteLeafOpts{{URLs: []*url.URL{u}, TLS: u.Scheme == "tls"}}
	}
	return opts, nil
}

// valid tells whether a domain can be part of a subject.
func valid(domain string) bool {
	for _, r := range domain {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return domain != "" && len(domain) <= 64
}

// inbox is where the answers to a domain's requests go. Each has its own, so
// that none reads another's.
func inbox(domain string) string { return "_INBOX_" + domain }

// LeavesAddr is where leaf nodes connect, with the port that was chosen.
func (b *Bus) LeavesAddr() string {
	if b.server == nil {
		return ""
	}
	v, err := b.server.Varz(nil)
	if err != nil || v.LeafNode.Port == 0 {
		return ""
	}
	return net.JoinHostPort(v.LeafNode.Host, strconv.Itoa(v.LeafNode.Port))
}

// Linked tells whether a leaf node's link, or this leaf's to its hub, is up; on
// a cluster, whether the cluster is reached.
func (b *Bus) Linked() bool {
	if b.server == nil {
		return b.conn.IsConnected()
	}
	return b.server.NumLeafNodes() > 0
}

// Shared tells whether other processes are on the same bus.
func (b *Bus) Shared() bool { return b.server == nil }

// Close stops the server. What was published stays.
func (b *Bus) Close() error {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server == nil {
		return nil
	}
	b.server.Shutdown()
	b.server.WaitForShutdown()
	return nil
}

// door lets this process in with its own key, and leaf nodes by their
// credentials, each to nothing but its own streams.
type door struct {
	domain, key string
	admit       func(user, password string) (string, bool)
}

// Check implements server.Authentication.
func (d *door) Check(c server.ClientAuthentication) bool {
	opts := c.GetOpts()
	if c.Kind() == server.CLIENT {
		return opts.Username == d.domain && subtle.ConstantTimeCompare([]byte(opts.Password), []byte(d.key)) == 1
	}
	if c.Kind() != server.LEAF || d.admit == nil {
		return false
	}
	leaf, ok := d.admit(opts.Username, opts.Password)
	if !ok || !valid(leaf) || leaf == d.domain {
		return false
	}
	publish, subscribe := allowed(d.domain, leaf)
	c.RegisterUser(&server.User{Username: leaf, Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: publish}, Subscribe: &server.SubjectPermission{Allow: subscribe},
	}})
	return true
}

// allowed is what a leaf may send to its hub: requests for the stream that is
// its own, its own questions, and answers to the hub's; and what it may take: answers to its
// requests, and requests for its streams.
func allowed(hub, leaf string) (publish, subscribe []string) {
	api, stream := "$JS."+hub+".API", StreamFor(leaf)
	publish = []string{
		api + ".INFO", api + ".STREAM.INFO." + stream,
		api + ".CONSUMER.CREATE." + stream + ".>", api + ".CONSUMER.INFO." + stream + ".>",
		api + ".CONSUMER.MSG.NEXT." + stream + ".>", api + ".CONSUMER.DELETE." + stream + ".>",
		inbox(hub) + ".>", asking(leaf, "*"),
	}
	return publish, []string{inbox(leaf) + ".>", "$JS." + leaf + ".API.>"}
}

// logger passes the server's log on.
type logger struct{ log *slog.Logger }

func (l logger) say(level slog.Level, format string, v ...any) {
	l.log.Log(context.Background(), level, "bus", slog.String("message", fmt.Sprintf(format, v...)))
}

// The server talks a lot: what it calls a notice is for developers.
func (l logger) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v...) }
func (l logger) Warnf(format string, v ...any)   { l.say(slog.LevelDebug, format, v...) }
func (l logger) Errorf(format string, v ...any)  { l.say(slog.LevelWarn, format, v...) }
func (l logger) Fatalf(format string, v ...any)  { l.say(slog.LevelError, format, v...) }
func (l logger) Debugf(format string, v ...any)  { l.say(slog.LevelDebug-4, format, v...) }
func (l logger) Tracef(format string, v ...any)  { l.say(slog.LevelDebug-4, format, v...) }
