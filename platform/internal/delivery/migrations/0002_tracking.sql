-- +goose Up
-- A carrier's number is looked up when it gives one.
CREATE INDEX delivery_tracking ON delivery_parcel (tracking) WHERE tracking <> '';
