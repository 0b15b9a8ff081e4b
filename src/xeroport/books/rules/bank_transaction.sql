-- Rules 4, 6 and 7: money received or spent, prepayments among it; the bank is the head. Transfers
-- post from the transfer, overpayments have no lines (overpayment.sql).
SELECT
    'bank_transaction' AS record,
    bank_transaction_id AS record_id,
    bank_transaction_id AS document_id,
    0 AS first_number,
    CASE
        WHEN is_ahead AND type LIKE 'RECEIVE%' THEN 'ARPREPAYMENT'
        WHEN is_ahead THEN 'APPREPAYMENT'
        WHEN type LIKE 'RECEIVE%' THEN 'CASHREC'
        ELSE 'CASHPAID'
    END AS source_type,
    CASE WHEN is_ahead THEN coalesce(prepayment_id, bank_transaction_id) ELSE bank_transaction_id END AS source_id,
    date AS journal_date,
    NULL::VARCHAR AS head_role,
    coalesce(bank_account_id, (SELECT account_id FROM code_account WHERE code = bank_account_code))
        AS head_account_id,
    CASE WHEN type LIKE 'RECEIVE%' THEN 1 ELSE -1 END AS sign,
    total,
    currency_rate AS rate,
    line_amount_types,
    contact_id,
    nullif(reference, '') AS reference,
    currency_code,
    NULL::VARCHAR AS text
FROM (
    SELECT *, prepayment_id IS NOT NULL OR type LIKE '%-PREPAYMENT' AS is_ahead
    FROM due_bank_transaction
)
WHERE status = 'AUTHORISED'
    AND type NOT LIKE '%-TRANSFER'
    AND type NOT LIKE '%-OVERPAYMENT'
    AND overpayment_id IS NULL
