package licence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/pace"
	"smarthall/platform/internal/store"
)

// A holder prints her own licences at a machine of a hall (自助打证): the hall
// says whose card lies there, gets the list of what she holds, then one licence as
// PDF, and says afterwards what became of the sheet. Nothing is counted as printed
// that didn't come out.

// Topics by which a hall asks over its link, for the person at a machine.
const (
	TopicList    = "licence-list"    // Card, answered by Printables
	TopicPrint   = "licence-print"   // PrintOrder, answered by Sheet
	TopicPrinted = "licence-printed" // PrintReport, answered by PrintNoted
)

// Outcome is what became of a sheet.
type Outcome string

// The outcomes. Sent is a sheet that a machine got and hasn't told of since.
const (
	Sent    Outcome = "sent"
	Printed Outcome = "printed"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown" // the printer was silent half-way
)

const (
	// DefaultPrints is how often a licence is printed by machines on one day where
	// the city says nothing else.
	DefaultPrints = 3
	// maxSent bounds how often a licence goes to machines on one day, failures
	// included.
	maxSent = 20
	// maxSheet is the longest PDF, in bytes. The line to a hall carries answers of
	// up to 900 KiB, in which a PDF grows by a third.
	maxSheet = 640 << 10
	// maxPlace is the longest name of a machine, in characters.
	maxPlace = 60
)

// cardsRead is how many cards machines show: people come one after another, and a
// program that reads many is slowed down.
var cardsRead = pace.Pace{MachineBurst: 20, MachineEvery: 5 * time.Second, HallBurst: 200, HallEvery: time.Second}

// Faults of machines.
var (
	ErrCard       = fault.New(fault.Invalid, "licence.card", "没有读到证件号码，请重新刷身份证")
	ErrPrintPace  = fault.New(fault.TooMany, "licence.pace", "这台机器查询次数过多，请过一会儿再试，或到窗口办理")
	ErrPrintOff   = fault.New(fault.Conflict, "licence.print-off", "这里没有开通自助打印证照，请到窗口办理")
	ErrNotValid   = fault.New(fault.Conflict, "licence.not-valid", "这份证照现在不是有效状态，不能打印，请到窗口询问")
	ErrPrintLimit = fault.New(fault.TooMany, "licence.print-limit", "这份证照今天的打印次数已用完，请明天再来，或到窗口办理")
	ErrTooLarge   = fault.New(fault.Conflict, "licence.too-large", "这份证照的文件太大，自助终端打印不了，请到窗口打印")
	ErrReport     = fault.New(fault.Invalid, "licence.report", "打印结果有误")
	errNotHers    = ErrUnknown.With("没有找到这份证照，请重新刷身份证")
)

// Card is whose card lies on a machine.
type Card struct {
	IDNumber string `json:"idNumber"`
}

// key finds the holder's licences; ErrCard where there is no number to look by.
func (c Card) key(s *Service) (string, error) {
	number := strings.TrimSpace(c.IDNumber)
	if number == "" || len(number) > 40 || !utf8.ValidString(number) {
		return "", ErrCard
	}
	return s.holderKey(number), nil
}

// Printable is a valid licence as a machine's screen shows it, which others see
// too: enough to choose by.
type Printable struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Number and Holder are masked.
	Number string `json:"number"`
	Holder string `json:"holder"`
	Issuer string `json:"issuer"`
	From   string `json:"from"`
	Until  string `json:"until,omitempty"`
	// Left is how often it can be printed today.
	Left int `json:"left"`
}

// Printables are those of a card, the newest first.
type Printables struct {
	Licences []Printable `json:"licences"`
}

// PrintOrder asks for the sheet of one of them. Place is what the hall calls the
// machine.
type PrintOrder struct {
	Card
	Licence string `json:"licence"`
	Place   string `json:"place"`
}

// Sheet is a licence on its way to a printer. Print names it in the report.
type Sheet struct {
	Print string `json:"print"`
	PDF   []byte `json:"pdf"`
}

// PrintReport says what became of a sheet: printed, failed or unknown.
type PrintReport struct {
	Print   string  `json:"print"`
	Outcome Outcome `json:"outcome"`
}

// PrintNoted names the licence of a report for the hall's log: its number, masked.
type PrintNoted struct {
	Number string `json:"number"`
}

// AskedList answers TopicList.
func (s *Service) AskedList(ctx context.Context, machine string, body json.RawMessage) (any, error) {
	var c Card
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, ErrCard.Because(err)
	}
	return s.Printables(ctx, machine, c)
}

// AskedPrint answers TopicPrint.
func (s *Service) AskedPrint(ctx context.Context, machine string, body json.RawMessage) (any, error) {
	var o PrintOrder
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, ErrCard.Because(err)
	}
	return s.HandOut(ctx, machine, o)
}

// AskedPrinted answers TopicPrinted.
func (s *Service) AskedPrinted(ctx context.Context, machine string, body json.RawMessage) (any, error) {
	var r PrintReport
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, ErrReport.Because(err)
	}
	return s.Report(ctx, machine, r)
}

// Printables are the valid licences of a card's holder as a natural person, for
// a machine of the context's hall.
func (s *Service) Printables(ctx context.Context, machine string, c Card) (out Printables, err error) {
	holder, err := c.key(s)
	if err != nil {
		return out, err
	}
	if s.Prints <= 0 {
		return out, ErrPrintOff
	}
	if !s.cards.Take(access.From(ctx).ID, machine, s.Store.Now()) {
		return out, ErrPrintPace
	}
	list, err := s.list(ctx, `WHERE holder = $1 AND legal = '' AND state = 'valid'`, holder)
	if err != nil {
		return out, err
	}
	out.Licences = []Printable{}
	for _, l := range list {
		if l.State != Valid { // its last day has passed
			continue
		}
		used, err := s.used(ctx, s.Store.Read(), l.ID)
		if err != nil {
			return out, err
		}
		out.Licences = append(out.Licences, Printable{
			ID: l.ID, Name: l.Name, Number: maskLicence(l.Number), Holder: privacy.MaskName(l.Holder), Issuer: l.Body.Name, From: l.From, Until: l.Until, Left: s.left(used),
		})
	}
	return out, s.Audit.Write(ctx, audit.Entry{Action: "licence.kiosk", Detail: fmt.Sprintf("%d shown", len(out.Licences))})
}

// HandOut gives one of a card's licences as PDF to a machine of the context's
// hall, and notes it. Only its holder's card gets it, only while it is valid, and
// only so often a day.
func (s *Service) HandOut(ctx context.Context, machine string, o PrintOrder) (out Sheet, err error) {
	holder, err := o.key(s)
	if err != nil {
		return out, err
	}
	if o.Licence == "" || len(o.Licence) > 40 {
		return out, errNotHers
	}
	if s.Prints <= 0 {
		return out, ErrPrintOff
	}
	hall := access.From(ctx).ID
	name, err := s.hallName(ctx, hall)
	if err != nil {
		return out, fmt.Errorf("print a licence: %w", err)
	}
	out.PDF, err = s.sheet(ctx, o.Licence, holder)
	if err != nil {
		return out, err
	}
	place := []rune(strings.TrimSpace(strings.ToValidUTF8(o.Place, "")))
	err = s.Store.Write(ctx, "print a licence at a machine", func(tx *store.Tx) error {
		out.Print = store.NewID()
		// Whoever prints it elsewhere at this moment waits.
		if _, err := tx.ExecContext(ctx, `UPDATE licence_issued SET reminded = reminded WHERE id = $1`, o.Licence); err != nil {
			return err
		}
		l, err := s.hers(ctx, tx, o.Licence, holder)
		if err != nil {
			return err
		}
		used, err := s.used(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		if s.left(used) == 0 {
			return ErrPrintLimit
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO licence_print (id, licence, at, day, hall, hall_name, machine, machine_name, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'sent')`,
			out.Print, l.ID, store.Millis(tx.Now), tx.Now.In(s.Zone).Format(layout), hall, name, machine, string(place[:min(len(place), maxPlace)]))
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "licence.hand-out", Object: l.ID, Detail: machine})
	})
	if err != nil {
		return Sheet{}, err
	}
	return out, nil
}

// hers reads a valid licence that a natural person holds.
func (s *Service) hers(ctx context.Context, q store.Querier, id, holder string) (Licence, error) {
	l, err := s.scan(q.QueryRowContext(ctx, columns+`WHERE id = $1 AND holder = $2 AND legal = ''`, id, holder))
	switch {
	case store.IsNone(err):
		return l, errNotHers
	case err == nil && l.State != Valid:
		return l, ErrNotValid
	}
	return l, err
}

// sheet is a valid licence of a holder as PDF.
func (s *Service) sheet(ctx context.Context, id, holder string) ([]byte, error) {
	l, err := s.hers(ctx, s.Store.Read(), id, holder)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := s.print(&b, l); err != nil {
		return nil, err
	}
	if b.Len() > maxSheet {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}

// Report takes what became of a sheet from the machine that got it. Told again it
// changes nothing.
func (s *Service) Report(ctx context.Context, machine string, r PrintReport) (noted PrintNoted, err error) {
	if r.Outcome != Printed && r.Outcome != Failed && r.Outcome != Unknown || len(r.Print) > 40 {
		return noted, ErrReport
	}
	err = s.Store.Write(ctx, "note what became of a printed licence", func(tx *store.Tx) error {
		var id string
		row := tx.QueryRowContext(ctx, `SELECT licence FROM licence_print WHERE id = $1 AND hall = $2 AND machine = $3`, r.Print, access.From(ctx).ID, machine)
		if err := row.Scan(&id); store.IsNone(err) {
			return ErrReport
		} else if err != nil {
			return err
		}
		l, err := s.one(ctx, tx, `WHERE id = $1`, id)
		if err != nil {
			return err
		}
		noted.Number = maskLicence(l.Number)
		result, err := tx.ExecContext(ctx, `UPDATE licence_print SET outcome = $1 WHERE id = $2 AND outcome = 'sent'`, string(r.Outcome), r.Print)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "licence.print", Object: id, Detail: machine + " " + string(r.Outcome)})
	})
	return noted, err
}

// usage is how often a licence went to machines today: all, and those that count.
type usage struct{ sent, counted int }

// used counts today's. What surely didn't come out doesn't count.
func (s *Service) used(ctx context.Context, q store.Querier, id string) (u usage, err error) {
	row := q.QueryRowContext(ctx, `SELECT COUNT(*), COUNT(CASE WHEN outcome <> 'failed' THEN 1 END) FROM licence_print WHERE licence = $1 AND day = $2`, id, s.today())
	if err := row.Scan(&u.sent, &u.counted); err != nil {
		return u, fmt.Errorf("count the prints of a licence: %w", err)
	}
	return u, nil
}

// left is how often a licence can be printed today.
func (s *Service) left(u usage) int {
	if u.sent >= maxSent {
		return 0
	}
	return max(0, s.Prints-u.counted)
}

// Print is one sheet of a licence that came from a machine.
type Print struct {
	At      time.Time `json:"at"`
	Hall    string    `json:"hall"`
	Machine string    `json:"machine"`
	Outcome Outcome   `json:"outcome" enum:"sent,printed,failed,unknown" doc:"sent: the machine hasn't told what became of it"`
}

// maxPrints is how many of the latest prints are told.
const maxPrints = 100

// PrintsOf are the latest sheets of a licence, the oldest first.
func (s *Service) PrintsOf(ctx context.Context, id string) ([]Print, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT at, hall_name, machine, machine_name, outcome FROM
		(SELECT id, at, hall_name, machine, machine_name, outcome FROM licence_print WHERE licence = $1 ORDER BY at DESC, id DESC LIMIT $2) AS latest ORDER BY at, id`, id, maxPrints)
	if err != nil {
		return nil, fmt.Errorf("read a licence's prints: %w", err)
	}
	defer rows.Close()
	list := []Print{}
	for rows.Next() {
		var p Print
		var at int64
		var name string
		if err := rows.Scan(&at, &p.Hall, &p.Machine, &name, &p.Outcome); err != nil {
			return nil, fmt.Errorf("read a licence's prints: %w", err)
		}
		if name != "" {
			p.Machine = name
		}
		p.At = store.Time(at)
		list = append(list, p)
	}
	return list, rows.Err()
}

// maskLicence leaves of a licence's number what its holder knows it by.
func maskLicence(number string) string {
	const shown = 4 // characters at either end
	r := []rune(number)
	if len(r) < 3*shown {
		return privacy.MaskNumber(number)
	}
	return string(r[:shown]) + strings.Repeat("*", len(r)-2*shown) + string(r[len(r)-shown:])
}

// hallName is what people call a hall.
func (s *Service) hallName(ctx context.Context, id string) (string, error) {
	if s.Hall == nil {
		return id, nil
	}
	return s.Hall(ctx, id)
}
