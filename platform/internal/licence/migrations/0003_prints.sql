-- +goose Up
-- Licences that went to a self-service machine of a hall to be printed.
CREATE TABLE licence_print (
	id TEXT PRIMARY KEY,
	licence TEXT NOT NULL,
	at BIGINT NOT NULL,
	day TEXT NOT NULL,             -- of the city, as 2026-11-23
	hall TEXT NOT NULL,
	hall_name TEXT NOT NULL,       -- as it was called then
	machine TEXT NOT NULL,         -- its id in the hall
	machine_name TEXT NOT NULL,
	outcome TEXT NOT NULL          -- sent, printed, failed, unknown
);
CREATE INDEX licence_print_of ON licence_print (licence, at);
CREATE INDEX licence_print_day ON licence_print (licence, day);
