-- What devices were asked to do, and what became of it. steps is a JSON array of the answers.
CREATE TABLE commands (
  cid     TEXT    PRIMARY KEY,
  device  TEXT    NOT NULL,
  tenant  TEXT    NOT NULL,
  op      TEXT    NOT NULL,
  args    TEXT    NOT NULL,
  by      TEXT    NOT NULL,
  sent    INTEGER NOT NULL,
  expiry  INTEGER NOT NULL,
  day     INTEGER NOT NULL,
  state   TEXT    NOT NULL,
  code    TEXT    NOT NULL,
  data    TEXT    NOT NULL,
  steps   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_newest ON commands (device, sent);
CREATE INDEX commands_day ON commands (day);

-- The configuration that each device is wished to have, as it is published.
CREATE TABLE wanted (
  device  TEXT    PRIMARY KEY,
  tenant  TEXT    NOT NULL,
  ver     INTEGER NOT NULL,
  payload TEXT    NOT NULL,
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How each device stands with it, as the device says.
ALTER TABLE devices ADD COLUMN config TEXT;
