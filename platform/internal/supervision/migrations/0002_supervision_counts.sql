-- +goose Up
-- What the overview counts, without a look at the rows themselves: cases that
-- run, cases that ended of late, and what was accepted on which day.
CREATE INDEX supervision_case_counts ON supervision_case (running, organisation, organisation_name, hall, region, rank);
CREATE INDEX supervision_case_late ON supervision_case (ended_at, organisation, organisation_name, hall, region, light);
CREATE INDEX supervision_case_days ON supervision_case (accepted_at, organisation, region);
