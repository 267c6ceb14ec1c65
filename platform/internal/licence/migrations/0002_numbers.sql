-- +goose Up
-- A licence's printed number says its issuer's region, not its issuer: bodies of
-- one region count together. The rows without an organisation are the counters
-- from now on; they begin after all that the organisations have given.
INSERT INTO licence_counter (type, organisation, year, n) SELECT type, '', year, SUM(n) FROM licence_counter GROUP BY type, year;
