-- +goose Up
-- The bodies that keep the catalogue and take what is for every body: the
-- centres for government services. Until now it was the one with this id.
ALTER TABLE organisation ADD COLUMN managing BIGINT NOT NULL DEFAULT 0;
UPDATE organisation SET managing = 1 WHERE id = 'centre';

-- 1: the password was handed out and is good for choosing another.
ALTER TABLE staff ADD COLUMN change_password BIGINT NOT NULL DEFAULT 0;
-- How often the second factor was taken away: each has a secret of its own.
ALTER TABLE staff ADD COLUMN second_round BIGINT NOT NULL DEFAULT 0;
