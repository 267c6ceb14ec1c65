-- +goose Up
-- Since when a conversation waits for somebody of the staff: from when its asker
-- wanted a person, and anew from each handover to another organisation.
ALTER TABLE evaluation_conversation ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;
UPDATE evaluation_conversation SET waits = asked;
