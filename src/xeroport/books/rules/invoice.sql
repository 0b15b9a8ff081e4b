-- Rule 1: an approved invoice debits the receivable, an approved bill credits the payable.
SELECT
    'invoice' AS record,
    invoice_id AS record_id,
    invoice_id AS document_id,
    0 AS first_number,
    type AS source_type,
    invoice_id AS source_id,
    date AS journal_date,
    CASE type WHEN 'ACCREC' THEN 'DEBTORS' ELSE 'CREDITORS' END AS head_role,
    NULL::UUID AS head_account_id,
    CASE type WHEN 'ACCREC' THEN 1 ELSE -1 END AS sign,
    total,
    currency_rate AS rate,
    line_amount_types,
    contact_id,
    named(invoice_number, reference) AS reference,
    currency_code,
    NULL::VARCHAR AS text
FROM due_invoice
WHERE status IN ('AUTHORISED', 'PAID')
