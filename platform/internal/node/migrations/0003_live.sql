-- +goose Up
-- How a hall was when it last said so, every few seconds while it is linked.
CREATE TABLE node_live (
	hall TEXT PRIMARY KEY,
	at BIGINT NOT NULL,            -- when it said so by the platform's clock, Unix milliseconds
	body TEXT NOT NULL             -- JSON
);
