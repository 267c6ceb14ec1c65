-- +goose Up
-- Cases as supervision sees them: where each stands and when its light turns.
CREATE TABLE supervision_case (
	id TEXT PRIMARY KEY,               -- the case's
	application_no TEXT NOT NULL,
	case_no TEXT NOT NULL,
	item TEXT NOT NULL,
	item_name TEXT NOT NULL,
	organisation TEXT NOT NULL,
	organisation_name TEXT NOT NULL,
	region TEXT NOT NULL,
	hall TEXT NOT NULL,
	mode TEXT NOT NULL,
	parent TEXT NOT NULL,
	applicant TEXT NOT NULL,           -- masked
	state TEXT NOT NULL,               -- as cases says it
	running BIGINT NOT NULL,           -- 1: it isn't over
	submitted_at BIGINT NOT NULL,      -- 0: not yet, like all moments
	accepted_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	promised TEXT NOT NULL,            -- limit.Clock as JSON; empty: none
	statutory TEXT NOT NULL,
	light TEXT NOT NULL,               -- of the promised limit
	rank BIGINT NOT NULL,              -- of the worst light of case and steps: 0 red, 1 yellow, 2 the rest
	red_at BIGINT NOT NULL,            -- when the next of its clocks turns red; far away: never
	turns_at BIGINT NOT NULL,          -- when to look again; 0: never
	changed_at BIGINT NOT NULL
);
-- What turns red first, over all and for one organisation.
CREATE INDEX supervision_case_urgent ON supervision_case (running, rank, red_at, id);
CREATE INDEX supervision_case_body ON supervision_case (organisation, running, rank, red_at, id);
CREATE INDEX supervision_case_turn ON supervision_case (turns_at);
CREATE INDEX supervision_case_ended ON supervision_case (ended_at);
CREATE INDEX supervision_case_no ON supervision_case (case_no);
CREATE INDEX supervision_case_application ON supervision_case (application_no);

-- Steps of their flows.
CREATE TABLE supervision_step (
	id TEXT PRIMARY KEY,               -- the task's
	case_id TEXT NOT NULL,
	node TEXT NOT NULL,
	name TEXT NOT NULL,
	organisation TEXT NOT NULL,
	staff TEXT NOT NULL,               -- who has it; empty: nobody yet
	opened_at BIGINT NOT NULL,
	done_at BIGINT NOT NULL,
	result TEXT NOT NULL,
	clock TEXT NOT NULL,
	light TEXT NOT NULL
);
CREATE INDEX supervision_step_case ON supervision_step (case_id, opened_at);

-- Everything that happened with a case, in words.
CREATE TABLE supervision_log (
	id TEXT PRIMARY KEY,               -- the event's
	case_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	type TEXT NOT NULL,
	words TEXT NOT NULL,
	organisation TEXT NOT NULL,
	staff TEXT NOT NULL
);
CREATE INDEX supervision_log_case ON supervision_log (case_id, at, id);

-- Signals: what supervision found, each once.
CREATE TABLE supervision_signal (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	level TEXT NOT NULL,               -- warning, yellow-card, red-card
	case_id TEXT NOT NULL,
	about TEXT NOT NULL,               -- the step or other thing; empty: the case
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	words TEXT NOT NULL,
	at BIGINT NOT NULL,
	state TEXT NOT NULL,               -- open, explained, closed
	explanation TEXT NOT NULL,
	closed_at BIGINT NOT NULL,
	UNIQUE (case_id, about, kind)
);
CREATE INDEX supervision_signal_open ON supervision_signal (state, at);
CREATE INDEX supervision_signal_body ON supervision_signal (organisation, state, at);

-- Urging notices (督办).
CREATE TABLE supervision_order (
	id TEXT PRIMARY KEY,
	number TEXT NOT NULL UNIQUE,
	case_id TEXT NOT NULL,             -- empty: about no case
	organisation TEXT NOT NULL,
	region TEXT NOT NULL,
	subject TEXT NOT NULL,
	text TEXT NOT NULL,
	due TEXT NOT NULL,                 -- day
	issued_by TEXT NOT NULL,
	issued_at BIGINT NOT NULL,
	state TEXT NOT NULL,               -- issued, replied, closed; sent back: issued again
	reply TEXT NOT NULL,
	replied_by TEXT NOT NULL,
	replied_at BIGINT NOT NULL,
	verdict TEXT NOT NULL,
	score BIGINT NOT NULL,             -- points taken off, 0 to 10
	closed_at BIGINT NOT NULL,
	overdue BIGINT NOT NULL            -- 1: the reply came late or is late
);
CREATE INDEX supervision_order_state ON supervision_order (state, due);
CREATE INDEX supervision_order_body ON supervision_order (organisation, state, due);
CREATE TABLE supervision_counter (year BIGINT PRIMARY KEY, n BIGINT NOT NULL);

-- Reminders for staff: one person's, or everybody's with a role in an
-- organisation.
CREATE TABLE supervision_reminder (
	id TEXT PRIMARY KEY,
	staff TEXT NOT NULL,
	organisation TEXT NOT NULL,
	role TEXT NOT NULL,
	case_id TEXT NOT NULL,
	words TEXT NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX supervision_reminder_staff ON supervision_reminder (staff, at);
CREATE INDEX supervision_reminder_role ON supervision_reminder (organisation, role, at);

-- When lights turn yellow; the narrowest region wins.
CREATE TABLE supervision_rule (
	region TEXT PRIMARY KEY,
	share BIGINT NOT NULL,
	days BIGINT NOT NULL
);
