-- +goose Up
-- What was uploaded. Files with the same bytes share them.
CREATE TABLE files_file (
	id TEXT PRIMARY KEY,            -- ULID
	content TEXT NOT NULL,          -- of files_content
	name TEXT NOT NULL,             -- cleaned, sealed
	type TEXT NOT NULL,             -- media type by the bytes
	size BIGINT NOT NULL,
	uploader TEXT NOT NULL,         -- kind/id of who brought it
	created BIGINT NOT NULL,        -- Unix milliseconds
	owned BIGINT NOT NULL,          -- how many own it
	free BIGINT NOT NULL            -- since when nobody owns it
);
CREATE INDEX files_file_content ON files_file (content);
CREATE INDEX files_file_uploader ON files_file (uploader, owned, created);
CREATE INDEX files_file_free ON files_file (owned, free);

-- Who needs a file: a context's thing.
CREATE TABLE files_owner (
	file TEXT NOT NULL,
	context TEXT NOT NULL,
	owner TEXT NOT NULL,
	since BIGINT NOT NULL,
	PRIMARY KEY (file, context, owner)
);
CREATE INDEX files_owner_of ON files_owner (context, owner, file);

-- Bytes, once each.
CREATE TABLE files_content (
	hash TEXT PRIMARY KEY,          -- keyed hash of the bytes: tells nobody what they are
	place TEXT NOT NULL,            -- their name in the back end, used once
	size BIGINT NOT NULL,
	sha256 TEXT NOT NULL,
	sm3 TEXT NOT NULL,
	used BIGINT NOT NULL            -- when they were last uploaded
);

-- Places in the back end that hold nothing of use, from a time on.
CREATE TABLE files_waste (
	place TEXT PRIMARY KEY,
	after BIGINT NOT NULL
);
