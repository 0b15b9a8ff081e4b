-- Rule 12: a transfer moves the same base amount out of one account and into the other, at the rate
-- of the bank transaction that left.
WITH moved AS (
    SELECT
        transfer.*,
        spent.currency_code AS spent_currency,
        base_cents(CAST(amount AS DECIMAL(18, 4)), coalesce(spent.currency_rate, transfer.currency_rate)) AS moved_cents
    FROM due_bank_transfer AS transfer
    LEFT JOIN bank_transaction AS spent ON spent.bank_transaction_id = transfer.from_bank_transaction_id
    WHERE coalesce(transfer.status, 'AUTHORISED') = 'AUTHORISED'
)
SELECT
    'bank_transfer' AS record, bank_transfer_id AS record_id, leg.number AS line_number,
    'TRANSFER' AS source_type, bank_transfer_id AS source_id, date AS journal_date,
    CASE leg.number WHEN 1 THEN
        coalesce(from_bank_account_id, (SELECT account_id FROM code_account WHERE code = from_bank_account_code))
    ELSE
        coalesce(to_bank_account_id, (SELECT account_id FROM code_account WHERE code = to_bank_account_code))
    END AS account_id,
    leg.sign * moved_cents AS cents,
    NULL AS tax_type, 0 AS tax_cents, reference AS description,
    NULL AS contact_id, reference, spent_currency AS currency_code, leg.sign * amount AS currency_amount,
    bank_transfer_id AS document_id, leg.number AS document_position, NULL AS settles_id
FROM moved
CROSS JOIN (VALUES (1, -1), (2, 1)) AS leg (number, sign)
WHERE moved_cents <> 0
