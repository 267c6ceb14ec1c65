package certificate

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"
)

// IssueAs gives out what Issue wouldn't.
func (d *Demo) IssueAs(t testing.TB, kind Key, change func(c *x509.Certificate)) string {
	t.Helper()
	serial, err := newSerial()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	c := &x509.Certificate{
		SerialNumber: serial, NotBefore: at.Add(-time.Hour), NotAfter: at.AddDate(1, 0, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature,
		Subject: pkix.Name{
			Organization: []string{"东湖市甲餐饮有限公司"}, CommonName: "甲",
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: oidOrganisation, Value: "9144030071526726XG"}},
		},
	}
	change(c)
	_, text, err := sign(kind, c, d.above(kind))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
