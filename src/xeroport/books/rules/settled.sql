-- What can be settled: type, rate and the sign with which it moves its control account.
CREATE OR REPLACE TEMP VIEW settled AS
SELECT
    invoice_id AS settled_id, 'invoice' AS kind, type, currency_rate AS rate, contact_id,
    named(invoice_number, reference) AS reference, currency_code
FROM invoice
UNION ALL
SELECT credit_note_id, 'credit_note', type, currency_rate, contact_id, named(credit_note_number, reference), currency_code
FROM credit_note
UNION ALL
SELECT prepayment_id, 'prepayment', type, coalesce(currency_rate, paid_ahead.rate), contact_id, named(invoice_number, reference), currency_code
FROM prepayment LEFT JOIN paid_ahead ON paid_ahead.credit_id = prepayment.prepayment_id
WHERE type NOT LIKE '%-OVERPAYMENT'
UNION ALL
SELECT overpayment_id, 'overpayment', type, coalesce(currency_rate, paid_ahead.rate), contact_id, reference, currency_code
FROM overpayment LEFT JOIN paid_ahead ON paid_ahead.credit_id = overpayment.overpayment_id
WHERE type NOT LIKE '%-PREPAYMENT';

-- The control account of a document by its type: ACCREC…, AR… and RECEIVE… are sales.
CREATE OR REPLACE TEMP MACRO control_role(type) AS
    CASE WHEN type LIKE 'ACCREC%' OR type LIKE 'AR%' OR type LIKE 'RECEIVE%' THEN 'DEBTORS' ELSE 'CREDITORS' END;

CREATE OR REPLACE TEMP MACRO control_sign(kind, type) AS
    CASE WHEN (control_role(type) = 'DEBTORS') = (kind = 'invoice') THEN 1 ELSE -1 END;
