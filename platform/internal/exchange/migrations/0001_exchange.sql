-- +goose Up
-- Whom the platform exchanges messages with.
CREATE TABLE exchange_member (
	code TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('upper', 'lower', 'department')),
	known_as TEXT NOT NULL,      -- what the member calls this platform
	address TEXT NOT NULL,       -- where it takes messages; empty: it only sends
	public_key TEXT NOT NULL,    -- SM2, 65 bytes in hex
	region TEXT NOT NULL,        -- whose cases it hears of, with all below it
	organisation TEXT NOT NULL,  -- of a department: whose system it is
	account TEXT NOT NULL,       -- of a department: the member of staff that it acts as
	active BIGINT NOT NULL,
	tries BIGINT NOT NULL,       -- how often in a row it didn't answer
	until BIGINT NOT NULL,       -- when it is asked again
	trouble TEXT NOT NULL,       -- why it didn't answer
	heard BIGINT NOT NULL,       -- when it last answered or asked
	reconciled TEXT NOT NULL     -- the last day that was compared with it
);

-- Which services a member may use; items is a JSON list, empty for all.
CREATE TABLE exchange_grant (
	member TEXT NOT NULL,
	service TEXT NOT NULL,
	items TEXT NOT NULL,
	PRIMARY KEY (member, service)
);

-- Every message, in and out, as it stands.
CREATE TABLE exchange_message (
	key TEXT PRIMARY KEY,        -- ours; of what goes out it is the id
	direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
	member TEXT NOT NULL,
	id TEXT NOT NULL,            -- the sender's
	service TEXT NOT NULL,
	subject TEXT NOT NULL,       -- those of one subject keep their order
	series BIGINT NOT NULL,      -- its number within the subject
	day TEXT NOT NULL,           -- 2026-11-23: of what it tells, where the platform is
	body TEXT NOT NULL,          -- sealed; empty once it was forgotten
	digest TEXT NOT NULL,        -- SM3 of service, subject, number and body
	state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'acknowledged', 'refused', 'dead')),
	receipt TEXT NOT NULL,       -- the answer's body, sealed
	reason TEXT NOT NULL,        -- why it was refused, or isn't there yet
	attempts BIGINT NOT NULL,
	next_at BIGINT NOT NULL,     -- when it is sent again
	begun BIGINT NOT NULL,       -- from when it may wait
	signed_at BIGINT NOT NULL,   -- when its newest envelope was signed
	created BIGINT NOT NULL,
	changed BIGINT NOT NULL
);
CREATE UNIQUE INDEX exchange_message_id ON exchange_message (direction, member, id);
CREATE INDEX exchange_message_series ON exchange_message (member, direction, subject, series);
CREATE INDEX exchange_message_due ON exchange_message (direction, state, member, next_at);
CREATE INDEX exchange_message_day ON exchange_message (day, member, direction, service, state);

-- What happened to messages, chained by hashes.
CREATE TABLE exchange_ledger (
	seq BIGINT PRIMARY KEY,      -- 1, 2, 3 … without gaps
	at BIGINT NOT NULL,
	what TEXT NOT NULL,
	direction TEXT NOT NULL,
	member TEXT NOT NULL,
	message TEXT NOT NULL,
	service TEXT NOT NULL,
	digest TEXT NOT NULL,
	hash TEXT NOT NULL           -- SM3 over the entry and the hash before it
);
CREATE INDEX exchange_ledger_message ON exchange_ledger (message, seq);
CREATE TABLE exchange_ledger_head (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	seq BIGINT NOT NULL,
	hash TEXT NOT NULL
);
INSERT INTO exchange_ledger_head (one, seq, hash) VALUES (1, 0, '');

-- What departments' systems told of cases.
CREATE TABLE exchange_told (
	key TEXT PRIMARY KEY,        -- the message's
	case_id TEXT NOT NULL,
	member TEXT NOT NULL,
	service TEXT NOT NULL,
	at BIGINT NOT NULL,
	said TEXT NOT NULL           -- JSON, sealed
);
CREATE INDEX exchange_told_case ON exchange_told (case_id, key);

-- One-time links to files, by the hash of their token.
CREATE TABLE exchange_link (
	token TEXT PRIMARY KEY,
	member TEXT NOT NULL,
	case_id TEXT NOT NULL,
	file TEXT NOT NULL,
	until BIGINT NOT NULL,
	used BIGINT NOT NULL
);
CREATE INDEX exchange_link_until ON exchange_link (until);

-- Who asked for shared data, and why.
CREATE TABLE exchange_call (
	key TEXT PRIMARY KEY,        -- the message's
	member TEXT NOT NULL,
	service TEXT NOT NULL,
	day TEXT NOT NULL,
	at BIGINT NOT NULL,
	purpose TEXT NOT NULL,
	case_no TEXT NOT NULL,
	found BIGINT NOT NULL
);
CREATE INDEX exchange_call_day ON exchange_call (day, member, service);

-- Keys of third parties to the open API.
CREATE TABLE exchange_key (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	contact TEXT NOT NULL,
	hash TEXT NOT NULL UNIQUE,
	per_day BIGINT NOT NULL,
	active BIGINT NOT NULL,
	created BIGINT NOT NULL
);
CREATE TABLE exchange_key_day (
	key TEXT NOT NULL,
	day TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (key, day)
);
