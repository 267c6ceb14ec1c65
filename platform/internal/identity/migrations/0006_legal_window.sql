-- +goose Up
-- Of a representative whose ID card was seen at a window and who has no account
-- yet: the keyed hash of its number, so that nobody of her name speaks for it.
ALTER TABLE legal_person ADD COLUMN representative_key TEXT NOT NULL DEFAULT '';

-- What was registered for legal persons at windows, and which originals were
-- seen: what the written agreement is printed from.
CREATE TABLE legal_window (
	id TEXT PRIMARY KEY,
	legal TEXT NOT NULL REFERENCES legal_person (id),
	person TEXT NOT NULL REFERENCES person (id), -- who stood at the window
	role TEXT NOT NULL,                -- representative, handler
	changed BIGINT NOT NULL,           -- 1: it was registered before, and was changed
	kind TEXT NOT NULL,                -- business, social, institution, other: its licence
	name TEXT NOT NULL,                -- as it was registered then
	representative_name TEXT NOT NULL, -- sealed
	seen TEXT NOT NULL,                -- JSON list of originals
	provider TEXT NOT NULL,            -- who confirmed it
	manual TEXT NOT NULL,              -- why it was checked by hand; empty: it wasn't
	until BIGINT NOT NULL,             -- when the power of attorney ends; 0: none
	agreement TEXT NOT NULL,           -- its version
	staff TEXT NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX legal_window_legal ON legal_window (legal);
CREATE INDEX legal_window_person ON legal_window (person);
