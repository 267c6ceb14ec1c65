-- +goose Up
-- The deferred materials whose time is over, which a head decides about.
CREATE INDEX case_deferred_overdue ON case_deferred (due, case_id, material) WHERE wake = 0;
