-- +goose Up
-- How many visitors a hall's service takes, and which part of it may be booked.
CREATE TABLE appointment_service (
	hall TEXT NOT NULL,
	service TEXT NOT NULL,        -- the hall's id of it
	periods TEXT NOT NULL,        -- JSON list of from, to, places, online
	share BIGINT NOT NULL,        -- percent of the places that may be booked
	PRIMARY KEY (hall, service)
);

-- What may be booked at a hall.
CREATE TABLE appointment_item (
	hall TEXT NOT NULL,
	item TEXT NOT NULL,
	service TEXT NOT NULL,
	name TEXT NOT NULL,
	open BIGINT NOT NULL,         -- 0: nobody may book it now
	most BIGINT NOT NULL,         -- in one period; 0: as many as the service has
	first_day BIGINT NOT NULL,    -- days from today to the first one; 1: tomorrow
	days BIGINT NOT NULL,         -- how many days from then on
	PRIMARY KEY (hall, item),
	FOREIGN KEY (hall, service) REFERENCES appointment_service (hall, service)
);
CREATE INDEX appointment_item_item ON appointment_item (item);

-- Working days and days off that an administration sets.
CREATE TABLE appointment_day (
	hall TEXT NOT NULL,           -- for this hall; empty: for the region
	region TEXT NOT NULL,
	day TEXT NOT NULL,            -- 2026-10-03
	work BIGINT NOT NULL,
	name TEXT NOT NULL,           -- why
	contact TEXT NOT NULL,        -- who is there on a holiday, and the telephone
	PRIMARY KEY (hall, region, day)
);
CREATE INDEX appointment_day_day ON appointment_day (day);

-- Places that are taken, and what was set for one period of one day. A row is
-- made when one of both first happens.
CREATE TABLE appointment_place (
	hall TEXT NOT NULL,
	service TEXT NOT NULL,
	item TEXT NOT NULL,           -- empty: all of the service
	day TEXT NOT NULL,
	start BIGINT NOT NULL,        -- minutes after midnight
	taken BIGINT NOT NULL,
	places BIGINT NOT NULL,       -- that may be booked; -1: as the settings say
	closed TEXT NOT NULL,         -- why it is closed; empty: it isn't
	PRIMARY KEY (hall, service, item, day, start)
);

CREATE TABLE appointment (
	id TEXT PRIMARY KEY,
	number TEXT NOT NULL UNIQUE,  -- what the public calls it (预约号)
	code TEXT NOT NULL,           -- what the holder shows (预约码)
	hall TEXT NOT NULL,
	service TEXT NOT NULL,
	item TEXT NOT NULL,
	item_name TEXT NOT NULL,
	day TEXT NOT NULL,
	start BIGINT NOT NULL,        -- minutes after midnight: the place it holds
	begins BIGINT NOT NULL,       -- Unix milliseconds
	ends BIGINT NOT NULL,
	holder TEXT NOT NULL,         -- keyed hash of the ID number
	person TEXT NOT NULL,         -- id, or empty: booked by telephone
	legal TEXT NOT NULL,          -- id of the legal person it is for, or empty
	name TEXT NOT NULL,           -- sealed
	id_number TEXT NOT NULL,      -- sealed
	phone TEXT NOT NULL,          -- sealed
	via TEXT NOT NULL,            -- portal, app, wechat, terminal, phone
	state TEXT NOT NULL,          -- booked, checked-in, served, missed, unserved, cancelled, refused, lapsed
	live BIGINT NOT NULL,         -- 1 while it is neither done nor given up
	reason TEXT NOT NULL,
	ticket TEXT NOT NULL,
	created BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	ended BIGINT NOT NULL,        -- when it stopped being live
	remind BIGINT NOT NULL        -- when the next reminder is due; 0: none
);
CREATE UNIQUE INDEX appointment_one ON appointment (holder, item) WHERE live = 1;
CREATE UNIQUE INDEX appointment_one_legal ON appointment (legal, item) WHERE live = 1 AND legal <> '';
CREATE UNIQUE INDEX appointment_code ON appointment (hall, code) WHERE live = 1;
CREATE INDEX appointment_person ON appointment (person);
CREATE INDEX appointment_legal ON appointment (legal);
CREATE INDEX appointment_hall ON appointment (hall, day, start);
CREATE INDEX appointment_holder ON appointment (holder, begins);
CREATE INDEX appointment_remind ON appointment (remind) WHERE remind > 0;
CREATE INDEX appointment_live ON appointment (ends) WHERE live = 1;

-- What a hall booked by itself: it uses places, too. Who comes stays there.
CREATE TABLE appointment_local (
	hall TEXT NOT NULL,
	id TEXT NOT NULL,
	service TEXT NOT NULL,
	day TEXT NOT NULL,
	start BIGINT NOT NULL,
	via TEXT NOT NULL,
	state TEXT NOT NULL,
	PRIMARY KEY (hall, id)
);
CREATE INDEX appointment_local_day ON appointment_local (day);

-- Requests that may come again.
CREATE TABLE appointment_request (
	caller TEXT NOT NULL,
	key TEXT NOT NULL,
	content TEXT NOT NULL,        -- hash of what was asked
	appointment TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (caller, key)
);
CREATE INDEX appointment_request_at ON appointment_request (at);

-- Who may not book online for a time.
CREATE TABLE appointment_suspension (
	id TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	person TEXT NOT NULL,
	region TEXT NOT NULL,         -- of the hall where the last visit was missed
	phone TEXT NOT NULL,          -- sealed
	misses BIGINT NOT NULL,
	begun BIGINT NOT NULL,
	until BIGINT NOT NULL,
	state TEXT NOT NULL,          -- active, appealed, upheld, lifted
	appeal TEXT NOT NULL,
	answer TEXT NOT NULL,
	decided BIGINT NOT NULL
);
CREATE INDEX appointment_suspension_holder ON appointment_suspension (holder, begun);

-- The rules of credit: one row.
CREATE TABLE appointment_rules (
	id BIGINT PRIMARY KEY,
	data TEXT NOT NULL            -- JSON
);
