-- +goose Up
-- The self-service terminal (hall/kiosk) that let a person in by her card; empty elsewhere.
ALTER TABLE session ADD COLUMN kiosk TEXT NOT NULL DEFAULT '';
