-- +goose Up
-- An urging notice goes round until a reply is accepted: each round has its own
-- last day, reply and verdict. The notice itself shows the round that it is in,
-- and the points of all.
CREATE TABLE supervision_round (
	order_id TEXT NOT NULL,
	n BIGINT NOT NULL,                 -- from 1 on
	due TEXT NOT NULL,                 -- day
	begun_at BIGINT NOT NULL,
	reply TEXT NOT NULL,
	replied_by TEXT NOT NULL,
	replied_at BIGINT NOT NULL,        -- 0: not yet, like all moments
	accepted BIGINT NOT NULL,          -- 1: the reply closed the notice
	verdict TEXT NOT NULL,
	score BIGINT NOT NULL,             -- points taken off, 0 to 10
	verified_by TEXT NOT NULL,
	verified_at BIGINT NOT NULL,
	overdue BIGINT NOT NULL,           -- 1: the reply came late or is late
	PRIMARY KEY (order_id, n)
);
ALTER TABLE supervision_order ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
-- What was overwritten before is gone: notices that are there are in their first
-- round.
INSERT INTO supervision_round (order_id, n, due, begun_at, reply, replied_by, replied_at, accepted, verdict, score, verified_by, verified_at, overdue)
SELECT id, 1, due, issued_at, reply, replied_by, replied_at, CASE WHEN state = 'closed' THEN 1 ELSE 0 END, verdict, score, '', closed_at, overdue
FROM supervision_order;
