-- +goose Up
CREATE TABLE audit (
	seq BIGINT PRIMARY KEY,     -- 1, 2, 3 … without gaps
	at BIGINT NOT NULL,         -- Unix milliseconds
	actor_kind TEXT NOT NULL,   -- person, staff, hall, system; empty: nobody was signed in
	actor TEXT NOT NULL,
	action TEXT NOT NULL,       -- context.verb
	object TEXT NOT NULL,       -- id of what it was done to
	outcome TEXT NOT NULL,      -- done, refused
	detail TEXT NOT NULL,       -- without personal data
	hash TEXT NOT NULL          -- SM3 over the entry and the hash before it, in hex
);
CREATE INDEX audit_object ON audit (object, seq);
CREATE INDEX audit_actor ON audit (actor, seq);

-- The newest entry; whoever adds one holds this row.
CREATE TABLE audit_head (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	seq BIGINT NOT NULL,
	hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');
