-- +goose Up
-- Where a person also gets messages, once a code that was sent there came back.
CREATE TABLE person_email (
	person TEXT PRIMARY KEY REFERENCES person (id),
	address TEXT NOT NULL,             -- sealed
	at BIGINT NOT NULL
);
