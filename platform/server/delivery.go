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
	"smarthall/platform/internal/delivery"
	"smarthall/platform/internal/store"
)

// openDeliveries opens the parcels with results.
func (c *contexts) openDeliveries(ctx context.Context, conf Config) (err error) {
	carrier, err := c.carrier(conf)
	if err != nil {
		return err
	}
	c.deliveries, err = delivery.Open(ctx, delivery.Config{
		Carrier: carrier,
		Store:   c.store, Keys: c.keys, Audit: c.audit, Managers: c.managers, Demo: conf.Demo, Log: conf.Log,
		Told: func(ctx context.Context, tx *store.Tx, caseID, proof string) error {
			return c.cases.Delivered(ctx, tx, caseID, proof)
		},
	})
	return err
}

// carrierSettings are the file deliveries.yaml in the data folder.
type carrierSettings struct {
	// Name is what people call the carrier; Address and Key are its own.
	Name    string `yaml:"name"`
	Address string `yaml:"address"`
	Key     string `yaml:"key"`
}

// carrier is who brings parcels; nil without settings: then the demo carrier in
// a demo city, and clerks by hand elsewhere.
func (c *contexts) carrier(conf Config) (delivery.Carrier, error) {
	path := filepath.Join(conf.Data, "deliveries.yaml")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no carrier is connected, as documented
	}
	if err != nil {
		return nil, fmt.Errorf("read the carrier's settings: %w", err)
	}
	var settings carrierSettings
	if err := yaml.Unmarshal(data, &settings); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return delivery.NewCourier(settings.Name, settings.Address, []byte(settings.Key), c.store.Now)
}

// caseDeliveries are the parcels as cases want them.
type caseDeliveries struct{ *delivery.Service }

// Order implements cases.Deliveries.
func (s caseDeliveries) Order(ctx context.Context, tx *store.Tx, o cases.DeliveryOrder) (string, error) {
	return s.Service.Order(ctx, tx, delivery.Request{
		Case: o.Case, CaseNo: o.CaseNo, Title: o.Title, Organisation: o.Organisation, Region: o.Region, Person: o.Person, Legal: o.Legal,
		Receiver: delivery.Receiver{Name: o.Delivery.Name, Phone: o.Delivery.Phone, Address: o.Delivery.Address},
	})
}
