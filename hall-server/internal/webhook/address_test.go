package webhook

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestWhereReceiversMayLive(t *testing.T) {
	for _, tt := range []struct {
		addr string
		want bool
	}{
		{"8.8.8.8", true},
		{"10.1.2.3", true}, // halls live in private networks
		{"192.168.0.9", true},
		{"172.16.0.1", true},
		{"fd12::1", true},
		{"127.0.0.1", true},
		{"::1", true},
		{"169.254.169.254", false},
		{"169.254.0.23", false}, // Tencent Cloud
		{"::ffff:169.254.169.254", false},
		{"64:ff9b::a9fe:a9fe", false},
		{"64:ff9b::808:808", true},
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"fd00:ec2::254", false},
		{"100.100.100.200", false},
		{"::ffff:100.100.100.200", false},
		{"100.100.100.201", true},
		{"168.63.129.16", false},
		{"192.0.0.192", false},
		{"0.0.0.0", false},
		{"::", false},
		{"224.0.0.1", false},
		{"ff02::1", false},
		{"255.255.255.255", false},
	} {
		if got := allowed(netip.MustParseAddr(tt.addr)) == nil; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.addr, got, tt.want)
		}
	}
}

func TestWhichURLsAreReceivers(t *testing.T) {
	for _, tt := range []struct {
		url  string
		want bool
	}{
		{"https://oa.example.gov.cn/hooks/hall", true},
		{"http://10.0.0.7:9000/x?y=z", true},
		{"http://[fd12::1]:80/", true},
		{"", false},
		{"/hooks", false},
		{"ftp://10.0.0.7/", false},
		{"file:///etc/passwd", false},
		{"http://", false},
		{"http://:80/", false},
		{"http://me:word@10.0.0.7/", false},
		{"http://10.0.0.7/#top", false},
		{"http://169.254.169.254/latest/meta-data", false},
		{"http://[fe80::1%25eth0]/", false},
		{"http://10.0.0.7/\n", false},
		{"http://10.0.0.7/" + strings.Repeat("x", maxURL), false},
	} {
		if got := checkURL(tt.url) == nil; got != tt.want {
			t.Errorf("%.60q: got %v, want %v", tt.url, got, tt.want)
		}
	}
}

// TestTheConnectionIsWhatCounts holds that an address is looked at when it is
// connected to, wherever it came from.
func TestTheConnectionIsWhatCounts(t *testing.T) {
	client := newClient()
	defer client.CloseIdleConnections()
	for _, target := range []string{"http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://100.100.100.200/", "http://0.0.0.0:1/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, errAddress) || classify(err) != FailedAddress {
			t.Errorf("%s: got %v", target, err)
		}
	}
	if client.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy would connect to what the hall may not")
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{"http://10.0.0.7/x", "https://[::ffff:169.254.1.1]:8/", "http://x@y", "http://%31"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkURL(text) != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
			t.Fatalf("accepted %q", text)
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && addr.Unmap().IsLinkLocalUnicast() {
			t.Fatalf("accepted %q", text)
		}
	})
}
