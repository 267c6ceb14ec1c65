package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"smarthall/hall-server/internal/documents"
	"smarthall/internal/problem"
)

// Topics by which an intake is brought to the platform, and its words.
const (
	topicIntake = "case-intake"
	topicFiles  = "case-intake-files"
)

// received is the body of topicIntake.
type received struct {
	Intake string `json:"intake"`
	Applicant
	Answers map[string]string `json:"answers,omitempty"`
	Seen    []string          `json:"seen,omitempty"`
	Code    string            `json:"code"`
}

// receivedFiles is the body of topicFiles.
type receivedFiles struct {
	Intake   string   `json:"intake"`
	Material string   `json:"material"`
	Files    []string `json:"files"`
}

// Times and bounds of bringing.
const (
	// uploadWait bounds the sending of one file, readWait that of an answer.
	uploadWait = 3 * time.Minute
	maxAnswer  = 64 << 10 // bytes
	batch      = 50
	keepEvery  = time.Minute // between two looks at the numbers
	sweepEvery = 6 * time.Hour
)

// errLater says that the platform doesn't answer now, or not as it should: what
// waits is tried again.
var errLater = errors.New("the platform doesn't take it now")

// Run sees to it that there are numbers, and brings what waits to the platform,
// until ctx ends; then it returns nil. What goes wrong is logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	if s == nil {
		return nil
	}
	defer s.client.CloseIdleConnections()
	tick := time.NewTicker(s.conf.Every)
	defer tick.Stop()
	var numbers, swept time.Time
	for {
		if now := time.Now(); now.Sub(numbers) >= keepEvery {
			numbers = now
			s.provide(ctx)
		}
		s.count(ctx)
		if now := time.Now(); now.Sub(swept) >= sweepEvery {
			swept = now
			if err := s.conf.Table.SweepIntakes(ctx, s.conf.Now().Add(-kept)); err != nil && ctx.Err() == nil {
				s.conf.Log.Warn("old intakes stay", slog.Any("error", err))
			}
		}
		if s.conf.Linked() {
			if err := s.bring(ctx); err != nil && ctx.Err() == nil {
				s.conf.Log.Warn("received applications wait", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-s.nudged:
		}
	}
}

// nudge has what waits brought soon.
func (s *Service) nudge() {
	select {
	case s.nudged <- struct{}{}:
	default: // it will be
	}
}

// provide asks for numbers if there are few.
func (s *Service) provide(ctx context.Context) {
	if err := s.conf.Numbers.Keep(ctx, Series, keep); err != nil && ctx.Err() == nil {
		s.conf.Log.Warn("numbers not asked for", slog.Any("error", err))
	}
}

// count notes how many numbers are left.
func (s *Service) count(ctx context.Context) {
	left, err := s.conf.Numbers.Left(ctx, Series)
	if err != nil {
		return // the next look knows better
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = left
}

// fewFails is after how many failures the platform isn't bothered any more for
// now.
const fewFails = 3

// bring brings what waits, in the order in which it was received. One that is
// refused or fails holds up those of its own visit only, unless the platform
// doesn't answer at all.
func (s *Service) bring(ctx context.Context) error {
	list, err := s.conf.Table.PendingIntakes(ctx, batch)
	if err != nil {
		return err
	}
	var failed []error
	stuck := map[string]bool{} // visits
	for _, in := range list {
		if stuck[in.Ticket] {
			continue
		}
		if err := s.bringOne(ctx, in); err != nil {
			failed = append(failed, fmt.Errorf("bring intake %s: %w", in.ID, err))
			stuck[in.Ticket] = true
		}
		if len(failed) >= fewFails || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

func (s *Service) bringOne(ctx context.Context, in Intake) (err error) {
	if in.State == Waiting {
		if in, err = s.bringPerson(ctx, in); err != nil {
			return err
		}
	}
	if in.State != Taken {
		return nil
	}
	return s.bringFiles(ctx, in)
}

// bringPerson tells the platform whose an intake is. With its answer the hall
// forgets it.
func (s *Service) bringPerson(ctx context.Context, in Intake) (Intake, error) {
	defer s.lock(in.ID)()
	kept, err := s.open(in)
	if err != nil {
		return in, err
	}
	body := received{Intake: in.ID, Applicant: kept.Applicant, Answers: kept.Answers, Code: kept.Code}
	for _, m := range in.Materials {
		if m.Seen {
			body.Seen = append(body.Seen, m.ID)
		}
	}
	var answer struct {
		Case   string `json:"case"`
		Number string `json:"number"`
	}
	err = s.conf.City.Ask(ctx, topicIntake, in.Window, body, &answer)
	in.State = Taken
	if refused := refusal(err); refused != nil {
		in.State, in.Reason, in.Detail = Refused, refused.Code, sentence(refused)
	} else if err != nil {
		return in, err
	}
	if err := s.conf.Table.SettleIntake(ctx, in.ID, in.State, in.Reason, in.Detail, s.conf.Now()); err != nil {
		return in, err
	}
	s.conf.Log.Info("received application brought", slog.String("intake", in.ID), slog.String("number", in.Number),
		slog.String("state", string(in.State)), slog.String("reason", in.Reason), slog.String("case", answer.Case))
	return in, nil
}

// refusal is what the platform says no with for good; nil if there is no error,
// or one that passes: the link, the hall's own token, a platform of an older
// version, or the event that hasn't come.
func refusal(err error) *problem.Problem {
	var p *problem.Problem
	if !errors.As(err, &p) || p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests {
		return nil
	}
	for _, context := range []string{"cases.", "item.", "files."} {
		if strings.HasPrefix(p.Code, context) {
			return p
		}
	}
	return nil
}

// sentence is what a clerk reads of a refusal.
func sentence(p *problem.Problem) string {
	parts := []string{p.Detail}
	for _, e := range p.Errors {
		if !slices.Contains(parts, e.Message) {
			parts = append(parts, e.Message)
		}
	}
	return strings.Join(parts, "；")
}

// bringFiles sends the files of a case and adds them to their materials.
func (s *Service) bringFiles(ctx context.Context, in Intake) error {
	for _, f := range in.Files {
		if f.State != Waiting {
			continue
		}
		err := s.bringFile(ctx, in, &f)
		if refused := refusal(err); refused != nil {
			f.State, f.Detail = Refused, sentence(refused)
		} else if err != nil {
			return err
		}
		if err := s.conf.Table.SetIntakeFile(ctx, in.ID, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) bringFile(ctx context.Context, in Intake, f *File) error {
	if f.Upload == "" {
		id, err := s.upload(ctx, f.Document)
		if errors.Is(err, documents.ErrUnknown) {
			f.State, f.Detail = Refused, "这份材料在大厅已被删除"
			return nil
		}
		if err != nil {
			return err
		}
		f.Upload = id
		if err := s.conf.Table.SetIntakeFile(ctx, in.ID, *f); err != nil {
			return err
		}
	}
	var done struct{}
	err := s.conf.City.Ask(ctx, topicFiles, in.Window, receivedFiles{Intake: in.ID, Material: f.Material, Files: []string{f.Upload}}, &done)
	var p *problem.Problem
	if errors.As(err, &p) && p.Code == "files.unknown" {
		// The platform forgot an upload that nobody took for a day: it is sent anew.
		f.Upload = ""
		return errors.Join(errLater, s.conf.Table.SetIntakeFile(ctx, in.ID, *f))
	}
	if err == nil {
		f.State = Taken
	}
	return err
}

// upload sends a document and returns the platform's id of it.
func (s *Service) upload(ctx context.Context, id string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadWait)
	defer cancel()
	d, err := s.conf.Documents.Get(ctx, id)
	if err != nil {
		return "", err
	}
	var content bytes.Buffer
	content.Grow(int(d.Size))
	if err := s.conf.Documents.Copy(ctx, id, &content); err != nil {
		return "", err
	}
	address := strings.TrimRight(s.conf.Platform, "/") + "/api/v1/files?name=" + url.QueryEscape(d.Name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &content)
	if err != nil {
		return "", fmt.Errorf("send document %s: %w", id, err)
	}
	req.SetBasicAuth(s.conf.Hall, s.conf.Token)
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := s.client.Do(req)
	if err != nil {
		var told *url.Error
		if errors.As(err, &told) {
			err = told.Err // the address holds the document's name
		}
		return "", fmt.Errorf("send document %s: %w", id, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("read the platform's answer: %w", err)
	}
	if resp.StatusCode != http.StatusCreated {
		return "", answered(resp.StatusCode, answer)
	}
	var file struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &file); err != nil || file.ID == "" {
		return "", errors.Join(errLater, err)
	}
	return file.ID, nil
}

// answered is what the platform said no with.
func answered(status int, body []byte) error {
	var p problem.Problem
	if json.Unmarshal(body, &p) != nil || p.Code == "" {
		return fmt.Errorf("%w: status %d", errLater, status)
	}
	p.Status = status
	return &p
}
