-- +goose Up
-- Texts, each version for ever: what was sent can be read again.
CREATE TABLE message_template (
	key TEXT NOT NULL,                 -- context.happening
	version BIGINT NOT NULL,
	state TEXT NOT NULL,               -- draft, review, published, replaced, dropped
	content TEXT NOT NULL,             -- JSON of a Template
	origin TEXT NOT NULL,              -- product: came with the program; staff: written here
	author TEXT NOT NULL,              -- staff id, or empty
	reviewer TEXT NOT NULL,
	created BIGINT NOT NULL,
	published BIGINT NOT NULL,
	PRIMARY KEY (key, version)
);

-- One thing told to one person.
CREATE TABLE message_notice (
	id TEXT PRIMARY KEY,
	key TEXT NOT NULL UNIQUE,          -- the same again is no second notice
	template TEXT NOT NULL,
	version BIGINT NOT NULL,
	person TEXT NOT NULL,              -- id, or empty
	phone TEXT NOT NULL,               -- sealed, as the sender named it; empty: the person's own
	email TEXT NOT NULL,               -- likewise
	vars TEXT NOT NULL,                -- sealed JSON; empty: forgotten
	secret BIGINT NOT NULL,            -- 1: forgotten once it is delivered
	urgent BIGINT NOT NULL,            -- 1: goes before others, at any hour
	inbox BIGINT NOT NULL,             -- 1: it stands in the person's inbox
	seen BIGINT NOT NULL,              -- when she read it there
	state TEXT NOT NULL,
	channel TEXT NOT NULL,             -- of the last try
	provider TEXT NOT NULL,
	address TEXT NOT NULL,             -- masked
	reason TEXT NOT NULL,              -- why it waits or failed, in Chinese
	spent TEXT NOT NULL,               -- providers that won't be asked again: name! refused it, name~ didn't manage
	tries BIGINT NOT NULL,             -- at the present provider
	attempts BIGINT NOT NULL,          -- in all
	created BIGINT NOT NULL,
	due BIGINT NOT NULL,
	expires BIGINT NOT NULL,           -- of no more use from here on
	changed BIGINT NOT NULL,
	lease BIGINT NOT NULL              -- a process has it in hand until then, by the machine's clock
);
CREATE INDEX message_notice_due ON message_notice (urgent, due) WHERE state = 'created';
CREATE INDEX message_notice_inbox ON message_notice (person, id) WHERE inbox = 1;
CREATE INDEX message_notice_state ON message_notice (state, changed);
CREATE INDEX message_notice_created ON message_notice (created);
CREATE INDEX message_notice_secret ON message_notice (expires) WHERE secret = 1 AND vars <> '';

-- What was tried, and what was heard of it.
CREATE TABLE message_try (
	notice TEXT NOT NULL REFERENCES message_notice (id),
	n BIGINT NOT NULL,
	at BIGINT NOT NULL,
	channel TEXT NOT NULL,
	provider TEXT NOT NULL,
	outcome TEXT NOT NULL,             -- accepted, fault, refused, or the state a receipt told of
	reason TEXT NOT NULL,
	receipt TEXT NOT NULL,             -- the provider's own name of it
	PRIMARY KEY (notice, n)
);

-- How much went to an address on a day. The address * is everybody.
CREATE TABLE message_quota (
	day TEXT NOT NULL,
	channel TEXT NOT NULL,
	address TEXT NOT NULL,             -- keyed hash
	n BIGINT NOT NULL,
	PRIMARY KEY (day, channel, address)
);

-- Addresses that nothing is sent to.
CREATE TABLE message_suppressed (
	address TEXT PRIMARY KEY,          -- keyed hash
	kind TEXT NOT NULL,                -- phone, email
	masked TEXT NOT NULL,
	reason TEXT NOT NULL,              -- opted-out, wrong-owner, unreachable
	author TEXT NOT NULL,              -- staff id, or the provider
	at BIGINT NOT NULL
);

-- Where the provider without a gateway puts what it is given.
CREATE TABLE message_outbox (
	id TEXT PRIMARY KEY,               -- the notice's
	at BIGINT NOT NULL,
	channel TEXT NOT NULL,
	address TEXT NOT NULL,             -- sealed
	title TEXT NOT NULL,
	text TEXT NOT NULL                 -- sealed; empty: a secret that isn't shown
);
CREATE INDEX message_outbox_at ON message_outbox (at);
