-- What the rules need of the organisation: accounts by id, by code and by role, tax that is lost.

CREATE OR REPLACE TEMP TABLE code_account AS
SELECT code, arg_max(account_id, (status = 'ACTIVE', updated_date_utc)) AS account_id
FROM account
WHERE code IS NOT NULL AND code <> ''
GROUP BY code;

CREATE OR REPLACE TEMP TABLE system_account AS
SELECT system_account AS role, arg_max(account_id, (status = 'ACTIVE', updated_date_utc)) AS account_id
FROM account
WHERE system_account <> ''
GROUP BY system_account;

-- Whether a currency is the base currency: an amount in it needs no rate, whatever one is shown.
CREATE OR REPLACE TEMP MACRO is_home(code) AS
    coalesce(code = (SELECT any_value(base_currency) FROM organisation), FALSE);

-- Whether an amount cannot be converted: in another currency, and no rate is known.
CREATE OR REPLACE TEMP MACRO is_rateless(code, rate) AS
    coalesce(code <> '' AND code <> (SELECT any_value(base_currency) FROM organisation), FALSE)
    AND coalesce(rate, 0) = 0;

-- A payment into one of these accounts is in a currency that is not the base currency.
CREATE OR REPLACE TEMP TABLE foreign_account AS
SELECT account_id
FROM account
WHERE currency_code IS NOT NULL
    AND currency_code <> ''
    AND currency_code <> (SELECT any_value(base_currency) FROM organisation);

-- The part of a tax that cannot be recovered, as a fraction of whole numbers.
CREATE OR REPLACE TEMP TABLE lost_tax AS
SELECT
    tax_type,
    CAST(sum(rate) FILTER (is_non_recoverable) * 10000000000 AS BIGINT) AS lost,
    CAST(sum(rate) * 10000000000 AS BIGINT) AS whole
FROM tax_rate_tax_component
GROUP BY tax_type
HAVING coalesce(sum(rate) FILTER (is_non_recoverable), 0) <> 0;
