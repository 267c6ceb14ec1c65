-- +goose Up
-- What people say to the administration: consultations, suggestions, complaints.
CREATE TABLE evaluation_voice (
	id TEXT PRIMARY KEY,
	number TEXT NOT NULL UNIQUE,     -- such as ZX202611240001
	request TEXT NOT NULL UNIQUE,    -- hash of the form that it was sent with, which may be sent again
	token TEXT NOT NULL UNIQUE,      -- hash of what stands in the address for those who aren't signed in
	kind TEXT NOT NULL,              -- consultation, suggestion, complaint
	state TEXT NOT NULL,             -- asked, dispatched, explained, answered, closed
	person TEXT NOT NULL,            -- who asked; empty: she isn't signed in
	acting_for TEXT NOT NULL,        -- the legal person she acts for, or empty
	phone TEXT NOT NULL,             -- sealed; of those who aren't signed in and want a message
	organisation TEXT NOT NULL,      -- who has to act now
	assignee TEXT NOT NULL,          -- the member of staff who has to, or empty
	about TEXT NOT NULL,             -- the organisation that it is about
	region TEXT NOT NULL,
	item TEXT NOT NULL,
	item_name TEXT NOT NULL,
	category TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	consent BIGINT NOT NULL,         -- 1: it may be published without personal data
	created BIGINT NOT NULL,
	due BIGINT NOT NULL,             -- when the answer has to be there
	late BIGINT NOT NULL,            -- 1: the limit was over before the answer
	dispatches BIGINT NOT NULL,
	answer TEXT NOT NULL,
	answered BIGINT NOT NULL,
	satisfaction BIGINT NOT NULL,    -- 1 to 5; 0: not said
	remark TEXT NOT NULL,            -- the asker's, on the answer
	changed BIGINT NOT NULL
);
CREATE INDEX evaluation_voice_person ON evaluation_voice (person, id);
CREATE INDEX evaluation_voice_state ON evaluation_voice (state, due);
CREATE INDEX evaluation_voice_organisation ON evaluation_voice (organisation, id);

-- Answers that everybody may read. They hold no personal data.
CREATE TABLE evaluation_answer (
	voice TEXT PRIMARY KEY REFERENCES evaluation_voice (id),
	kind TEXT NOT NULL,
	title TEXT NOT NULL,
	question TEXT NOT NULL,
	answer TEXT NOT NULL,
	organisation TEXT NOT NULL,      -- name
	item TEXT NOT NULL,
	item_name TEXT NOT NULL,
	shown BIGINT NOT NULL,           -- 0: it was taken back
	asked BIGINT NOT NULL,
	published BIGINT NOT NULL,
	changed BIGINT NOT NULL
);
CREATE INDEX evaluation_answer_changed ON evaluation_answer (changed);

-- What was done to a voice or a rectification, by whom.
CREATE TABLE evaluation_step (
	id TEXT PRIMARY KEY,
	subject TEXT NOT NULL,           -- id of the voice or rectification
	at BIGINT NOT NULL,
	actor_kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	organisation TEXT NOT NULL,      -- whom it went to, or who acted
	text TEXT NOT NULL
);
CREATE INDEX evaluation_step_subject ON evaluation_step (subject, id);

-- Visits as halls tell of them, until they are rated.
CREATE TABLE evaluation_visit (
	hall TEXT NOT NULL,
	ticket TEXT NOT NULL,
	day TEXT NOT NULL,
	service TEXT NOT NULL,
	appointment TEXT NOT NULL,
	called TEXT NOT NULL,            -- "window" and "clerk" in JSON
	finished BIGINT NOT NULL,        -- when it was served; 0: it wasn't yet
	invited BIGINT NOT NULL,         -- 1: nobody has to be invited to rate it any more
	PRIMARY KEY (hall, ticket)
);
CREATE INDEX evaluation_visit_finished ON evaluation_visit (invited, finished);
CREATE INDEX evaluation_visit_day ON evaluation_visit (day);

-- Ratings: one of a visit, one of a case.
CREATE TABLE evaluation_rating (
	id TEXT PRIMARY KEY,
	subject TEXT NOT NULL UNIQUE,    -- case/ID or visit/HALL/TICKET
	case_id TEXT NOT NULL,
	hall TEXT NOT NULL,
	visit TEXT NOT NULL,
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	item TEXT NOT NULL,
	item_name TEXT NOT NULL,
	service TEXT NOT NULL,
	place TEXT NOT NULL,             -- the hall's window
	clerk TEXT NOT NULL,
	person TEXT NOT NULL,            -- who rated, if known
	score BIGINT NOT NULL,           -- 1 to 5
	tags TEXT NOT NULL,              -- JSON list
	body TEXT NOT NULL,
	via TEXT NOT NULL,
	month TEXT NOT NULL,             -- 2026-11, in the city's zone
	at BIGINT NOT NULL,
	shown TEXT NOT NULL              -- the words as everybody may read them; empty: not published
);
CREATE INDEX evaluation_rating_at ON evaluation_rating (at);
CREATE INDEX evaluation_rating_organisation ON evaluation_rating (organisation, at);
CREATE INDEX evaluation_rating_case ON evaluation_rating (case_id);

-- Links by which one visit or case can be rated, once.
CREATE TABLE evaluation_invitation (
	id TEXT PRIMARY KEY,
	token TEXT NOT NULL UNIQUE,      -- hash
	subject TEXT NOT NULL,           -- as a rating's
	data TEXT NOT NULL,              -- what is known of the subject, JSON
	person TEXT NOT NULL,            -- who sees it in her space, or empty
	created BIGINT NOT NULL,
	until BIGINT NOT NULL
);
CREATE INDEX evaluation_invitation_person ON evaluation_invitation (person, until);
CREATE INDEX evaluation_invitation_until ON evaluation_invitation (until);

-- What a bad rating sets going.
CREATE TABLE evaluation_rectification (
	id TEXT PRIMARY KEY,
	number TEXT NOT NULL UNIQUE,
	rating TEXT NOT NULL UNIQUE REFERENCES evaluation_rating (id),
	state TEXT NOT NULL,             -- open, explained, contacted, done, closed
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	created BIGINT NOT NULL,
	due BIGINT NOT NULL,
	extended BIGINT NOT NULL,        -- working days; 0: never
	late BIGINT NOT NULL,
	closed BIGINT NOT NULL
);
CREATE INDEX evaluation_rectification_state ON evaluation_rectification (state, due);

-- Limits in working days; an organisation's own win over those of all ('').
CREATE TABLE evaluation_limit (
	organisation TEXT NOT NULL,
	kind TEXT NOT NULL,              -- consultation, suggestion, complaint, rectification
	days BIGINT NOT NULL,
	PRIMARY KEY (organisation, kind)
);

-- The organisation that takes what is nobody else's.
CREATE TABLE evaluation_desk (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	organisation TEXT NOT NULL
);

-- The last number of each kind and day.
CREATE TABLE evaluation_number (
	prefix TEXT NOT NULL,
	day TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (prefix, day)
);
