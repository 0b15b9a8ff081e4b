-- Money in whole numbers. DuckDB divides decimals as doubles, so nothing here is divided as one.
-- An amount is a DECIMAL(18, 4); a rate is foreign units for one unit of the base currency.

-- To the cent, half away from zero.
CREATE OR REPLACE TEMP MACRO to_cents(amount) AS CAST(amount * 100 AS BIGINT);

-- a * b / c in whole numbers, half away from zero; 0 where c is 0.
CREATE OR REPLACE TEMP MACRO scaled(a, b, c) AS CASE
    WHEN c = 0 THEN 0::BIGINT
    ELSE CAST(
        sign(a) * sign(b) * sign(c)
        * ((2 * abs(a)::HUGEINT * abs(b)::HUGEINT + abs(c)::HUGEINT) // (2 * abs(c)::HUGEINT))
        AS BIGINT)
END;

-- An amount in the base currency, in cents; a rate of NULL, 0 or 1 is the base currency itself.
CREATE OR REPLACE TEMP MACRO base_cents(amount, rate) AS CASE
    WHEN rate IS NULL OR rate = 0 OR rate = 1 THEN to_cents(amount)
    ELSE scaled(
        CAST(amount * 10000 AS BIGINT),
        100000000,
        CAST(CAST(rate AS DECIMAL(18, 10)) * 10000000000 AS HUGEINT))
END;

-- What a document goes by: its number, else its reference. Xero sends empty texts for either.
CREATE OR REPLACE TEMP MACRO named(number, reference) AS coalesce(nullif(number, ''), nullif(reference, ''));

-- Cents as money.
CREATE OR REPLACE TEMP MACRO money(cents) AS CAST(CAST(cents AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2));
