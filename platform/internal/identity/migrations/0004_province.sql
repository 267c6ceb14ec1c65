-- +goose Up
-- 1: the session began at the province, whose own session ends with it.
ALTER TABLE session ADD COLUMN province BIGINT NOT NULL DEFAULT 0;
