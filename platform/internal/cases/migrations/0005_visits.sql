-- +goose Up
-- What stands on the label of a visit (the day and the number that was called),
-- by the ticket: a label that was printed before its case was made finds that
-- case, on any day. Those of which no case came are forgotten.
CREATE TABLE case_visit (
	hall TEXT NOT NULL,
	ticket TEXT NOT NULL,
	visit TEXT NOT NULL,
	day TEXT NOT NULL,
	PRIMARY KEY (hall, ticket)
);
CREATE INDEX case_visit_label ON case_visit (visit);
CREATE INDEX case_visit_day ON case_visit (day);
CREATE INDEX case_record_ticket ON case_record (ticket) WHERE ticket <> '';
