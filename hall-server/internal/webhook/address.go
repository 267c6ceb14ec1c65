package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// errAddress says that a receiver's address is one that the hall never talks to.
var errAddress = errors.New("address is not a receiver's")

// metadata are the addresses outside of the link-local ranges at which clouds
// hand out a machine's own credentials. Halls live in private networks, so
// those are receivers like any other; these never are.
var metadata = map[netip.Addr]bool{
	netip.MustParseAddr("100.100.100.200"): true, // Alibaba Cloud
	netip.MustParseAddr("168.63.129.16"):   true, // Azure
	netip.MustParseAddr("192.0.0.192"):     true, // Oracle Cloud
	netip.MustParseAddr("fd00:ec2::254"):   true, // AWS
	netip.MustParseAddr("fd20:ce::254"):    true, // Google Cloud
}

// nat64 is the prefix under which gateways reach IPv4 addresses (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// allowed returns errAddress unless a receiver may live at addr.
func allowed(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	if addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsUnspecified() || metadata[addr] ||
		addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return fmt.Errorf("%s: %w", addr, errAddress)
	}
	return nil
}

// maxURL bounds a receiver's URL, in bytes.
const maxURL = 500

// checkURL returns why text is no receiver's URL. A name is looked at again
// whenever it is resolved.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("read the receiver's URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.Fragment != "", len(text) > maxURL:
		return errors.New("a receiver's URL is http or https, names a host, and has neither user nor fragment")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		return allowed(addr)
	}
	return nil
}

// Limits of a connection to a receiver.
const (
	dialTimeout = 5 * time.Second
	maxHeaders  = 16 << 10
	idleTimeout = 30 * time.Second
)

// newClient returns a client that reaches receivers directly, looks at every
// address right before it connects, so that no name leads elsewhere, and
// follows no redirect.
func newClient() *http.Client {
	dialer := &net.Dialer{
		Timeout: dialTimeout,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("read the receiver's address: %w", err)
			}
			return allowed(at.Addr())
		},
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSHandshakeTimeout: dialTimeout, IdleConnTimeout: idleTimeout,
			MaxIdleConnsPerHost: 2, MaxResponseHeaderBytes: maxHeaders,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
