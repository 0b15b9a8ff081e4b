-- Rules 10 and 11: an allocation takes a credit off its own document, at that document's rate, and
-- off the invoice it pays, at the invoice's rate. The list of prepayments may hold overpayments too;
-- where only one of the two shows its rate, the other has the same.
SELECT
    record,
    credit_id AS record_id,
    100000 + position * 1000 AS first_number,
    CASE record
        WHEN 'credit_note' THEN credit_type
        WHEN 'prepayment' THEN CASE control_role(credit_type) WHEN 'DEBTORS' THEN 'ARPREPAYMENT' ELSE 'APPREPAYMENT' END
        ELSE CASE control_role(credit_type) WHEN 'DEBTORS' THEN 'AROVERPAYMENT' ELSE 'APOVERPAYMENT' END
    END AS source_type,
    credit_id AS source_id,
    coalesce(allocated_on, credit_date) AS journal_date,
    part.contact_id,
    part.reference,
    part.currency_code,
    CAST(amount AS DECIMAL(18, 4)) AS amount,
    NULL::UUID AS bank_account_id,
    NULL::BIGINT AS bank_cents,
    record AS from_kind, credit_id AS from_id, control_role(credit_type) AS from_role,
    control_sign(record, credit_type) AS from_sign,
    CASE WHEN is_rateless(part.currency_code, credit_rate) THEN invoice.currency_rate ELSE credit_rate END AS from_rate,
    part.invoice_id AS to_id,
    control_role(coalesce(invoice.type, credit_type)) AS to_role,
    control_sign('invoice', coalesce(invoice.type, credit_type)) AS to_sign,
    CASE
        WHEN invoice.invoice_id IS NULL OR is_rateless(invoice.currency_code, invoice.currency_rate) THEN credit_rate
        ELSE invoice.currency_rate
    END AS to_rate
FROM (
    SELECT
        'credit_note' AS record, credit_note_id AS credit_id, credit.type AS credit_type,
        credit.date AS credit_date, credit.currency_rate AS credit_rate, credit.contact_id,
        named(credit.credit_note_number, credit.reference) AS reference, credit.currency_code,
        item.position, item.invoice_id, item.amount, item.date AS allocated_on, item.is_deleted
    FROM due_credit_note AS credit
    JOIN credit_note_allocation AS item USING (credit_note_id)
    WHERE credit.status IN ('AUTHORISED', 'PAID')
    UNION ALL
    SELECT
        'overpayment', overpayment_id, credit.type, credit.date, coalesce(credit.currency_rate, paid_ahead.rate),
        credit.contact_id, credit.reference, credit.currency_code,
        item.position, item.invoice_id, item.amount, item.date, item.is_deleted
    FROM due_overpayment AS credit
    JOIN overpayment_allocation AS item USING (overpayment_id)
    LEFT JOIN paid_ahead ON paid_ahead.credit_id = credit.overpayment_id
    WHERE credit.status IN ('AUTHORISED', 'PAID') AND credit.type NOT LIKE '%-PREPAYMENT'
    UNION ALL
    SELECT
        'prepayment', prepayment_id, credit.type, credit.date, coalesce(credit.currency_rate, paid_ahead.rate),
        credit.contact_id, named(credit.invoice_number, credit.reference), credit.currency_code,
        item.position, item.invoice_id, item.amount, item.date, item.is_deleted
    FROM due_prepayment AS credit
    JOIN prepayment_allocation AS item USING (prepayment_id)
    LEFT JOIN paid_ahead ON paid_ahead.credit_id = credit.prepayment_id
    WHERE credit.status IN ('AUTHORISED', 'PAID') AND credit.type NOT LIKE '%-OVERPAYMENT'
) AS part
LEFT JOIN invoice ON invoice.invoice_id = part.invoice_id
WHERE part.amount <> 0 AND coalesce(is_deleted, FALSE) = FALSE AND part.invoice_id IS NOT NULL
