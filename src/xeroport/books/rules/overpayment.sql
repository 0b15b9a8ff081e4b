-- Rule 5: an overpayment moves the bank and the control account, whatever lines it shows.
WITH overpaid AS (
    SELECT
        *,
        CASE WHEN type LIKE 'RECEIVE%' THEN 1 ELSE -1 END AS sign,
        CASE WHEN type LIKE 'RECEIVE%' THEN 'DEBTORS' ELSE 'CREDITORS' END AS role,
        base_cents(CAST(total AS DECIMAL(18, 4)), currency_rate) AS total_cents
    FROM due_bank_transaction
    WHERE status = 'AUTHORISED'
        AND (type LIKE '%-OVERPAYMENT' OR overpayment_id IS NOT NULL)
        AND NOT is_rateless(currency_code, currency_rate)
)
SELECT
    'bank_transaction' AS record, bank_transaction_id AS record_id, leg.number AS line_number,
    CASE WHEN overpaid.sign = 1 THEN 'AROVERPAYMENT' ELSE 'APOVERPAYMENT' END AS source_type,
    coalesce(overpayment_id, bank_transaction_id) AS source_id,
    date AS journal_date,
    CASE leg.number
        WHEN 1 THEN coalesce(bank_account_id, (SELECT account_id FROM code_account WHERE code = bank_account_code))
        ELSE (SELECT account_id FROM system_account WHERE system_account.role = overpaid.role)
    END AS account_id,
    leg.sign * overpaid.sign * total_cents AS cents,
    NULL AS tax_type, 0 AS tax_cents, reference AS description,
    contact_id, reference, currency_code, leg.sign * overpaid.sign * total AS currency_amount,
    bank_transaction_id AS document_id, NULL AS document_position,
    CASE leg.number WHEN 2 THEN overpayment_id END AS settles_id
FROM overpaid
CROSS JOIN (VALUES (1, 1), (2, -1)) AS leg (number, sign)
WHERE total_cents <> 0
