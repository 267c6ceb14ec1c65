package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/payment"
	"smarthall/platform/internal/store"
)

// paymentSettings are the file payments.yaml in the data folder.
type paymentSettings struct {
	// Name, Address and Key are the provider's. Without an address fees are
	// paid at the demo provider in a demo city, and at the window elsewhere.
	Name    string `yaml:"name"`
	Address string `yaml:"address"`
	Key     string `yaml:"key"`
}

// openPayments opens the fees of cases.
func (c *contexts) openPayments(ctx context.Context, conf Config) error {
	provider, err := c.paymentProvider(conf)
	if err != nil {
		return err
	}
	c.payments, err = payment.Open(ctx, payment.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Managers: c.managers, Provider: provider, Frame: c.frame, BaseURL: conf.BaseURL, Log: conf.Log,
		Told: func(ctx context.Context, tx *store.Tx, caseID, order string) error {
			return c.cases.Paid(ctx, tx, caseID, order)
		},
		Region: func(ctx context.Context, id string) (string, error) {
			it, err := c.items.Get(ctx, id)
			if errors.Is(err, item.ErrUnknown) {
				return "", nil
			}
			return it.Region, err
		},
		Body: func(ctx context.Context, id string) (string, error) {
			body, err := c.licenceBody(ctx, id)
			return body.Name, err
		},
	})
	return err
}

// paymentProvider is where fees are paid; nil is the demo provider.
func (c *contexts) paymentProvider(conf Config) (payment.Provider, error) {
	path := filepath.Join(conf.Data, "payments.yaml")
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && conf.Demo:
		return nil, nil //nolint:nilnil // the demo provider, as documented
	case errors.Is(err, fs.ErrNotExist):
		return payment.Nowhere{}, nil
	case err != nil:
		return nil, fmt.Errorf("read the payment settings: %w", err)
	}
	var settings paymentSettings
	if err := yaml.Unmarshal(data, &settings); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return payment.NewGateway(settings.Name, settings.Address, []byte(settings.Key), c.store.Now)
}

// casePayments are the payments as cases want them.
type casePayments struct{ *payment.Service }

// Order implements cases.Payments.
func (s casePayments) Order(ctx context.Context, tx *store.Tx, o cases.PaymentOrder) (string, error) {
	lines := make([]payment.Line, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = payment.Line{Fee: l.Fee, Name: l.Name, Amount: l.Amount, Basis: l.Basis}
	}
	made, err := s.Service.Order(ctx, tx, payment.Request{
		Case: o.Case, CaseNo: o.CaseNo, Title: o.Title, Organisation: o.Organisation, Region: o.Region, Person: o.Person, Legal: o.Legal, Payer: o.Payer, Lines: lines,
	})
	return made.ID, err
}
