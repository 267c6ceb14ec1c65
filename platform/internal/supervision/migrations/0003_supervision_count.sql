-- +goose Up
-- What the overview shows, counted in the transaction that changes a case: a
-- row per body, hall and region of what runs now, and one per day of what was
-- accepted and ended on it.
CREATE TABLE supervision_count (
	day BIGINT NOT NULL,               -- days since 1970 by the city's clock; 0: what runs now
	organisation TEXT NOT NULL,
	hall TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL,                -- the organisation's
	red BIGINT NOT NULL,
	yellow BIGINT NOT NULL,
	rest BIGINT NOT NULL,
	accepted BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	late BIGINT NOT NULL,              -- of those that ended
	PRIMARY KEY (day, organisation, hall, region)
);
-- The country has one clock, eight hours ahead.
INSERT INTO supervision_count (day, organisation, hall, region, name, red, yellow, rest, accepted, ended, late)
SELECT day, organisation, hall, region, max(organisation_name), sum(red), sum(yellow), sum(rest), sum(accepted), sum(ended), sum(late) FROM (
	SELECT 0 AS day, organisation, hall, region, organisation_name, CASE WHEN rank = 0 THEN 1 ELSE 0 END AS red, CASE WHEN rank = 1 THEN 1 ELSE 0 END AS yellow,
		CASE WHEN rank = 2 THEN 1 ELSE 0 END AS rest, 0 AS accepted, 0 AS ended, 0 AS late
	FROM supervision_case WHERE running = 1
	UNION ALL
	SELECT (accepted_at + 28800000) / 86400000, organisation, hall, region, organisation_name, 0, 0, 0, 1, 0, 0 FROM supervision_case WHERE accepted_at > 0
	UNION ALL
	SELECT (ended_at + 28800000) / 86400000, organisation, hall, region, organisation_name, 0, 0, 0, 0, 1, CASE WHEN light = 'red' THEN 1 ELSE 0 END
	FROM supervision_case WHERE ended_at > 0
) AS counted GROUP BY day, organisation, hall, region;
-- The table takes the place of the indexes that were counted through.
DROP INDEX supervision_case_counts;
DROP INDEX supervision_case_late;
DROP INDEX supervision_case_days;
-- Only what is open is counted, and it is the smaller part.
CREATE INDEX supervision_signal_counts ON supervision_signal (organisation, region) WHERE state <> 'closed';
CREATE INDEX supervision_order_counts ON supervision_order (organisation, region) WHERE state <> 'closed';
