-- +goose Up
-- Sign-ins at a computer that somebody confirms on her phone. Both the code that
-- is scanned and the browser's secret are kept as hashes.
CREATE TABLE scan_sign_in (
	code TEXT PRIMARY KEY,             -- hash
	browser TEXT NOT NULL UNIQUE,      -- hash of the cookie of the browser that asks
	state TEXT NOT NULL,               -- shown, scanned, confirmed, refused, used
	number TEXT NOT NULL,              -- two digits that the computer shows and the phone asks for
	tries BIGINT NOT NULL,
	computer TEXT NOT NULL,            -- in words
	person TEXT NOT NULL,              -- who scanned it, or empty
	created BIGINT NOT NULL,
	until BIGINT NOT NULL
);
CREATE INDEX scan_sign_in_until ON scan_sign_in (until);

-- 1: the session was confirmed on a phone; it confirms no other one.
ALTER TABLE session ADD COLUMN scanned BIGINT NOT NULL DEFAULT 0;
