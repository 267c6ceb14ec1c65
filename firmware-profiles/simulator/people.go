package simulator

import (
	"fmt"
	"time"
	"unicode/utf8"

	"smarthall/internal/device"
)

// Person is what a caller wants a laid card to say; empty fields keep what
// the synthetic card has.
type Person struct {
	Name      string `json:"name,omitempty"`
	LatinName string `json:"latinName,omitempty"`
	Number    string `json:"number,omitempty"`
	// Birth is YYYY-MM-DD.
	Birth       string `json:"birth,omitempty"`
	Sex         string `json:"sex,omitempty"`
	Nation      string `json:"nation,omitempty"`
	Nationality string `json:"nationality,omitempty"`
	Address     string `json:"address,omitempty"`
	NewAddress  string `json:"newAddress,omitempty"`
	// ValidUntil is YYYY-MM-DD or 长期.
	ValidUntil string `json:"validUntil,omitempty"`
}

// longTerm is a term without end.
const longTerm = "长期"

// apply changes a card as the person says. A number that isn't given follows
// a changed birth date, with the right check digit.
func (p Person) apply(id device.Identity) (device.Identity, error) {
	for _, f := range []struct {
		value string
		into  *string
		most  int
	}{
		{p.Name, &id.Name, 15},
		{p.LatinName, &id.LatinName, 46},
		{p.Number, &id.Number, 18},
		{p.Sex, &id.Sex, 3},
		{p.Nation, &id.Nation, 5},
		{p.Nationality, &id.Nationality, 3},
		{p.Address, &id.Address, 35},
		{p.NewAddress, &id.NewAddress, 35},
	} {
		if utf8.RuneCountInString(f.value) > f.most || !utf8.ValidString(f.value) {
			return id, fmt.Errorf("more than %d characters: %w", f.most, ErrArgument)
		}
		if f.value != "" {
			*f.into = f.value
		}
	}
	if p.Birth != "" {
		birth, err := time.Parse(time.DateOnly, p.Birth)
		if err != nil {
			return id, fmt.Errorf("birth %q: %w", p.Birth, ErrArgument)
		}
		id.Birth = birth
		if p.Number == "" {
			id.Number = renumber(id)
		}
	}
	switch p.ValidUntil {
	case "":
	case longTerm:
		id.ValidUntil = time.Time{}
	default:
		until, err := time.Parse(time.DateOnly, p.ValidUntil)
		if err != nil {
			return id, fmt.Errorf("term %q: %w", p.ValidUntil, ErrArgument)
		}
		id.ValidUntil = until
	}
	return id, nil
}

// people deals out synthetic cards, one after the other and again from the
// start. Names say that they are samples. The numbers carry right check digits
// but name a whole province where a county belongs, so nobody has them.
type people struct {
	dealt map[device.IdentityKind]int
}

func (p *people) next(kind device.IdentityKind) (device.Identity, error) {
	deck := decks[kind]
	if len(deck) == 0 {
		return device.Identity{}, fmt.Errorf("card kind %q: %w", kind, ErrArgument)
	}
	if p.dealt == nil {
		p.dealt = map[device.IdentityKind]int{}
	}
	i := p.dealt[kind] % len(deck)
	p.dealt[kind]++
	id := deck[i]
	id.Kind = kind
	id.ValidFrom, id.ValidUntil = day(2021, 3, 1), day(2041, 3, 1)
	if id.Birth.Year() < 1975 && kind == device.Citizen {
		id.ValidUntil = time.Time{} // 长期, as citizens get from 46 years on
	}
	id.Number = renumber(id)
	return id, nil
}

var decks = map[device.IdentityKind][]device.Identity{
	device.Citizen: {
		{Name: "王样例", Sex: "女", Nation: "汉", Birth: day(1988, 5, 17), Address: "示例省样本市测试路1号", Issuer: "样本市公安局"},
		{Name: "李测试", Sex: "男", Nation: "汉", Birth: day(1975, 11, 2), Address: "示例省样本市测试路22号", Issuer: "样本市公安局"},
		{Name: "赵长者", Sex: "男", Nation: "汉", Birth: day(1949, 1, 8), Address: "示例省样本市安康里3号", Issuer: "样本市公安局"},
		{Name: "阿卜杜·样例江", Sex: "男", Nation: "维吾尔", Birth: day(1992, 9, 30), Address: "示例省样本市团结街8号", Issuer: "样本市公安局"},
		{Name: "欧阳测试", Sex: "女", Nation: "土家", Birth: day(2001, 2, 28), Address: "示例省样本市新区5号", Issuer: "样本市公安局"},
		{Name: "张龘龘", Sex: "男", Nation: "回", Birth: day(1966, 7, 21), Address: "示例省样本市测试路103号", Issuer: "样本市公安局"},
	},
	device.ResidentPermit: {
		{Name: "陈港样", Sex: "女", Birth: day(1990, 4, 12), Address: "示例省样本市港湾道9号", Issuer: "样本市公安局", PassNumber: "H00000001", IssueCount: "01"},
		{Name: "林台样", Sex: "男", Birth: day(1983, 12, 3), Address: "示例省样本市海峡路6号", Issuer: "样本市公安局", PassNumber: "00000002", IssueCount: "02"},
	},
	device.Foreigner2017: {
		{Name: "样例·安娜", LatinName: "SAMPLE, ANNA MARIA", Sex: "女", Nationality: "CAN", Birth: day(1979, 8, 19), Issuer: "1500"},
		{Name: "SPECIMEN, JOHN", LatinName: "SPECIMEN, JOHN", Sex: "男", Nationality: "USA", Birth: day(1985, 6, 6), Issuer: "1500"},
	},
	device.Foreigner2023: {
		{Name: "样例·玛丽", LatinName: "SAMPLE, MARIE ANTOINETTE JOSEPHINE CHARLOTTE", Sex: "女", Nationality: "FRA", Birth: day(1994, 10, 25)},
		{Name: "TESTMANN, ERIKA", LatinName: "TESTMANN, ERIKA", Sex: "女", Nationality: "DEU", Birth: day(1971, 3, 14)},
	},
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// countries are the numeric codes (ISO 3166-1) in the numbers of 2023 cards.
var countries = map[string]string{"FRA": "250", "DEU": "276", "USA": "840", "CAN": "124", "GBR": "826", "JPN": "392", "KOR": "410"}

// renumber is the number that belongs to an identity's kind, birth and sex.
func renumber(id device.Identity) string {
	birth := id.Birth.Format("20060102")
	sequence := "000" // even: a woman; odd for men
	if id.Sex == "男" {
		sequence = "001"
	}
	switch id.Kind {
	case device.ResidentPermit:
		region := "810000"
		if id.PassNumber != "" && id.PassNumber[0] != 'H' {
			region = "830000"
		}
		return withCheck(region + birth + sequence)
	case device.Foreigner2017:
		return id.Nationality + "110000" + birth[2:]
	case device.Foreigner2023:
		country := countries[id.Nationality]
		if country == "" {
			country = "999"
		}
		return withCheck("911" + country + birth + sequence)
	default:
		return withCheck("110000" + birth + sequence)
	}
}

// withCheck appends the check digit of GB 11643 to seventeen digits.
func withCheck(digits string) string {
	weight, sum := 1, 0
	for i := len(digits) - 1; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(digits[i]-'0') * weight
	}
	return digits + string("10X98765432"[sum%11])
}
