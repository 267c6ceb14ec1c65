package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/licence"
)

// openLicences opens the licence library.
func (c *contexts) openLicences(ctx context.Context, conf Config) error {
	prints, err := licencePrints(conf.Data)
	if err != nil {
		return err
	}
	c.licences, err = licence.Open(ctx, licence.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Messages: c.messages, Body: c.licenceBody, Frame: c.frame, BaseURL: conf.BaseURL, Demo: conf.Demo, Log: conf.Log,
		Prints: prints,
		Hall: func(ctx context.Context, id string) (string, error) {
			h, err := c.node.Hall(ctx, id)
			return h.Name, err
		},
	})
	if err != nil {
		return err
	}
	c.node.OnAsk(licence.TopicList, c.licences.AskedList)
	c.node.OnAsk(licence.TopicPrint, c.licences.AskedPrint)
	c.node.OnAsk(licence.TopicPrinted, c.licences.AskedPrinted)
	return nil
}

// licenceSettings are the file licences.yaml in the data folder.
type licenceSettings struct {
	// Prints is how often a licence is printed by halls' machines on one day; 0:
	// it isn't.
	Prints int `yaml:"prints"`
}

// mostPrints bounds Prints.
const mostPrints = 20

// licencePrints reads how often a licence is printed on one day.
func licencePrints(folder string) (int, error) {
	settings := licenceSettings{Prints: licence.DefaultPrints}
	path := filepath.Join(folder, "licences.yaml")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return settings.Prints, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the licence settings: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&settings); err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	if settings.Prints < 0 || settings.Prints > mostPrints {
		return 0, fmt.Errorf("read %s: prints must be 0 to %d", path, mostPrints)
	}
	return settings.Prints, nil
}

// licenceBody is an organisation that issues licences.
func (c *contexts) licenceBody(ctx context.Context, id string) (licence.Body, error) {
	all, err := c.identity.Organisations(ctx)
	if err != nil {
		return licence.Body{}, err
	}
	i := slices.IndexFunc(all, func(o identity.Organisation) bool { return o.ID == id })
	if i < 0 {
		return licence.Body{}, licence.ErrOrder
	}
	return licence.Body{ID: id, Name: all[i].Name, Code: all[i].Code}, nil
}
