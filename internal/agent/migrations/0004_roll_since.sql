-- +goose Up

-- When the roll was put in, as far as anybody knows.
ALTER TABLE rolls ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- unix ms, 0 if nobody knows
