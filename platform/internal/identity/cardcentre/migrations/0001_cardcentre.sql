-- +goose Up
-- Codes of citizen cards that are good for once and were used, by keyed hash;
-- older ones than a day have long expired and are dropped.
CREATE TABLE card_code_used (
	hash TEXT PRIMARY KEY,
	at BIGINT NOT NULL
);
CREATE INDEX card_code_used_at ON card_code_used (at);
