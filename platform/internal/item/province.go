package item

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Province is the library of items that another administration keeps (IT-11).
// Items flow one way: from there.
type Province interface {
	// Page returns what is behind a cursor, "" for the beginning.
	Page(ctx context.Context, cursor string) (ProvincePage, error)
}

// ProvincePage is a piece of the province's library.
type ProvincePage struct {
	Catalogue []Entry `json:"catalogue"`
	// Items have the province's part alone. They are known by their code; an
	// item with the state cancelled is cancelled here too.
	Items []Item `json:"items"`
	// Next is the cursor of the next page; empty: this is the last.
	Next string `json:"next"`
}

// HTTPProvince asks a province's library over HTTP: GET Base?region=…&cursor=…
// answers a ProvincePage in JSON.
type HTTPProvince struct {
	// Base is the address, Token what is shown as bearer token, Region whose
	// items are asked for.
	Base, Token, Region string
	// Client is what asks; nil means one of its own.
	Client *http.Client
	// Wait bounds the wait for each page; 0 means 30 seconds.
	Wait time.Duration
}

// ProvinceSettings say where the province's library is, in a YAML file.
type ProvinceSettings struct {
	URL    string `yaml:"url"`
	Token  string `yaml:"token"`
	Region string `yaml:"region"`
	// At is when it is asked each day, such as 02:30.
	At string `yaml:"at"`
}

// LoadProvince reads the settings of the province's library and returns what
// asks it, and when after midnight; nil, where there is no such file.
func LoadProvince(name string) (Province, time.Duration, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the province's settings: %w", err)
	}
	conf := ProvinceSettings{At: "02:30"}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&conf); err != nil {
		return nil, 0, fmt.Errorf("read the province's settings %s: %w", name, err)
	}
	at, err := time.Parse("15:04", conf.At)
	if err != nil {
		return nil, 0, fmt.Errorf("read the province's settings %s: at: %w", name, err)
	}
	u, err := url.Parse(conf.URL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, 0, fmt.Errorf("read the province's settings %s: url: %q is no http address", name, conf.URL)
	}
	return &HTTPProvince{Base: conf.URL, Token: conf.Token, Region: conf.Region}, time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}

// Bounds of the province's answers: of a page, of all, and of the wait for them.
const (
	maxPage      = 32 << 20
	maxPages     = 1000
	maxLibrary   = 200_000 // entries and items
	provinceWait = 30 * time.Second
	libraryWait  = 30 * time.Minute
)

// Page implements Province.
func (p *HTTPProvince) Page(ctx context.Context, cursor string) (page ProvincePage, err error) {
	address, err := url.Parse(p.Base)
	if err != nil {
		return page, fmt.Errorf("read the province's address: %w", err)
	}
	q := address.Query()
	q.Set("region", p.Region)
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	address.RawQuery = q.Encode()
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.Wait, provinceWait))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return page, fmt.Errorf("ask the province: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	client := p.Client
	if client == nil {
		client = &http.Client{}
	}
	resp, err := client.Do(req)
	if err != nil {
		return page, fmt.Errorf("ask the province: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return page, fmt.Errorf("ask the province: answer %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err != nil {
		return page, fmt.Errorf("read the province's answer: %w", err)
	}
	if len(data) > maxPage {
		return page, errors.New("read the province's answer: it is too long")
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		return page, errors.New("read the province's answer: it is no JSON")
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return page, fmt.Errorf("read the province's answer: %w", err)
	}
	return page, nil
}

// fetch asks for the whole library.
func fetch(ctx context.Context, p Province) (ProvincePage, error) {
	ctx, cancel := context.WithTimeout(ctx, libraryWait)
	defer cancel()
	var all ProvincePage
	seen := map[string]bool{}
	for cursor, n := "", 0; n < maxPages; n++ {
		page, err := p.Page(ctx, cursor)
		if err != nil {
			return all, err
		}
		all.Catalogue = append(all.Catalogue, page.Catalogue...)
		all.Items = append(all.Items, page.Items...)
		if len(all.Catalogue)+len(all.Items) > maxLibrary {
			return all, errors.New("ask the province: it has too many items")
		}
		if page.Next == "" {
			return all, nil
		}
		if seen[page.Next] {
			return all, errors.New("ask the province: its pages go round in a circle")
		}
		seen[page.Next] = true
		cursor = page.Next
	}
	return all, errors.New("ask the province: it has too many pages")
}
