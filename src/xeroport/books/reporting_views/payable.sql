SELECT
    CASE type WHEN 'ACCPAY' THEN 'bill' END AS document,
    invoice_number AS number,
    contact_id,
    contact_name AS contact,
    date,
    due_date,
    $base(amount_due; currency_rate) AS amount,
    currency_code,
    amount_due AS currency_amount,
    invoice_id AS record_id
FROM {invoice}
WHERE type = 'ACCPAY' AND status = 'AUTHORISED' AND amount_due <> 0 AND _deleted_at IS NULL
UNION ALL
SELECT 'credit note', credit_note_number, contact_id, contact_name, date, CAST(NULL AS date),
    -$base(remaining_credit; currency_rate), currency_code, -remaining_credit, credit_note_id
FROM {credit_note}
WHERE type = 'ACCPAYCREDIT' AND status = 'AUTHORISED' AND remaining_credit <> 0 AND _deleted_at IS NULL
UNION ALL
SELECT 'overpayment', reference, contact_id, contact_name, date, CAST(NULL AS date),
    -$base(remaining_credit; currency_rate), currency_code, -remaining_credit, overpayment_id
FROM {overpayment}
WHERE type = 'SPEND-OVERPAYMENT' AND status = 'AUTHORISED' AND remaining_credit <> 0 AND _deleted_at IS NULL
UNION ALL
SELECT 'prepayment', reference, contact_id, contact_name, date, CAST(NULL AS date),
    -$base(remaining_credit; currency_rate), currency_code, -remaining_credit, prepayment_id
FROM {prepayment}
WHERE type = 'SPEND-PREPAYMENT' AND status = 'AUTHORISED' AND remaining_credit <> 0 AND _deleted_at IS NULL
