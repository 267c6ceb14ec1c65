-- +goose Up
-- Alarms of the manager's board.
CREATE TABLE alarm (
    id    TEXT    PRIMARY KEY,
    -- Milliseconds; ended is 0 while it rings.
    began INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    -- All that the board shows of it, as JSON.
    view  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX alarm_began ON alarm (began);
CREATE INDEX alarm_open ON alarm (id) WHERE ended = 0;

-- What agents and their devices were from a time on, for replays: the log has
-- only the queue.
CREATE TABLE agent_past (
    at    INTEGER NOT NULL,
    agent TEXT    NOT NULL,
    -- The agent as the board shows it, as JSON; empty if it left the hall.
    view  TEXT    NOT NULL,
    PRIMARY KEY (agent, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX agent_past_at ON agent_past (at);

-- The hall as it was before the first record of a business day, to replay that
-- day without those before it.
CREATE TABLE replay_base (
    day   TEXT    PRIMARY KEY,
    seq   INTEGER NOT NULL,
    state BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
