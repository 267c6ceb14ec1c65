-- +goose Up
-- Notices and laws that the portal publishes.
CREATE TABLE portal_article (
	id TEXT PRIMARY KEY,           -- lower-case letters, digits, hyphens; a part of its address
	kind TEXT NOT NULL,            -- notice, law
	title TEXT NOT NULL,
	source TEXT NOT NULL,          -- who issued it, with its number
	summary TEXT NOT NULL,
	body TEXT NOT NULL,            -- paragraphs between line ends
	at BIGINT NOT NULL             -- day of its publication, Unix milliseconds
);
CREATE INDEX portal_article_list ON portal_article (kind, at, id);

-- Tickets of halls' present days, for how many wait there.
CREATE TABLE portal_ticket (
	hall TEXT NOT NULL,
	ticket TEXT NOT NULL,
	day TEXT NOT NULL,             -- the hall's, such as 2026-11-23
	waiting BIGINT NOT NULL,       -- 1 while its holder waits
	PRIMARY KEY (hall, ticket)
);
CREATE INDEX portal_ticket_day ON portal_ticket (day, hall);
