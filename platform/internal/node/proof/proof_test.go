package proof_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/internal/sqldb/sqldbtest"
)

var (
	long = flag.Duration("proof", 0, "how long hall and platform are tormented; by default some 10 seconds")
	seed = flag.Uint64("proof.seed", 0, "repeats a proof's accidents")
)

// short is how long the proof takes as one of many tests.
const short = 10 * time.Second

// TestNothingIsLostOrDoubledBetweenHallAndPlatform runs the real hall-server
// under load from three windows against a platform that books, moves and
// cancels appointments, both as processes of their own. Meanwhile the line
// between them is cut again and again, and either is stopped or killed at
// random moments. In the end every event of the hall's log was taken by the
// platform exactly once and in the log's order, and every event that the
// platform published changed the hall's queue exactly once, in the order of
// publishing. Applications that were received during visits have each a number of
// their own, were announced once, between the visit's arrival and its end, and
// brought to the platform.
func TestNothingIsLostOrDoubledBetweenHallAndPlatform(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and torments it for 20 s")
	}
	if *long > 0 {
		sqldbtest.Each(t, func(t *testing.T, target string) { prove(t, target, *long) })
		return
	}
	prove(t, sqldbtest.File(t), short)
}

func prove(t *testing.T, target string, takes time.Duration) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	p := newPlatform(t, target)
	p.start()
	line := newProxy(t, p.leaves)
	h := newHall(t, line.Addr().String())
	h.start()
	provided(t, h)
	load, stop := context.WithCancel(t.Context())
	defer stop()
	var windows sync.WaitGroup
	for window, service := range map[string]string{"1": "business-licence", "4": "tax", "8": "social-insurance"} {
		windows.Go(func() { h.visits(load, window, service) })
	}
	rounds := 0
	for until := time.Now().Add(takes); (rounds < 2 || time.Now().Before(until)) && !t.Failed(); rounds++ {
		pause := func(most int) { time.Sleep(time.Duration(random.IntN(most)) * time.Millisecond) }
		line.cut(true)
		pause(1500)
		torment(rounds, random, h, p)
		line.cut(false)
		flows(t, h)
		pause(50) // both are in the midst of it
		torment(rounds+1, random, h, p)
		flows(t, h)
		pause(500)
	}
	stop()
	windows.Wait()
	p.quiet()
	settle(t, h, p)
	settleIntakes(t, h)
	h.end(syscall.SIGTERM)
	p.end(syscall.SIGTERM)
	up, down := verifyUp(t, h, p), verifyDown(t, h, p)
	intakes := verifyIntakes(t, h, p)
	t.Logf("%d rounds, %d events up, %d down, %d applications received, each once and in order", rounds, up, down, intakes)
	if up < 20 || down < 100 || intakes < 3 { // a busy machine comes to no more
		t.Errorf("%d rounds with %d and %d events and %d applications prove nothing", rounds, up, down, intakes)
	}
}

// torment does one of six things to one or both sides.
func torment(n int, random *rand.Rand, h *hallProcess, p *platformProcess) {
	switch n % 6 {
	case 0: // only the line
	case 1:
		h.end(syscall.SIGKILL)
		h.start()
	case 2:
		p.end(syscall.SIGKILL)
		p.start()
	case 3:
		h.end(syscall.SIGTERM)
		h.start()
	case 4:
		h.end(syscall.SIGKILL)
		p.end(syscall.SIGKILL)
		time.Sleep(time.Duration(random.IntN(500)) * time.Millisecond)
		p.start()
		h.start()
	case 5:
		p.end(syscall.SIGTERM)
		p.start()
	}
}

// flows waits until the hall takes events of the platform again.
func flows(t *testing.T, h *hallProcess) {
	t.Helper()
	db := sqldbtest.Open(t, filepath.Join(h.data, "hall.db"))
	before := count(t, db, `SELECT count(*) FROM uplink_taken`)
	eventually(t, "the hall takes events again", func() bool { return count(t, db, `SELECT count(*) FROM uplink_taken`) > before })
}

// platformProcess is the platform of platform_test.go.
type platformProcess struct {
	process
	target, dir, leaves, bus string
	stdin                    io.WriteCloser
	words                    chan string
}

func newPlatform(t *testing.T, target string) *platformProcess {
	t.Helper()
	p := &platformProcess{target: target, dir: t.TempDir(), leaves: "127.0.0.1:0"}
	p.process = process{
		t: t, name: "the platform", ready: func() bool {
			word, alive := <-p.words
			if !alive {
				t.Fatal("the platform ended at its start")
			}
			p.leaves = strings.TrimPrefix(word, "leaves ") // where it shall be found again
			return true
		},
		make: func() *exec.Cmd {
			told, err := json.Marshal(platformConf{Target: target, Dir: p.dir, Leaves: p.leaves, Bus: p.bus})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(cmd.Environ(), platformEnv+"="+string(told))
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			words := make(chan string, 8)
			go func() {
				defer close(words)
				for lines := bufio.NewScanner(stdout); lines.Scan(); {
					words <- lines.Text()
				}
			}()
			p.stdin, p.words = stdin, words
			return cmd
		},
	}
	t.Cleanup(p.clean)
	return p
}

// quiet ends the publishing.
func (p *platformProcess) quiet() {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, "quiet\n"); err != nil {
		p.t.Fatal(err)
	}
	if word := <-p.words; word != "quiet" {
		p.t.Fatalf("the platform said %q", word)
	}
}

// settle waits until both sides have heard all there is.
func settle(t *testing.T, h *hallProcess, p *platformProcess) {
	t.Helper()
	hall, platform := sqldbtest.Open(t, filepath.Join(h.data, "hall.db")), sqldbtest.Open(t, p.target)
	want := len(logged(t, hall))
	eventually(t, fmt.Sprintf("the platform hears all %d events", want), func() bool {
		return count(t, platform, `SELECT count(*) FROM proof_taken`) >= want
	})
	sent := count(t, platform, `SELECT count(*) FROM proof_sent`)
	eventually(t, fmt.Sprintf("the hall hears all %d events", sent), func() bool {
		// It takes others, too, such as items: what they did in its log counts.
		return count(t, hall, `SELECT count(*) FROM uplink_taken`) >= sent && done(t, hall) >= sent
	})
}

func count(t *testing.T, db *sqldb.DB, query string) (n int) {
	t.Helper()
	if err := db.Read.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
