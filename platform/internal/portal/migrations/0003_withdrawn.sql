-- +goose Up
-- Articles that were taken away, so that a text isn't lost with them. One that
-- is published again leaves.
CREATE TABLE portal_withdrawn (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	title TEXT NOT NULL,
	source TEXT NOT NULL,
	summary TEXT NOT NULL,
	body TEXT NOT NULL,
	at BIGINT NOT NULL
);
