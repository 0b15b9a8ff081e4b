-- Records whose status posts and that have an amount, but no line in the ledger: their lines, or the
-- rate of their currency, are not in the copy. `$lines` is the table of ledger lines.
WITH approved AS (
    SELECT 'invoice' AS record, invoice_id AS record_id, named(invoice_number, reference) AS name, date
    FROM invoice
    WHERE status IN ('AUTHORISED', 'PAID') AND total <> 0
    UNION ALL
    SELECT 'credit note', credit_note_id, named(credit_note_number, reference), date
    FROM credit_note
    WHERE status IN ('AUTHORISED', 'PAID') AND total <> 0
    UNION ALL
    SELECT 'bank transaction', bank_transaction_id, nullif(reference, ''), date
    FROM bank_transaction
    WHERE status = 'AUTHORISED' AND total <> 0 AND type NOT LIKE '%-TRANSFER'
    UNION ALL
    SELECT 'expense claim', expense_claim_id, NULL, reporting_date
    FROM expense_claim
    WHERE status IN ('AUTHORISED', 'PAID') AND total <> 0
)
SELECT record || ' ' || coalesce(name, CAST(record_id AS VARCHAR))
FROM approved
ANTI JOIN (SELECT DISTINCT record_id FROM $lines) AS posted USING (record_id)
ORDER BY date, 1
