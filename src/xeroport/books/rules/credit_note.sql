-- Rule 2: a credit note is an invoice with its signs turned.
SELECT
    'credit_note' AS record,
    credit_note_id AS record_id,
    credit_note_id AS document_id,
    0 AS first_number,
    type AS source_type,
    credit_note_id AS source_id,
    date AS journal_date,
    CASE type WHEN 'ACCRECCREDIT' THEN 'DEBTORS' ELSE 'CREDITORS' END AS head_role,
    NULL::UUID AS head_account_id,
    CASE type WHEN 'ACCRECCREDIT' THEN -1 ELSE 1 END AS sign,
    total,
    currency_rate AS rate,
    line_amount_types,
    contact_id,
    named(credit_note_number, reference) AS reference,
    currency_code,
    NULL::VARCHAR AS text
FROM due_credit_note
WHERE status IN ('AUTHORISED', 'PAID')
