-- What a row said that only Xero writes, such as its total: it is not sent, and compared.
ALTER TABLE delivery ADD COLUMN expected TEXT NOT NULL DEFAULT '{}';
