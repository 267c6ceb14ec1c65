-- +goose Up
-- A legal person may be opened by who handles its affairs, before its
-- representative has an account: representative is NULL until then. The tables
-- are made anew because a column can't lose its NOT NULL on every engine.
CREATE TABLE legal_person_new (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL,
	way TEXT NOT NULL,                 -- representative, ca, licence
	name TEXT NOT NULL,
	code TEXT NOT NULL UNIQUE,         -- unified social credit code (GB 32100), public
	representative TEXT REFERENCES person (id),
	representative_name TEXT NOT NULL DEFAULT '', -- sealed; as its licence tells it; empty: not told
	provider TEXT NOT NULL,
	created BIGINT NOT NULL
);
INSERT INTO legal_person_new (id, state, way, name, code, representative, provider, created)
	SELECT id, state, way, name, code, representative, provider, created FROM legal_person;
CREATE TABLE delegation_new (
	id TEXT PRIMARY KEY,
	legal TEXT NOT NULL REFERENCES legal_person_new (id),
	parent TEXT NOT NULL,              -- the delegation of who granted it; empty: the legal person itself
	depth BIGINT NOT NULL,             -- 1 to 3
	grantee TEXT NOT NULL REFERENCES person (id),
	role TEXT NOT NULL,                -- manager, handler
	items TEXT NOT NULL,               -- JSON list of item ids; [] is all
	valid_from BIGINT NOT NULL,
	valid_until BIGINT NOT NULL,
	state TEXT NOT NULL,               -- asked, active, cancelled
	created BIGINT NOT NULL,
	way TEXT NOT NULL DEFAULT ''       -- ca, licence: by a proof of the legal person's; empty: granted by somebody
);
INSERT INTO delegation_new (id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created)
	SELECT id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created FROM delegation;
DROP TABLE delegation;
DROP TABLE legal_person;
ALTER TABLE legal_person_new RENAME TO legal_person;
ALTER TABLE delegation_new RENAME TO delegation;
CREATE INDEX delegation_legal ON delegation (legal);
CREATE INDEX delegation_grantee ON delegation (grantee);

-- What a legal person proved who it is with, and the person who signs in by it.
CREATE TABLE legal_credential (
	id TEXT PRIMARY KEY,
	way TEXT NOT NULL,                 -- ca, licence
	subject TEXT NOT NULL,             -- keyed hash of the certificate, or of the licence and its holder
	legal TEXT NOT NULL REFERENCES legal_person (id),
	person TEXT NOT NULL REFERENCES person (id),
	provider TEXT NOT NULL,
	until BIGINT NOT NULL,             -- when the certificate or the wallet's leave ends
	at BIGINT NOT NULL,
	UNIQUE (way, subject)
);
CREATE INDEX legal_credential_legal ON legal_credential (legal);

-- Proofs of legal persons under way. Each is one browser's and used once.
CREATE TABLE legal_proof (
	id TEXT PRIMARY KEY,               -- keyed hash of the browser's token
	way TEXT NOT NULL,
	state TEXT NOT NULL,               -- waiting, proved, declined, used
	nonce TEXT NOT NULL,
	text TEXT NOT NULL,                -- what a certificate signs
	address TEXT NOT NULL,             -- where a wallet goes; empty for certificates
	identity TEXT NOT NULL,            -- JSON, sealed; empty until it is proved
	tries BIGINT NOT NULL,
	until BIGINT NOT NULL
);

-- What the demo wallet of a demo city was asked. It plays an outer system.
CREATE TABLE demo_wallet (
	id TEXT PRIMARY KEY,               -- keyed hash of the nonce in the QR code
	state TEXT NOT NULL,               -- asked, approved, declined
	site TEXT NOT NULL,
	answer TEXT NOT NULL,              -- JSON, sealed
	until BIGINT NOT NULL
);
