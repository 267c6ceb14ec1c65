-- +goose Up
-- Parcels with results.
CREATE TABLE delivery_parcel (
	id TEXT PRIMARY KEY,
	case_id TEXT NOT NULL UNIQUE,
	case_no TEXT NOT NULL,
	title TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	person TEXT NOT NULL,
	legal TEXT NOT NULL,
	receiver TEXT NOT NULL,        -- name, phone and address as JSON, sealed
	carrier TEXT NOT NULL,
	tracking TEXT NOT NULL,        -- empty until it is sent
	state TEXT NOT NULL,           -- waiting, sent, delivered, returned
	signer TEXT NOT NULL,          -- who signed, sealed; empty until then
	look_at BIGINT NOT NULL,       -- when to do the next thing; 0: never
	tries BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	sent_at BIGINT NOT NULL,
	done_at BIGINT NOT NULL
);
CREATE INDEX delivery_look ON delivery_parcel (look_at);
CREATE INDEX delivery_body ON delivery_parcel (organisation, state, id);

-- Where parcels were.
CREATE TABLE delivery_movement (
	parcel TEXT NOT NULL,
	at BIGINT NOT NULL,
	words TEXT NOT NULL,
	PRIMARY KEY (parcel, at, words)
);

-- The demo carrier's own books: an outer system that lives in here.
CREATE TABLE delivery_demo (
	tracking TEXT PRIMARY KEY,
	parcel TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,            -- sealed
	at BIGINT NOT NULL
);
