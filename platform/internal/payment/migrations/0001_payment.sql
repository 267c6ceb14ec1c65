-- +goose Up
-- What people owe. Amounts are in fen.
CREATE TABLE payment_order (
	id TEXT PRIMARY KEY,
	case_id TEXT NOT NULL,
	case_no TEXT NOT NULL,
	title TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	person TEXT NOT NULL,
	legal TEXT NOT NULL,
	payer TEXT NOT NULL,            -- name, sealed
	lines TEXT NOT NULL,            -- JSON
	amount BIGINT NOT NULL,
	state TEXT NOT NULL,            -- created, paying, paid, closed, refunding, refunded
	reason TEXT NOT NULL,           -- why it was closed or refunded
	provider TEXT NOT NULL,
	reference TEXT NOT NULL,        -- the provider's; empty until paying
	receipt TEXT NOT NULL,          -- number of the receipt; empty until paid
	due_at BIGINT NOT NULL,         -- closed by itself when unpaid then
	look_at BIGINT NOT NULL,        -- when to ask the provider; 0: never
	looks BIGINT NOT NULL,          -- how often it was asked
	paid_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX payment_case ON payment_order (case_id);
CREATE INDEX payment_person ON payment_order (person, created_at);
CREATE UNIQUE INDEX payment_reference ON payment_order (provider, reference) WHERE reference <> '';
CREATE INDEX payment_look ON payment_order (look_at);
CREATE INDEX payment_due ON payment_order (state, due_at);
CREATE INDEX payment_paid ON payment_order (provider, paid_at);

-- Everything that happened with an order.
CREATE TABLE payment_log (
	id TEXT PRIMARY KEY,
	order_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	state TEXT NOT NULL,
	what TEXT NOT NULL
);
CREATE INDEX payment_log_of ON payment_log (order_id, at);

CREATE TABLE payment_receipt (year BIGINT PRIMARY KEY, n BIGINT NOT NULL);

-- What reconciliation found, by provider and day.
CREATE TABLE payment_statement (
	provider TEXT NOT NULL,
	day TEXT NOT NULL,
	at BIGINT NOT NULL,
	body TEXT NOT NULL,             -- JSON
	differences BIGINT NOT NULL,
	PRIMARY KEY (provider, day)
);

-- The demo provider's own books: an outer system that lives in here.
CREATE TABLE payment_demo (
	reference TEXT PRIMARY KEY,
	order_id TEXT NOT NULL UNIQUE,
	amount BIGINT NOT NULL,
	state TEXT NOT NULL,            -- open, paid, refunded
	at BIGINT NOT NULL
);

-- Items whose fees are due before the decision; all others' are due after it.
CREATE TABLE payment_first (item TEXT PRIMARY KEY);
