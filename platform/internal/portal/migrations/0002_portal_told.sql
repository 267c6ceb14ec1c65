-- +goose Up
-- What halls were told of articles.
CREATE TABLE portal_told (
	hall TEXT NOT NULL,
	article TEXT NOT NULL,
	digest TEXT NOT NULL,          -- of what the hall was told
	PRIMARY KEY (hall, article)
);
