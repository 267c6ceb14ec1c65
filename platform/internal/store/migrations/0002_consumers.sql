-- +goose Up
-- An event goes to the bus, if it is for a hall, and to the contexts that asked
-- for its type. The last that has it deletes it.
ALTER TABLE outbox ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0; -- 1: data is sealed with the platform's key
ALTER TABLE outbox ADD COLUMN sent BIGINT NOT NULL DEFAULT 0;   -- 1: the bus has it, or it isn't for the bus
ALTER TABLE outbox ADD COLUMN waits BIGINT NOT NULL DEFAULT 1;  -- how many have yet to take it: the bus and consumers
ALTER TABLE outbox ADD COLUMN n BIGINT NOT NULL DEFAULT 0;      -- order; clocks of several machines differ
DELETE FROM outbox WHERE hall = '';                             -- nobody could hear them
CREATE INDEX outbox_sent ON outbox (sent, n, id);
CREATE INDEX outbox_n ON outbox (n);

-- Which event a consumer has yet to take.
CREATE TABLE store_due (
	consumer TEXT NOT NULL,
	event TEXT NOT NULL,      -- id in outbox
	n BIGINT NOT NULL,        -- of the event: order
	subject TEXT NOT NULL,    -- of the event: a consumer takes those of one subject in order
	tries BIGINT NOT NULL,    -- failures so far
	next BIGINT NOT NULL,     -- not before this, Unix milliseconds of the machine
	stuck BIGINT NOT NULL,    -- 1: given up until somebody retries or drops it
	reason TEXT NOT NULL,     -- code of the last failure
	PRIMARY KEY (consumer, event)
);
CREATE INDEX store_due_order ON store_due (consumer, n);
CREATE INDEX store_due_subject ON store_due (consumer, subject, n);
CREATE INDEX store_due_stuck ON store_due (stuck, consumer);

-- What the secret of the platform is known by: data that was sealed with one
-- can't be read with another.
CREATE TABLE store_secret (
	one BIGINT PRIMARY KEY,   -- 1
	fingerprint TEXT NOT NULL
);
