-- The first batch that may have brought a record to Xero without our knowing: what Xero says of the
-- record later, as that its number is taken, may be about that sending.
ALTER TABLE delivery ADD COLUMN doubted TEXT;
UPDATE delivery SET doubted = batch WHERE status = 'unknown';
