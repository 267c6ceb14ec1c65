-- +goose Up
-- Packages on their way and drafts of the window are one look at one index, too:
-- without the body or the region in it SQLite reads every application that waits
-- there, and every draft that citizens left.
DROP INDEX case_record_package;
CREATE INDEX case_record_package_organisation ON case_record (organisation, state, rank, id) WHERE package <> '';
CREATE INDEX case_record_package_district ON case_record (district, state, rank, id) WHERE package <> '';
CREATE INDEX case_record_package_city ON case_record (city, state, rank, id) WHERE package <> '';
CREATE INDEX case_record_draft_organisation ON case_record (organisation, state, rank, id) WHERE mode = 'window' AND state = 'draft';
CREATE INDEX case_record_draft_district ON case_record (district, state, rank, id) WHERE mode = 'window' AND state = 'draft';
CREATE INDEX case_record_draft_city ON case_record (city, state, rank, id) WHERE mode = 'window' AND state = 'draft';
