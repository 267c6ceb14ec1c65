-- +goose Up
-- The lists of the window are one look at one index each: cases that await
-- materials (容缺后补), and packages on their way.
ALTER TABLE case_record ADD COLUMN deferred BIGINT NOT NULL DEFAULT 0; -- materials that are awaited
UPDATE case_record SET deferred = (SELECT count(*) FROM case_deferred d WHERE d.case_id = case_record.id)
	WHERE id IN (SELECT case_id FROM case_deferred);
CREATE INDEX case_record_deferred_organisation ON case_record (organisation, state, rank, id) WHERE deferred > 0;
CREATE INDEX case_record_deferred_district ON case_record (district, state, rank, id) WHERE deferred > 0;
CREATE INDEX case_record_deferred_city ON case_record (city, state, rank, id) WHERE deferred > 0;
CREATE INDEX case_record_package ON case_record (state, rank, id) WHERE package <> '';
