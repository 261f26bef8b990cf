-- For H2 and PostgreSQL alike. Nodes hold nothing that is not here or can be computed again.

CREATE TABLE server_secret (
    name       varchar(40) PRIMARY KEY,
    secret     varchar(64) NOT NULL,                    -- hex
    created_at timestamp with time zone NOT NULL
);

-- What an item expects: computed by the emulator from the author's probes, never typed. Rows of earlier revisions stay, so that an
-- attempt is graded and explained by what it was opened with.
CREATE TABLE solution (
    item_id           varchar(100) NOT NULL,
    item_revision     varchar(64)  NOT NULL,            -- SHA-256 of the item and its canonical recipe
    emulator_revision integer      NOT NULL,
    slot              varchar(100) NOT NULL,
    ordinal           integer      NOT NULL,            -- order in the item
    label             varchar(100) NOT NULL,
    points            integer      NOT NULL,
    expected          varchar(18)  NOT NULL,            -- 0x and hex digits
    proof_position    varchar(20)  NOT NULL,            -- n.m
    why               varchar(2000) NOT NULL,
    PRIMARY KEY (item_id, item_revision, emulator_revision, slot)
);

-- Somebody without an account, known by a cookie alone, made at the first answer.
CREATE TABLE learner (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash varchar(64) NOT NULL UNIQUE,             -- SHA-256 of the cookie's value
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE attempt (
    id                varchar(32) PRIMARY KEY,          -- 128 random bits in hex: who knows it may answer
    learner_id        bigint REFERENCES learner (id),
    item_id           varchar(100) NOT NULL,
    item_revision     varchar(64)  NOT NULL,
    emulator_revision integer      NOT NULL,
    tries_allowed     integer      NOT NULL,
    closed_because    varchar(20),                      -- right, out-of-tries, given-up; null while open
    opened_at         timestamp with time zone NOT NULL,
    closed_at         timestamp with time zone
);
CREATE INDEX attempt_of_learner ON attempt (learner_id, item_id, opened_at);

CREATE TABLE attempt_try (
    attempt_id      varchar(32) NOT NULL REFERENCES attempt (id),
    number          integer     NOT NULL,               -- from 1 without gaps
    idempotency_key varchar(100),
    answers         varchar(8000) NOT NULL,             -- JSON: slot to what was typed
    tried_at        timestamp with time zone NOT NULL,
    PRIMARY KEY (attempt_id, number),
    UNIQUE (attempt_id, idempotency_key)
);
