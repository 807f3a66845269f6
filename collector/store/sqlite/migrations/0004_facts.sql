-- What a device said of itself at its last birth: a JSON object.
ALTER TABLE devices ADD COLUMN facts TEXT;
