-- Rule 15: an approved claim posts its receipts against Unpaid Expense Claims.
SELECT
    'expense_claim' AS record,
    expense_claim_id AS record_id,
    receipt.receipt_id AS document_id,
    position * 1000 AS first_number,
    'EXPCLAIM' AS source_type,
    expense_claim_id AS source_id,
    coalesce(claim.reporting_date, receipt.date, part.date) AS journal_date,
    'UNPAIDEXPCLM' AS head_role,
    NULL::UUID AS head_account_id,
    -1 AS sign,
    receipt.total,
    NULL AS rate,
    receipt.line_amount_types,
    receipt.contact_id,
    named(receipt.reference, receipt.receipt_number) AS reference,
    NULL::VARCHAR AS currency_code,
    NULL::VARCHAR AS text
FROM due_expense_claim AS claim
JOIN expense_claim_receipt AS part USING (expense_claim_id)
JOIN receipt ON receipt.receipt_id = part.receipt_id
WHERE claim.status IN ('AUTHORISED', 'PAID')
