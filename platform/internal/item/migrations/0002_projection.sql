-- +goose Up
-- What a hall was last told of an item: the shape of what is told (projection.go)
-- and a digest of it. 0 and empty: told before this was kept.
ALTER TABLE item_hall ADD COLUMN shape BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item_hall ADD COLUMN told TEXT NOT NULL DEFAULT '';
