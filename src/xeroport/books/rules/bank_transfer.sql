-- Rule 12: a transfer moves the same base amount out of one account and into the other, at the rate
-- of the bank transaction that left. Out of an account in the base currency that is its amount.
WITH routed AS (
    SELECT
        transfer.*,
        coalesce(from_bank_account_id, from_code.account_id) AS from_id,
        coalesce(to_bank_account_id, to_code.account_id) AS to_id
    FROM due_bank_transfer AS transfer
    LEFT JOIN code_account AS from_code ON from_code.code = from_bank_account_code
    LEFT JOIN code_account AS to_code ON to_code.code = to_bank_account_code
    WHERE coalesce(transfer.status, 'AUTHORISED') = 'AUTHORISED'
),
moved AS (
    SELECT
        routed.*,
        spent.currency_code AS spent_currency,
        base_cents(
            CAST(amount AS DECIMAL(18, 4)),
            CASE WHEN foreign_account.account_id IS NOT NULL THEN coalesce(spent.currency_rate, routed.currency_rate) END
        ) AS moved_cents
    FROM routed
    LEFT JOIN bank_transaction AS spent ON spent.bank_transaction_id = routed.from_bank_transaction_id
    LEFT JOIN foreign_account ON foreign_account.account_id = from_id
)
SELECT
    'bank_transfer' AS record, bank_transfer_id AS record_id, leg.number AS line_number,
    'TRANSFER' AS source_type, bank_transfer_id AS source_id, date AS journal_date,
    CASE leg.number WHEN 1 THEN from_id ELSE to_id END AS account_id,
    leg.sign * moved_cents AS cents,
    NULL AS tax_type, 0 AS tax_cents, nullif(reference, '') AS description,
    NULL AS contact_id, nullif(reference, '') AS reference, spent_currency AS currency_code, leg.sign * amount AS currency_amount,
    bank_transfer_id AS document_id, leg.number AS document_position, NULL AS settles_id
FROM moved
CROSS JOIN (VALUES (1, -1), (2, 1)) AS leg (number, sign)
WHERE moved_cents <> 0
