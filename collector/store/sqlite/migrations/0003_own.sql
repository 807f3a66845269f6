-- The devices' own events are read around a call.
CREATE INDEX chunks_own ON chunks (boot, first_seq) WHERE view IS NULL;
