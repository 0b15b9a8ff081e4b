-- What a prepayment holds open: not posted from here (its bank transaction posts it), but released
-- by allocations and refunds.
SELECT
    'prepayment' AS record,
    prepayment_id AS record_id,
    prepayment_id AS document_id,
    0 AS first_number,
    type AS source_type,
    prepayment_id AS source_id,
    date AS journal_date,
    CASE WHEN type LIKE 'RECEIVE%' THEN 'DEBTORS' ELSE 'CREDITORS' END AS head_role,
    NULL::UUID AS head_account_id,
    CASE WHEN type LIKE 'RECEIVE%' THEN 1 ELSE -1 END AS sign,
    total,
    coalesce(currency_rate, paid_ahead.rate) AS rate,
    line_amount_types,
    contact_id,
    named(invoice_number, reference) AS reference,
    currency_code,
    NULL::VARCHAR AS text
FROM prepayment
LEFT JOIN paid_ahead ON paid_ahead.credit_id = prepayment.prepayment_id
WHERE status IN ('AUTHORISED', 'PAID') AND type NOT LIKE '%-OVERPAYMENT'
