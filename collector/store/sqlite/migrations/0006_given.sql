-- Up to which number a broker has acknowledged the events of the run, as its device says.
ALTER TABLE boots ADD COLUMN given INTEGER NOT NULL DEFAULT 0;
