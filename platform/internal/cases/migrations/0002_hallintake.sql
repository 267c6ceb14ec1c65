-- +goose Up
-- What halls received while the platform was away (离线收件): announced by an
-- event that names nobody, and a case once the hall has told whose it is.
CREATE TABLE case_intake (
	hall TEXT NOT NULL,
	id TEXT NOT NULL,                -- the hall's
	number TEXT NOT NULL,            -- of a range that the hall was granted
	item TEXT NOT NULL,
	place TEXT NOT NULL,             -- the window
	ticket TEXT NOT NULL,
	received BIGINT NOT NULL,        -- when the applicant handed it in
	announced BIGINT NOT NULL,
	case_id TEXT NOT NULL,           -- empty until the hall has told whose it is
	PRIMARY KEY (hall, id)
);
