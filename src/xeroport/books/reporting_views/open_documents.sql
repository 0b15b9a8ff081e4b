-- What is open of one side: invoices or bills, less the credits and what was paid ahead.
SELECT
    open.document, open.number, open.contact_id, coalesce(contact.name, open.contact) AS contact, open.date, open.due_date,
    open.amount, open.currency_code, open.currency_amount, open.record_id
FROM (
    SELECT
        CASE type WHEN '$invoice' THEN '$document' END AS document,
        coalesce(nullif(invoice_number, ''), nullif(reference, '')) AS number,
        contact_id,
        contact_name AS contact,
        date,
        due_date,
        $base(amount_due; currency_rate) AS amount,
        currency_code,
        amount_due AS currency_amount,
        invoice_id AS record_id
    FROM {invoice}
    WHERE type = '$invoice' AND status = 'AUTHORISED' AND amount_due <> 0 AND _deleted_at IS NULL
    UNION ALL
    SELECT 'credit note', coalesce(nullif(credit_note_number, ''), nullif(reference, '')), contact_id, contact_name, date, CAST(NULL AS date),
        -$base(remaining_credit; currency_rate), currency_code, -remaining_credit, credit_note_id
    FROM {credit_note}
    WHERE type = '$invoiceCREDIT' AND status = 'AUTHORISED' AND remaining_credit <> 0 AND _deleted_at IS NULL
    UNION ALL
    SELECT 'overpayment', reference, contact_id, contact_name, date, CAST(NULL AS date),
        -$base(remaining_credit; rate), currency_code, -remaining_credit, overpayment_id
    FROM (
        SELECT credit.*, coalesce(credit.currency_rate, paid.rate) AS rate
        FROM {overpayment} AS credit
        LEFT JOIN (
            SELECT overpayment_id, max(currency_rate) AS rate FROM {bank_transaction} GROUP BY overpayment_id
        ) AS paid ON paid.overpayment_id = credit.overpayment_id
    ) AS credit
    WHERE type = '$money-OVERPAYMENT' AND status = 'AUTHORISED' AND remaining_credit <> 0 AND _deleted_at IS NULL
    UNION ALL
    SELECT 'prepayment', reference, contact_id, contact_name, date, CAST(NULL AS date),
        -$base(remaining_credit; rate), currency_code, -remaining_credit, prepayment_id
    FROM (
        SELECT credit.*, coalesce(credit.currency_rate, paid.rate) AS rate
        FROM {prepayment} AS credit
        LEFT JOIN (
            SELECT prepayment_id, max(currency_rate) AS rate FROM {bank_transaction} GROUP BY prepayment_id
        ) AS paid ON paid.prepayment_id = credit.prepayment_id
    ) AS credit
    WHERE type = '$money-PREPAYMENT' AND status = 'AUTHORISED' AND remaining_credit <> 0 AND _deleted_at IS NULL
) AS open
LEFT JOIN {contact} AS contact ON contact.contact_id = open.contact_id
