package agent

import (
	"cmp"
	"crypto/rand"
	"time"
	_ "time/tzdata" // the hall's time zone, on machines that have no table of them

	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// elderlyAge is the age from which people are offered large type first.
const elderlyAge = 70

// kindNames are the documents' names as printed on them.
var kindNames = map[device.IdentityKind]string{
	device.Citizen:        "居民身份证",
	device.ResidentPermit: "港澳台居民居住证",
	device.Foreigner2017:  "外国人永久居留身份证",
	device.Foreigner2023:  "外国人永久居留身份证",
	device.CitizenCard:    "市民卡",
}

// CardFor returns what a page may see of a card: nothing that names its holder
// in full. now is the hall's time in the hall's time zone.
func CardFor(session string, id device.Identity, now time.Time) link.CardRead {
	kind, ok := kindNames[id.Kind]
	if !ok {
		kind = "身份证件"
	}
	return link.CardRead{
		Session:  session,
		Kind:     string(id.Kind),
		KindName: kind,
		Name:     privacy.MaskName(cmp.Or(id.Name, id.LatinName)),
		Number:   privacy.MaskNumber(id.Number),
		Elderly:  !id.Birth.IsZero() && age(id.Birth, now) >= elderlyAge,
		Expired:  !id.ValidUntil.IsZero() && dayOf(now) > dayOf(id.ValidUntil),
		At:       now,
	}
}

// age counts whole years between two civil dates.
func age(birth, now time.Time) int {
	years := now.Year() - birth.Year()
	if now.Month() < birth.Month() || now.Month() == birth.Month() && now.Day() < birth.Day() {
		years--
	}
	return years
}

// dayOf orders civil dates, whatever the zone of t.
func dayOf(t time.Time) int {
	y, m, d := t.Date()
	return (y*100+int(m))*100 + d
}

// LocalNow returns the hall's time in the hall's time zone, which is this
// machine's until the first snapshot.
func (a *Agent) LocalNow() time.Time {
	now := a.Client.Now()
	hall, ok := a.Hall()
	if !ok || hall.Hall.TimeZone == "" {
		return now
	}
	zone, err := time.LoadLocation(hall.Hall.TimeZone)
	if err != nil {
		return now
	}
	return now.In(zone)
}

// NewSession returns a random name for one card on one reader.
func NewSession() string { return rand.Text() }
