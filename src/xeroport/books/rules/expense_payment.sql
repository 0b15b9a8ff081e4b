-- Rule 16: the payment of an expense claim takes it off Unpaid Expense Claims.
SELECT
    'expense_claim' AS record,
    expense_claim_id AS record_id,
    100000 + part.position * 1000 AS first_number,
    'EXPPAYMENT' AS source_type,
    part.payment_id AS source_id,
    part.date AS journal_date,
    NULL::UUID AS contact_id,
    part.reference,
    NULL::VARCHAR AS currency_code,
    CAST(part.amount AS DECIMAL(18, 4)) AS amount,
    coalesce(part.account_id, code_account.account_id) AS bank_account_id,
    -to_cents(part.amount) AS bank_cents,
    'expense_claim' AS from_kind, expense_claim_id AS from_id, 'UNPAIDEXPCLM' AS from_role,
    -1 AS from_sign, NULL::DECIMAL(30, 10) AS from_rate,
    NULL::UUID AS to_id, NULL::VARCHAR AS to_role, NULL::INTEGER AS to_sign, NULL::DECIMAL(30, 10) AS to_rate
FROM due_expense_claim AS claim
JOIN expense_claim_payment AS part USING (expense_claim_id)
LEFT JOIN code_account ON code_account.code = CASE WHEN part.account_id IS NULL THEN part.account_code END
WHERE claim.status IN ('AUTHORISED', 'PAID')
    AND coalesce(part.status, 'AUTHORISED') = 'AUTHORISED'
    AND part.amount <> 0
    AND coalesce(part.account_id, code_account.account_id) IS NOT NULL
