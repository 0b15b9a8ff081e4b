-- The ledger lines of payments and allocations. An allocation at one rate moves nothing between
-- accounts, and posts nothing unless `$all`.
WITH posted AS (
    SELECT *
    FROM settlement_part
    WHERE $all OR bank_cents IS NOT NULL OR is_held OR gain_cents <> 0 OR from_role <> to_role
)
SELECT
    record, record_id, first_number + 1 AS line_number, source_type, source_id, journal_date,
    bank_account_id AS account_id, bank_cents AS cents,
    NULL AS tax_type, 0 AS tax_cents, NULL AS description,
    contact_id, reference, currency_code, from_sign * amount AS currency_amount,
    record_id AS document_id, NULL AS document_position, NULL AS settles_id
FROM posted
WHERE bank_cents <> 0
UNION ALL
SELECT
    record, record_id, first_number + 2, source_type, source_id, journal_date,
    system_account.account_id, to_cents,
    NULL, 0, NULL,
    contact_id, reference, currency_code, -to_sign * amount,
    record_id, NULL, to_id
FROM posted
LEFT JOIN system_account ON system_account.role = posted.to_role
WHERE to_cents <> 0
UNION ALL
SELECT
    record, record_id, first_number + 3, source_type, source_id, journal_date,
    (SELECT account_id FROM system_account WHERE role = 'REALISEDCURRENCYGAIN'), gain_cents,
    NULL, 0, NULL,
    contact_id, reference, NULL, NULL,
    record_id, NULL, NULL
FROM posted
WHERE gain_cents <> 0
UNION ALL
SELECT
    record, record_id, first_number + 4, source_type, source_id, journal_date,
    system_account.account_id, from_cents,
    NULL, 0, NULL,
    contact_id, reference, currency_code, -from_sign * amount,
    record_id, NULL, from_id
FROM posted
LEFT JOIN system_account ON system_account.role = posted.from_role
WHERE from_cents <> 0 AND NOT is_held
UNION ALL
SELECT
    posted.record, posted.record_id, posted.first_number + 4 + released.line_number, source_type, source_id, journal_date,
    released.account_id,
    released.cents + coalesce(released_rest.cents, 0),
    released.tax_type, released.tax_cents, released.description,
    contact_id, reference, currency_code, NULL,
    released.document_id, released.document_position, NULL
FROM posted
JOIN released USING (record_id, first_number)
LEFT JOIN released_rest ON released_rest.record_id = posted.record_id
    AND released_rest.first_number = posted.first_number
    AND released_rest.line_number = released.line_number
WHERE released.cents + coalesce(released_rest.cents, 0) <> 0
