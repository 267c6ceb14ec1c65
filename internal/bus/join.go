package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// Joining is what Join needs.
type Joining struct {
	// Domain is the JetStream domain of the cluster.
	Domain string
	// Servers are the cluster's, nats://user:password@host:port or tls://…,
	// separated by commas. The user is the one that the cluster asks whom to let
	// in (auth_users).
	Servers string
	// Key is what the answers to the cluster are signed with, 32 bytes, the same
	// in all processes; Issuer tells the cluster's name for it.
	Key []byte
	// Admit tells which domain a leaf node has that shows these credentials;
	// false refuses it.
	Admit func(user, password string) (domain string, ok bool)
	Log   *slog.Logger
}

// Settings on a cluster.
const (
	authSubject = "$SYS.REQ.USER.AUTH" // where the cluster asks whom to let in
	authQueue   = "smarthall"          // one process answers
	// copies of each stream, where the cluster has as many servers.
	copies = 3
)

// Issuer is the public key by which a cluster knows the answers of those who
// have key (auth_callout's issuer).
func Issuer(key []byte) (string, error) {
	pair, err := issuer(key)
	if err != nil {
		return "", err
	}
	return pair.PublicKey()
}

func issuer(key []byte) (nkeys.KeyPair, error) {
	if len(key) != 32 {
		return nil, errors.New("bus: the key of the issuer must have 32 bytes")
	}
	seed, err := nkeys.EncodeSeed(nkeys.PrefixByteAccount, key)
	if err != nil {
		return nil, fmt.Errorf("bus: key of the issuer: %w", err)
	}
	return nkeys.FromSeed(seed)
}

// Join connects to a cluster and answers it whom to let in. The caller closes
// the bus. A cluster that isn't there yet is waited for.
func Join(conf Joining) (*Bus, error) {
	if !valid(conf.Domain) {
		return nil, fmt.Errorf("bus: domain %q must be letters, digits and hyphens", conf.Domain)
	}
	for one := range strings.SplitSeq(conf.Servers, ",") {
		if u, err := url.Parse(strings.TrimSpace(one)); err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Host == "" {
			return nil, errors.New("bus: the cluster's servers must be nats://user:password@host:port, separated by commas")
		}
	}
	pair, err := issuer(conf.Key)
	if err != nil {
		return nil, err
	}
	b := &Bus{conf: Config{Domain: conf.Domain, Log: conf.Log}}
	b.conn, err = nats.Connect(conf.Servers, nats.Name(conf.Domain), nats.CustomInboxPrefix(inbox(conf.Domain)),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.RetryOnFailedConnect(true),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				conf.Log.Warn("bus: a server of the cluster is away", slog.Any("err", err))
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { conf.Log.Debug("bus", slog.Any("err", err)) }))
	if err != nil {
		return nil, fmt.Errorf("bus: connect: %w", err)
	}
	gate := &gate{conf: conf, pair: pair}
	if _, err := b.conn.QueueSubscribe(authSubject, authQueue, gate.answer); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: answer the cluster: %w", err), b.Close())
	}
	if b.local, err = jetstream.New(b.conn, jetstream.WithDefaultTimeout(requestWait)); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: %w", err), b.Close())
	}
	return b, nil
}

// replicas is how many copies a stream has.
func (b *Bus) replicas() int {
	if b.server == nil && len(b.conn.Servers()) >= copies {
		return copies
	}
	return 1
}

// gate is the door of a cluster: leaf nodes come in by their credentials, each
// to nothing but its own streams, nobody else.
type gate struct {
	conf Joining
	pair nkeys.KeyPair
}

// answer tells the cluster whether to let somebody in.
func (g *gate) answer(m *nats.Msg) {
	asked, err := jwt.DecodeAuthorizationRequestClaims(string(m.Data))
	if err != nil {
		g.conf.Log.Warn("bus: the cluster asks in a way that isn't understood", slog.Any("err", err))
		return
	}
	answer := jwt.NewAuthorizationResponseClaims(asked.UserNkey)
	answer.Audience = asked.Server.ID
	if answer.Jwt, err = g.user(asked); err != nil {
		answer.Error = err.Error()
	}
	signed, err := answer.Encode(g.pair)
	if err == nil {
		err = m.Respond([]byte(signed))
	}
	if err != nil {
		g.conf.Log.Warn("bus: the cluster wasn't answered", slog.Any("err", err))
	}
}

// user is what a leaf node may do, signed.
func (g *gate) user(asked *jwt.AuthorizationRequestClaims) (string, error) {
	leaf, ok := g.conf.Admit(asked.ConnectOptions.Username, asked.ConnectOptions.Password)
	if !ok || !valid(leaf) || leaf == g.conf.Domain {
		return "", errors.New("not a hall")
	}
	user := jwt.NewUserClaims(asked.UserNkey)
	user.Name, user.Audience = leaf, "$G" // the cluster's one account
	user.AllowedConnectionTypes.Add(jwt.ConnectionTypeLeafnode)
	publish, subscribe := allowed(g.conf.Domain, leaf)
	user.Pub.Allow.Add(publish...)
	user.Sub.Allow.Add(subscribe...)
	return user.Encode(g.pair)
}
