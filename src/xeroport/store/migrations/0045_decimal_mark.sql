-- Which mark begins the decimals in the files of an organisation; NULL: asked where a file fits both.
ALTER TABLE instance ADD COLUMN decimal_mark TEXT;
