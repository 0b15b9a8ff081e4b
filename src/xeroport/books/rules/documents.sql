-- The rate of a prepayment or overpayment is often only on the bank transaction that it came by.
CREATE OR REPLACE TEMP TABLE paid_ahead AS
SELECT coalesce(prepayment_id, overpayment_id) AS credit_id, any_value(currency_rate) AS rate
FROM bank_transaction
WHERE coalesce(prepayment_id, overpayment_id) IS NOT NULL
GROUP BY coalesce(prepayment_id, overpayment_id);

-- The lines of all documents that post by their lines, and the tracking of all lines, in one shape.
-- A prepayment that shows no lines has those of its bank transaction.
CREATE OR REPLACE TEMP VIEW document_line AS
SELECT invoice_id AS document_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM invoice_line_item
UNION ALL
SELECT credit_note_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM credit_note_line_item
UNION ALL
SELECT bank_transaction_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM bank_transaction_line_item
UNION ALL
SELECT receipt_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM receipt_line_item
UNION ALL
SELECT prepayment_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM prepayment_line_item
UNION ALL
SELECT prepayment_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM bank_transaction JOIN bank_transaction_line_item USING (bank_transaction_id)
WHERE prepayment_id NOT IN (SELECT prepayment_id FROM prepayment_line_item)
UNION ALL
SELECT manual_journal_id, position, account_id, account_code, tax_type, tax_amount, line_amount, description
FROM manual_journal_line;

-- The tax that a document says it has in all, for those that do not say how their lines are taxed.
CREATE OR REPLACE TEMP VIEW document_tax AS
SELECT invoice_id AS document_id, total_tax FROM invoice
UNION ALL
SELECT credit_note_id, total_tax FROM credit_note
UNION ALL
SELECT bank_transaction_id, total_tax FROM bank_transaction
UNION ALL
SELECT receipt_id, total_tax FROM receipt
UNION ALL
SELECT prepayment_id, total_tax FROM prepayment;

CREATE OR REPLACE TEMP VIEW document_tracking AS
SELECT invoice_id AS document_id, line_item_position AS document_position, tracking_category_id, tracking_option_id, name, option
FROM invoice_line_item_tracking
UNION ALL
SELECT credit_note_id, line_item_position, tracking_category_id, tracking_option_id, name, option
FROM credit_note_line_item_tracking
UNION ALL
SELECT bank_transaction_id, line_item_position, tracking_category_id, tracking_option_id, name, option
FROM bank_transaction_line_item_tracking
UNION ALL
SELECT receipt_id, line_item_position, tracking_category_id, tracking_option_id, name, option
FROM receipt_line_item_tracking
UNION ALL
SELECT prepayment_id, line_item_position, tracking_category_id, tracking_option_id, name, option
FROM prepayment_line_item_tracking
UNION ALL
SELECT prepayment_id, line_item_position, tracking_category_id, tracking_option_id, name, option
FROM bank_transaction JOIN bank_transaction_line_item_tracking USING (bank_transaction_id)
WHERE prepayment_id NOT IN (SELECT prepayment_id FROM prepayment_line_item)
UNION ALL
SELECT manual_journal_id, journal_line_position, tracking_category_id, tracking_option_id, name, option
FROM manual_journal_line_tracking
UNION ALL
SELECT bank_transfer_id, 1, tracking_category_id, tracking_option_id, name, option
FROM bank_transfer_from_tracking
UNION ALL
SELECT bank_transfer_id, 2, tracking_category_id, tracking_option_id, name, option
FROM bank_transfer_to_tracking;
