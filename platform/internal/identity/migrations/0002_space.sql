-- +goose Up
-- Items that a person wants to find again.
CREATE TABLE favourite (
	person TEXT NOT NULL REFERENCES person (id),
	item TEXT NOT NULL,                -- id of the item
	at BIGINT NOT NULL,
	PRIMARY KEY (person, item)
);

-- Sign-ins at the province that came back: none comes back twice.
CREATE TABLE province_return (
	id TEXT PRIMARY KEY,               -- keyed hash of the sign-in's state
	until BIGINT NOT NULL
);
