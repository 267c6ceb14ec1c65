-- +goose Up
-- The results that wait in a hall for their owners, for the hall's screens.
CREATE INDEX case_record_ready ON case_record (hall, decided, id) WHERE state = 'decided' AND parent = '';
