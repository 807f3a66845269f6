-- How each line of a device stands with its registrar: a JSON array.
ALTER TABLE devices ADD COLUMN lines TEXT;
