package identity

import "context"

// What tests look at.
var (
	TOTPCode   = totpCode
	TOTPSecret = totpSecret
	Migrations = migrations
)

// NewProvince is a province without a secret, and Discover its first question.
func NewProvince(conf ProvinceSettings) *Province { return newProvince(conf, "", "") }

// Discover asks the province for what it says of itself.
func (p *Province) Discover(ctx context.Context) error { _, err := p.discover(ctx); return err }
