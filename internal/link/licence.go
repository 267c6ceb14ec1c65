package link

// Licences at a kiosk (自助打证): the holder of a card prints her own. The page
// asks its agent over HTTP, below the card's session; the agent asks the hall
// (/api/v1/licence-query, licence-prints, licence-outcomes), which asks the
// platform. The page sees what it lists, masked, and never the file.

// LicenceProof is whose card lies there.
type LicenceProof struct {
	IDNumber string `json:"idNumber" minLength:"1" maxLength:"40" doc:"Of the card that was read"`
}

// LicenceOrder asks for one of her licences as a file to print.
type LicenceOrder struct {
	LicenceProof
	Licence string `json:"licence" minLength:"1" maxLength:"40" doc:"The id of one that was listed"`
}

// LicencesView are the licences that she can print.
type LicencesView struct {
	Licences []LicenceView `json:"licences"`
}

// LicenceView is a valid licence as a screen may show it that everybody sees.
type LicenceView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Number and Holder are masked.
	Number string `json:"number"`
	Holder string `json:"holder"`
	Issuer string `json:"issuer"`
	// From and Until are its first and last day, as 2026-11-24; without Until it
	// doesn't end.
	From  string `json:"from"`
	Until string `json:"until,omitempty"`
	// Left is how often it can be printed today.
	Left int `json:"left"`
}

// LicenceSheet is a licence on its way to the printer. Print names it when the
// agent tells what became of it.
type LicenceSheet struct {
	Print string `json:"print"`
	PDF   []byte `json:"pdf" doc:"Base64"`
}

// LicenceOutcome is what became of a sheet: failed means that surely no paper came
// out that is of use, unknown that the printer fell silent.
type LicenceOutcome struct {
	Print   string       `json:"print" minLength:"1" maxLength:"40"`
	Outcome PrintOutcome `json:"outcome" enum:"printed,failed,unknown"`
}
