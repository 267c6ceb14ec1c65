package demo

import (
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
)

// City is all that the demo city holds, read and expanded.
type City struct {
	// Items are the catalogue, the items, the packages and the synonyms.
	Items item.Data

	departments []department
	staff       []member
	people      people
	halls       halls
	notices     []notice
	laws        []law
	materials   materials
	// popular are items, the most popular first.
	popular []string
	life    life
}

// department is a body of the city.
type department struct {
	ID        string `yaml:"id"`
	Parent    string `yaml:"parent"`
	Name      string `yaml:"name"`
	Region    string `yaml:"region"`
	Code      string `yaml:"code"`
	Telephone string `yaml:"telephone"`
	// Hotline is a number of the whole country for its business, Complaint the
	// one for complaints about it.
	Hotline   string `yaml:"hotline"`
	Complaint string `yaml:"complaint"`
	// Office answers letters.
	Office  string `yaml:"office"`
	Address string `yaml:"address"`
	Intro   string `yaml:"intro"`
}

func (d department) organisation() identity.Organisation {
	return identity.Organisation{
		ID: d.ID, Parent: d.Parent, Name: d.Name, Region: d.Region, Code: d.Code, Telephone: d.Telephone, Address: d.Address,
	}
}

// member is one of the staff.
type member struct {
	Account      string        `yaml:"account"`
	Name         string        `yaml:"name"`
	Organisation string        `yaml:"organisation"`
	Roles        []access.Role `yaml:"roles"`
}

// people are natural and legal persons, and who acts for whom. Names in
// delegations are ids of this file.
type people struct {
	People []person `yaml:"people"`
	Legal  []struct {
		ID             string `yaml:"id"`
		Name           string `yaml:"name"`
		Code           string `yaml:"code"`
		Representative string `yaml:"representative"`
	} `yaml:"legal"`
	Delegations []struct {
		Legal string                  `yaml:"legal"`
		By    string                  `yaml:"by"`
		To    string                  `yaml:"to"`
		Role  identity.DelegationRole `yaml:"role"`
		Items []string                `yaml:"items"`
		Years int                     `yaml:"years"`
	} `yaml:"delegations"`
}

type person struct {
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	Number string `yaml:"number"`
	Phone  string `yaml:"phone"`
	Social string `yaml:"social"` // number of the social security card
	Story  string `yaml:"story"`
}

// halls are the city's halls, and the places that are none.
type halls struct {
	Halls  []hall  `yaml:"halls"`
	Places []place `yaml:"places"`
}

type hall struct {
	ID        string   `yaml:"id"`
	Name      string   `yaml:"name"`
	Region    string   `yaml:"region"`
	Address   string   `yaml:"address"`
	Telephone string   `yaml:"telephone"`
	Hours     string   `yaml:"hours"`
	Traffic   string   `yaml:"traffic"`
	Token     string   `yaml:"token"`
	Intro     string   `yaml:"intro"`
	Services  []string `yaml:"services"` // ids of the hall's services that items name
	// Saturdays tells that it is open on Saturday mornings.
	Saturdays bool `yaml:"saturdays"`
}

func (h hall) node() node.Hall {
	return node.Hall{ID: h.ID, Name: h.Name, Region: h.Region, Address: h.Address, Telephone: h.Telephone, Hours: h.Hours}
}

type place struct {
	ID      string `yaml:"id"`
	Name    string `yaml:"name"`
	Address string `yaml:"address"`
	Window  string `yaml:"window"`
	Hours   string `yaml:"hours"`
	Phone   string `yaml:"phone"`
	Traffic string `yaml:"traffic"`
}

type notice struct {
	ID      string `yaml:"id"`
	Title   string `yaml:"title"`
	Source  string `yaml:"source"`
	Date    string `yaml:"date"`
	Summary string `yaml:"summary"`
	Body    string `yaml:"body"`
}

// law is a law that guides name by its short name.
type law struct {
	ID     string `yaml:"id"`
	Short  string `yaml:"short"`
	Name   string `yaml:"name"`
	Source string `yaml:"source"` // who made it, or the document's number
	Date   string `yaml:"date"`
}

// full is the law's name as guides show it: with the document's number, where
// that is what the source is.
func (l law) full() string {
	if strings.HasSuffix(l.Source, "号") || strings.HasSuffix(l.Source, "号修订") {
		return "《" + l.Name + "》（" + l.Source + "）"
	}
	return "《" + l.Name + "》"
}

// zone is the city's time zone.
var zone = time.FixedZone("CST", 8*60*60)

// Articles are the city's notices and laws. A law's text here is what the items
// cite of it. The day of none of them is after now, so that all can be read.
func (c City) Articles(now time.Time) ([]portal.Article, error) {
	var list []portal.Article
	for _, n := range c.notices {
		at, err := day(n.Date, now)
		if err != nil {
			return nil, err
		}
		list = append(list, portal.Article{ID: n.ID, Kind: portal.Notice, Title: n.Title, Source: n.Source, Summary: n.Summary, Body: n.Body, At: at})
	}
	for _, h := range c.halls.Halls {
		at, err := day("2026-11-01", now)
		if err != nil {
			return nil, err
		}
		list = append(list, portal.Article{
			ID: "hall-" + h.ID, Kind: portal.Notice, Title: h.Name + "简介", Source: "东湖区政务服务管理办公室（演示）", Summary: h.Intro,
			Body: h.Intro + "\n地址：" + h.Address + "\n交通：" + h.Traffic + "\n服务时间：" + h.Hours + "\n咨询电话：" + h.Telephone, At: at,
		})
	}
	for _, l := range c.laws {
		at, err := day(l.Date, now)
		if err != nil {
			return nil, err
		}
		list = append(list, portal.Article{
			ID: l.ID, Kind: portal.Law, Title: l.Name, Source: l.Source, Summary: "本站事项引用的条款，全文以公布机关发布的为准。", Body: c.cited(l), At: at,
		})
	}
	return list, nil
}

func day(date string, now time.Time) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, date, zone)
	if at.After(now) {
		at = now
	}
	return at, err
}

// cited is what the catalogue cites of a law, each with the entry's name.
func (c City) cited(l law) string {
	var b strings.Builder
	for _, e := range c.Items.Catalogue {
		for _, basis := range e.Bases {
			if basis.Law == l.full() {
				b.WriteString(basis.Article + "　" + basis.Text + "（" + e.Name + "）\n")
			}
		}
	}
	return b.String()
}
