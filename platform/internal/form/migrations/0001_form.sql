-- +goose Up
-- One row is a form in all its versions.
CREATE TABLE form_head (
	id TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,        -- whose editors write it
	region TEXT NOT NULL,
	current BIGINT NOT NULL,           -- the version that people fill in; 0: none yet
	open BIGINT NOT NULL,              -- the version in the making; 0: none
	latest BIGINT NOT NULL,
	changed BIGINT NOT NULL
);

CREATE TABLE form_version (
	form TEXT NOT NULL REFERENCES form_head (id),
	version BIGINT NOT NULL,
	state TEXT NOT NULL,               -- draft, review, published, replaced
	title TEXT NOT NULL,
	data TEXT NOT NULL,                -- JSON of the definition
	author TEXT NOT NULL,              -- who saved it last
	edition BIGINT NOT NULL,           -- counts the saves
	reviewer TEXT NOT NULL,
	comment TEXT NOT NULL,             -- what the reviewer said when she sent it back
	changed BIGINT NOT NULL,
	published BIGINT NOT NULL,
	PRIMARY KEY (form, version)
);

-- Which form an item has; without a row it has the general one.
CREATE TABLE form_item (
	item TEXT PRIMARY KEY,
	form TEXT NOT NULL REFERENCES form_head (id)
);
CREATE INDEX form_item_form ON form_item (form);
