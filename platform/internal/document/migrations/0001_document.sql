-- +goose Up
-- Documents that were issued, each with the number it keeps for ever.
CREATE TABLE document_issued (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,            -- receipt, acceptance, supplement …
	number TEXT NOT NULL UNIQUE,   -- as it is printed
	code TEXT NOT NULL UNIQUE,     -- what the public verifies it by
	case_id TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	day TEXT NOT NULL,             -- of issue, 2006-01-02
	content TEXT NOT NULL,         -- the whole document as JSON, sealed
	digest TEXT NOT NULL,          -- SM3 of the JSON, in hex
	public_key TEXT NOT NULL,      -- SM2, in hex
	signature TEXT NOT NULL,       -- over the JSON, base64
	withdrawn_at BIGINT NOT NULL,  -- 0: it stands
	reason TEXT NOT NULL,          -- why it was withdrawn
	created_at BIGINT NOT NULL
);
CREATE INDEX document_case ON document_issued (case_id, created_at);

-- How many documents of a kind an organisation has issued in a year.
CREATE TABLE document_counter (
	organisation TEXT NOT NULL,
	kind TEXT NOT NULL,
	year BIGINT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (organisation, kind, year)
);

-- What an organisation's numbers begin with (发文字头), where it isn't its name.
CREATE TABLE document_prefix (
	organisation TEXT PRIMARY KEY,
	prefix TEXT NOT NULL
);
