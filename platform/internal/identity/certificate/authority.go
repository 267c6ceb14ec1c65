package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/emmansun/gmsm/smx509"
)

// Authorities are those whose certificates are trusted. They may be used from
// any goroutine.
type Authorities struct {
	roots *smx509.CertPool
	lists string

	mu    sync.Mutex
	known revocations // guarded by mu, like the next
	of    time.Time   // when the file was changed that they were read from
}

type revocations []*x509.RevocationList

// Load reads the authorities' root certificates and knows where their lists of
// revoked certificates are, both PEM, one after the other. The lists are read
// again whenever the file changes: whoever fetches them replaces it.
func Load(roots, lists string) (*Authorities, error) {
	text, err := os.ReadFile(roots)
	if err != nil {
		return nil, fmt.Errorf("read the authorities: %w", err)
	}
	a := &Authorities{roots: smx509.NewCertPool(), lists: lists}
	n := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := smx509.ParseCertificate(block.Bytes)
		if err != nil || !c.IsCA {
			return nil, fmt.Errorf("read the authorities: certificate %d of %s is none of an authority: %w", n+1, roots, errors.Join(err))
		}
		a.roots.AddCert(c)
		n++
	}
	if n == 0 {
		return nil, fmt.Errorf("read the authorities: no certificate in %s", roots)
	}
	_, err = a.revocations()
	return a, err
}

// revocations are the lists as the file has them now.
func (a *Authorities) revocations() (revocations, error) {
	info, err := os.Stat(a.lists)
	if err != nil {
		return nil, fmt.Errorf("find the lists of revoked certificates: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known != nil && info.ModTime().Equal(a.of) {
		return a.known, nil
	}
	text, err := os.ReadFile(a.lists)
	if err != nil {
		return nil, fmt.Errorf("read the lists of revoked certificates: %w", err)
	}
	known := revocations{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		r, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read the lists of revoked certificates: list %d: %w", len(known)+1, err)
		}
		known = append(known, r)
	}
	a.known, a.of = known, info.ModTime()
	return known, nil
}
