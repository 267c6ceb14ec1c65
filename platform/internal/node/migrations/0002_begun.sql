-- +goose Up
-- The epoch of the hall's stream in which it was told all that it should know.
ALTER TABLE node_hall ADD COLUMN begun TEXT NOT NULL DEFAULT '';
-- 1: data is sealed with the platform's key.
ALTER TABLE node_parked ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
