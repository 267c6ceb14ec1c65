-- +goose Up
-- Messages to citizens' phones: written before they are sent, at most one for
-- each ticket, event, call and channel.
CREATE TABLE message (
    id       TEXT    PRIMARY KEY,
    ticket   TEXT    NOT NULL,
    number   TEXT    NOT NULL,
    day      TEXT    NOT NULL,
    event    TEXT    NOT NULL CHECK (event IN ('soon', 'called', 'recalled', 'returned', 'missed')),
    call     INTEGER NOT NULL,
    channel  TEXT    NOT NULL CHECK (channel IN ('sms', 'wechat')),
    -- The template's version, its name at the gateway, and what it made of vars.
    version  INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    vars     TEXT    NOT NULL,
    -- The phone number sealed, masked and as a keyed hash; emptied with the day,
    -- but for the masked one.
    phone    TEXT    NOT NULL,
    masked   TEXT    NOT NULL,
    person   TEXT    NOT NULL,
    provider TEXT    NOT NULL DEFAULT '',
    state    TEXT    NOT NULL CHECK (state IN ('pending', 'accepted', 'delivered', 'failed', 'dropped')),
    reason   TEXT    NOT NULL DEFAULT '',
    receipt  TEXT    NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    created  INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    UNIQUE (ticket, event, call, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_due ON message (due) WHERE state = 'pending';
CREATE INDEX message_sent ON message (day, person) WHERE attempts > 0;
CREATE INDEX message_receipt ON message (receipt) WHERE receipt <> '';
CREATE INDEX message_phone ON message (day) WHERE phone <> '';

-- Whether a ticket's holder wants messages; the hall decides for who isn't here.
CREATE TABLE message_choice (
    ticket  TEXT    NOT NULL,
    channel TEXT    NOT NULL CHECK (channel IN ('sms', 'wechat')),
    day     TEXT    NOT NULL,
    wanted  INTEGER NOT NULL CHECK (wanted IN (0, 1)),
    PRIMARY KEY (ticket, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_choice_day ON message_choice (day);
