-- +goose Up
-- Items that people follow: they get a letter when one changes.
CREATE TABLE portal_follow (
	person TEXT NOT NULL,
	item TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (person, item)
);
CREATE INDEX portal_follow_item ON portal_follow (item, person);

-- What followers were told of an item last.
CREATE TABLE portal_followed (
	item TEXT PRIMARY KEY,
	version BIGINT NOT NULL,
	state TEXT NOT NULL,           -- published, suspended, or gone
	name TEXT NOT NULL
);

-- Articles of which followers were told, so that each is told of once.
CREATE TABLE portal_follow_news (
	article TEXT PRIMARY KEY,
	at BIGINT NOT NULL
);
