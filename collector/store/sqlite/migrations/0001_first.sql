CREATE TABLE devices (
  id        INTEGER PRIMARY KEY,
  device    TEXT    NOT NULL UNIQUE,
  tenant    TEXT    NOT NULL DEFAULT '',
  name      TEXT    NOT NULL DEFAULT '',
  model     TEXT    NOT NULL DEFAULT '',
  firmware  TEXT    NOT NULL DEFAULT '',
  agent     TEXT    NOT NULL DEFAULT '',
  arch      TEXT    NOT NULL DEFAULT '',
  ip        TEXT    NOT NULL DEFAULT '',
  state     TEXT    NOT NULL DEFAULT 'unknown',
  boot      INTEGER NOT NULL DEFAULT 0,
  conn      INTEGER NOT NULL DEFAULT 0,
  since     INTEGER NOT NULL DEFAULT 0,
  last_seen INTEGER NOT NULL DEFAULT 0,
  health    TEXT
) STRICT;

-- One row for each run of an agent: which sequence numbers came in.
CREATE TABLE boots (
  id        INTEGER PRIMARY KEY,
  device    INTEGER NOT NULL REFERENCES devices (id),
  boot      INTEGER NOT NULL,
  seen      BLOB    NOT NULL,
  whole     INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  UNIQUE (device, boot)
) STRICT;

-- What the devices themselves said they lost.
CREATE TABLE gaps (
  device    INTEGER NOT NULL REFERENCES devices (id),
  boot      INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq  INTEGER NOT NULL,
  count     INTEGER NOT NULL,
  reason    TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (device, boot, first_seq, last_seq)
) STRICT, WITHOUT ROWID;

-- The list of calls. summary is what the list shows, the columns are what it is filtered by.
CREATE TABLE calls (
  id            INTEGER PRIMARY KEY,
  call          TEXT    NOT NULL UNIQUE,
  began         INTEGER NOT NULL,
  day           INTEGER NOT NULL,
  result        TEXT    NOT NULL DEFAULT '',
  side          TEXT    NOT NULL DEFAULT '',
  last_response INTEGER NOT NULL DEFAULT 0,
  held          INTEGER NOT NULL DEFAULT 0,
  summary       TEXT    NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX calls_newest ON calls (began, id);
CREATE INDEX calls_result ON calls (result, began, id);
CREATE INDEX calls_last_response ON calls (last_response, began, id);
CREATE INDEX calls_day ON calls (day);

-- Calls by device ("d:") and by number ("n:"), newest last.
CREATE TABLE call_keys (
  key   TEXT    NOT NULL,
  began INTEGER NOT NULL,
  call  INTEGER NOT NULL,
  PRIMARY KEY (key, began, call)
) STRICT, WITHOUT ROWID;

-- What one device saw of a call.
CREATE TABLE views (
  id        INTEGER PRIMARY KEY,
  call      INTEGER NOT NULL REFERENCES calls (id),
  device    INTEGER NOT NULL REFERENCES devices (id),
  view      TEXT    NOT NULL,
  session   TEXT    NOT NULL DEFAULT '',
  sip_call  TEXT    NOT NULL DEFAULT '',
  received  INTEGER NOT NULL,
  synced    INTEGER NOT NULL,
  fold      TEXT    NOT NULL DEFAULT '{}',
  UNIQUE (view, device)
) STRICT;
CREATE INDEX views_call ON views (call);
CREATE INDEX views_session ON views (session) WHERE session <> '';
CREATE INDEX views_sip_call ON views (sip_call) WHERE sip_call <> '';

-- Event lines as they came in, split by call; view is NULL for the device's own events.
CREATE TABLE chunks (
  id        INTEGER PRIMARY KEY,
  view      INTEGER REFERENCES views (id),
  boot      INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  day       INTEGER NOT NULL,
  lines     BLOB    NOT NULL
) STRICT;
CREATE INDEX chunks_view ON chunks (view) WHERE view IS NOT NULL;
CREATE INDEX chunks_device_events ON chunks (day) WHERE view IS NULL;
