-- Records whose legs hang on one that changed: payments and allocations on a document's rate, a
-- transfer on the transaction that left, a claim on its receipts.
INSERT INTO due_id
SELECT coalesce(prepayment_id, overpayment_id) FROM bank_transaction
WHERE coalesce(prepayment_id, overpayment_id) IS NOT NULL
    AND bank_transaction_id IN (SELECT record_id FROM due_id);

INSERT INTO due_id
SELECT payment_id FROM payment
WHERE coalesce(invoice_id, credit_note_id, prepayment_id, overpayment_id) IN (SELECT record_id FROM due_id);

INSERT INTO due_id
SELECT credit_note_id FROM credit_note_allocation WHERE invoice_id IN (SELECT record_id FROM due_id)
UNION
SELECT overpayment_id FROM overpayment_allocation WHERE invoice_id IN (SELECT record_id FROM due_id)
UNION
SELECT prepayment_id FROM prepayment_allocation WHERE invoice_id IN (SELECT record_id FROM due_id)
UNION
SELECT bank_transfer_id FROM bank_transfer WHERE from_bank_transaction_id IN (SELECT record_id FROM due_id)
UNION
SELECT expense_claim_id FROM expense_claim_receipt WHERE receipt_id IN (SELECT record_id FROM due_id);
