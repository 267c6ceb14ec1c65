package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/sqldb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// sql runs a statement on the database file, behind the store's back.
func sql(t *testing.T, path, statement string, args ...any) error {
	t.Helper()
	db, err := sqldb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { must(t, db.Close()) }()
	_, err = db.Write.ExecContext(t.Context(), statement, args...)
	return err
}

// count is how many rows a table has.
func count(t *testing.T, path, table string) (n int) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), path)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	return string(data)
}

// morning is 09:00 in Shanghai.
var morning = queue.TimeOf(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))

// writer makes records the way the core does.
type writer struct {
	t     *testing.T
	db    *store.Store
	state *queue.State
	now   queue.Time
	seq   uint64
}

func newWriter(t *testing.T, db *store.Store) *writer {
	w := &writer{t: t, db: db, state: queue.NewState(), now: morning}
	w.do("", queue.Configure{Config: queue.Config{
		TimeZone: "Asia/Shanghai", CutOff: 4 * time.Hour,
		Series:   []queue.Series{{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 999}},
		Services: []queue.Service{{ID: "tax", Series: "a", Target: time.Minute, Expected: time.Minute}},
		Windows:  []queue.WindowConfig{{ID: "1", Services: []queue.ServiceID{"tax"}}},
		Rules:    queue.Rules{RecallLimit: 3, Overtaking: 10},
	}})
	return w
}

// record decides cmd and applies it.
func (w *writer) record(key string, cmd queue.Command) (core.Record, []queue.Ticket) {
	w.t.Helper()
	events, err := queue.Decide(w.state, cmd, w.now)
	must(w.t, err)
	var tickets []queue.Ticket
	var answer core.Answer
	for _, e := range events {
		must(w.t, queue.Apply(w.state, e, w.now))
		if ticket := w.state.Tickets[queue.TicketOf(e)]; ticket != nil {
			tickets = append(tickets, *ticket)
			answer.Ticket = ticket
		}
	}
	w.seq++
	return core.Record{
		Seq: w.seq, At: w.now, Day: w.state.Day, Key: key, Print: 42, Actor: "test", Command: cmd.Name(), Events: events, Answer: answer,
	}, tickets
}

func (w *writer) do(key string, cmd queue.Command) {
	w.t.Helper()
	record, tickets := w.record(key, cmd)
	must(w.t, w.db.Append(w.t.Context(), []core.Record{record}, tickets))
}

func (w *writer) take(id string) {
	w.t.Helper()
	w.do("key-"+id, queue.TakeTicket{ID: queue.TicketID(id), Service: "tax", Channel: "name"})
}

func (w *writer) nextDay() {
	w.t.Helper()
	w.now = w.now.Add(24 * time.Hour)
	w.do("", queue.EndDay{Open: true})
}

// visit is a day with one of every record.
func (w *writer) visit() {
	w.t.Helper()
	w.take("t1")
	w.take("t2")
	w.do("", queue.SignIn{Window: "1", Staff: "li", StaffName: "李敏"})
	w.do("call", queue.CallNext{Window: "1"})
	w.do("", queue.TicketCommand{Verb: queue.VerbArrive, Ticket: "t1"})
	w.now = w.now.Add(time.Minute)
	w.do("", queue.Finish{Ticket: "t1"})
	w.do("", queue.Rate{Ticket: "t1", Score: 5})
	w.do("", queue.RecordPrint{Ticket: "t2", Job: "j", Outcome: "failed"})
}

// snapshot stores the writer's state.
func (w *writer) snapshot() {
	w.t.Helper()
	must(w.t, w.db.Snapshot(w.t.Context(), w.seq, []byte(toJSON(w.t, w.state))))
}

// wantLoad checks that a newly opened store has the writer's state.
func (w *writer) wantLoad(db *store.Store) core.Loaded {
	w.t.Helper()
	loaded, err := db.Load(w.t.Context())
	must(w.t, err)
	if got, want := toJSON(w.t, loaded.State), toJSON(w.t, w.state); got != want || loaded.Seq != w.seq {
		w.t.Errorf("loaded record %d and\n%s\nwant %d and\n%s", loaded.Seq, got, w.seq, want)
	}
	replayed, seq, err := db.Replay(w.t.Context())
	must(w.t, err)
	if got := toJSON(w.t, replayed); got != toJSON(w.t, w.state) || seq != w.seq {
		w.t.Errorf("the log replays to record %d and\n%s", seq, got)
	}
	return loaded
}

// landed are the migrations that halls have run: they never change again. A
// new one is added here with its sum.
var landed = map[string]string{
	"0001_log.sql":             "e6a1a599cf71f979c2613481e8db3fa5f6656f22506358d4799760f830ce197a",
	"0003_webhook.sql":         "b762af98dbbf6c790c77b6d0e86b4c2865ce7ffecc67b43e4e292cc1bd5a1016",
	"0004_message.sql":         "e774fb82cabb5934873adeadaebe94db4f500ea789c6db83f0a04ea1be69065b",
	"0005_statistics.sql":      "6f9b31cee146b736e30b510b26fa4b86e6504cfd9cfaa82314c71f2de0cc25f8",
	"0006_promise.sql":         "70c50e4ea41655b2791239c3043d318b529b10c2b8a88fa71ba53d842fb9ece6",
	"0007_document.sql":        "555b680aa644c4beec3c16823b1d2ebba972a714298b1a098e8170517924d2e7",
	"0008_uplink.sql":          "49fe3e930659b907edabfb733831977f452b84c10796d4ee1f1b5cb6c29a3f50",
	"0009_config.sql":          "30f73714afe41204644e2f89ebf0c423a397903fc99ecda85197d4708df8066e",
	"0010_layout.sql":          "0d78c3655928b84169835d02807fc0fd3909c22fcd52870eb1603c55b4bb154b",
	"0011_board.sql":           "fa06e9122208ce80fe0c12ff3be0818c4672910076e6904170b4ecc9c633693a",
	"0012_intake.sql":          "30ebdc7332377397f6739daaa8773d2d3908800e0d54ab4c6efa23bb4f6707d9",
	"0013_content.sql":         "d15bfe892651ebc3b5b9efa02639bc6c80201acb5271737612502763ff262aa6",
	"0014_profile_version.sql": "147b37496aede458f341664bcbd79c299689fa4c7540ef1d090de69005d37f66",
}

func TestLandedMigrationsNeverChange(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	if len(files) != len(landed) {
		t.Errorf("%d migrations, %d sums: add the new one", len(files), len(landed))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		sum := sha256.Sum256(text)
		if got, want := hex.EncodeToString(sum[:]), landed[filepath.Base(file)]; got != want {
			t.Errorf("%s has sum %s, landed with %q: write a new migration instead", file, got, want)
		}
	}
}

func TestAnEmptyDatabaseIsAnEmptyHall(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "new", "hall.db"))
	loaded, err := db.Load(t.Context())
	must(t, err)
	if loaded.Seq != 0 || loaded.State.Config != nil || len(loaded.Keys) != 0 {
		t.Errorf("a new hall has %+v", loaded)
	}
	must(t, db.Ping(t.Context()))
	if _, ok, err := db.Ticket(t.Context(), "nope"); ok || err != nil {
		t.Errorf("a ticket that never was: %v, %v", ok, err)
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	open(t, path)
	must(t, sql(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`))
	if db, err := store.Open(t.Context(), path); !errors.Is(err, sqldb.ErrNewer) {
		if err == nil {
			_ = db.Close()
		}
		t.Errorf("got %v, want ErrNewer", err)
	}
}

func TestADatabaseThatIsNoneIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600))
	if db, err := store.Open(t.Context(), path); err == nil {
		_ = db.Close()
		t.Error("a text file was opened as a hall")
	}
}

const insertTicket = `INSERT INTO ticket (id, day, number, service, channel, state, win, taken, called, started, ended, score, print)
	VALUES ($1, $2, $3, 'tax', 'name', $4, '', 0, 0, 0, 0, 0, '')`

func TestTheTableKnowsEveryStateAndNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	open(t, path)
	for i, state := range queue.States() {
		if err := sql(t, path, insertTicket, fmt.Sprint("t", i), "2026-11-23", fmt.Sprint("A", i), string(state)); err != nil {
			t.Errorf("state %s: %v", state, err)
		}
	}
	for _, state := range []string{"", "eaten", "Waiting"} {
		if err := sql(t, path, insertTicket, "x", "2026-11-23", "X", state); err == nil {
			t.Errorf("state %q was stored", state)
		}
	}
}

func TestANumberIsUniqueOnItsDay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	open(t, path)
	must(t, sql(t, path, insertTicket, "t1", "2026-11-23", "A001", "waiting"))
	if err := sql(t, path, insertTicket, "t2", "2026-11-23", "A001", "waiting"); err == nil {
		t.Error("a number was stored twice on one day")
	}
	must(t, sql(t, path, insertTicket, "t3", "2026-11-24", "A001", "waiting"))
}

func TestABatchIsAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	w.take("t1")
	want, seq := toJSON(t, w.state), w.seq

	good, tickets := w.record("", queue.TakeTicket{ID: "t2", Service: "tax", Channel: "name"})
	twice := good // the same number again
	twice.Seq++
	twice.Events = queue.Events{queue.TicketTaken{Ticket: "t3", Number: "A001", Service: "tax"}}
	ghost := queue.Ticket{ID: "t3", Number: "A001", Service: "tax", State: queue.Waiting}
	if err := w.db.Append(t.Context(), []core.Record{good, twice}, append(tickets, ghost)); err == nil {
		t.Fatal("a number given twice was stored")
	}
	loaded, err := w.db.Load(t.Context())
	must(t, err)
	if toJSON(t, loaded.State) != want || loaded.Seq != seq {
		t.Error("half of a batch was kept")
	}
	must(t, w.db.Append(t.Context(), []core.Record{good}, tickets)) // and the store goes on
}

func TestASeqIsWrittenOnce(t *testing.T) {
	w := newWriter(t, open(t, filepath.Join(t.TempDir(), "hall.db")))
	w.seq--
	record, tickets := w.record("", queue.SignIn{Window: "1", Staff: "li"})
	if err := w.db.Append(t.Context(), []core.Record{record}, tickets); err == nil {
		t.Error("a record was overwritten")
	}
}

func TestATicketThatIsNotInTheTableIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	w := newWriter(t, open(t, path))
	w.take("t1")
	must(t, sql(t, path, `DELETE FROM ticket`))
	record, tickets := w.record("", queue.Cancel{Ticket: "t1"})
	if err := w.db.Append(t.Context(), []core.Record{record}, tickets); err == nil {
		t.Error("a ticket the table lost was updated without a word")
	}
}
