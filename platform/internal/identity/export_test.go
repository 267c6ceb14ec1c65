package identity

// What tests look at.
var (
	TOTPCode   = totpCode
	TOTPSecret = totpSecret
	Migrations = migrations
)
