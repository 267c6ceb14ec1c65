-- +goose Up
-- Why a legal person's account is out of use, or should be in use again.
ALTER TABLE legal_person ADD COLUMN state_reason TEXT NOT NULL DEFAULT '';
