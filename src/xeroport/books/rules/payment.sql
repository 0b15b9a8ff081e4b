-- Rules 8 and 9: a payment moves the bank at its own rate and the document at the document's. An
-- amount is in the document's currency (Xero shows a rate with one in the base currency too, but does
-- not use it), a bank amount in the account's. The refund of a credit may name
-- it as its invoice: what the id belongs to decides, else the type of the payment.
SELECT
    'payment' AS record,
    payment_id AS record_id,
    0 AS first_number,
    coalesce(payment_type, CASE
        WHEN kind = 'invoice' THEN type || 'PAYMENT'
        ELSE CASE control_role(type) WHEN 'DEBTORS' THEN 'AR' ELSE 'AP' END
            || CASE kind WHEN 'credit_note' THEN 'CREDIT' WHEN 'prepayment' THEN 'PREPAYMENT' ELSE 'OVERPAYMENT' END
            || 'PAYMENT'
    END) AS source_type,
    payment_id AS source_id,
    date AS journal_date,
    contact_id,
    coalesce(nullif(reference, ''), document_reference) AS reference,
    currency_code,
    amount,
    bank_account_id,
    control_sign(kind, type) * CASE
        WHEN bank_amount IS NOT NULL AND bank_account_id NOT IN (SELECT account_id FROM foreign_account)
            THEN to_cents(bank_amount)
        ELSE base_cents(amount, coalesce(payment_rate, rate))
    END AS bank_cents,
    kind AS from_kind, settled_id AS from_id, control_role(type) AS from_role,
    control_sign(kind, type) AS from_sign, rate AS from_rate,
    NULL::UUID AS to_id, NULL::VARCHAR AS to_role, NULL::INTEGER AS to_sign, NULL::DECIMAL(30, 10) AS to_rate
FROM (
    SELECT
        payment.payment_id, payment.payment_type, payment.date, payment.bank_amount,
        CAST(payment.amount AS DECIMAL(18, 4)) AS amount,
        CASE WHEN NOT is_home(settled.currency_code) THEN payment.currency_rate END AS payment_rate,
        payment.reference,
        coalesce(payment.account_id, code_account.account_id) AS bank_account_id,
        coalesce(payment.invoice_id, payment.credit_note_id, payment.prepayment_id, payment.overpayment_id) AS settled_id,
        coalesce(settled.kind, CASE
            WHEN payment.payment_type LIKE '%CREDITPAYMENT' THEN 'credit_note'
            WHEN payment.payment_type LIKE '%OVERPAYMENTPAYMENT' THEN 'overpayment'
            WHEN payment.payment_type LIKE '%PREPAYMENTPAYMENT' THEN 'prepayment'
            WHEN payment.invoice_id IS NOT NULL THEN 'invoice'
            WHEN payment.credit_note_id IS NOT NULL THEN 'credit_note'
            WHEN payment.prepayment_id IS NOT NULL THEN 'prepayment'
            ELSE 'overpayment'
        END) AS kind,
        coalesce(settled.type, payment.invoice_type, payment.credit_note_type, payment.prepayment_type,
            payment.overpayment_type, payment.payment_type) AS type,
        CASE
            WHEN settled.settled_id IS NULL OR is_rateless(settled.currency_code, settled.rate)
                THEN payment.currency_rate
            ELSE settled.rate
        END AS rate,
        settled.contact_id, settled.reference AS document_reference, settled.currency_code
    FROM due_payment AS payment
    LEFT JOIN settled ON settled.settled_id
        = coalesce(payment.invoice_id, payment.credit_note_id, payment.prepayment_id, payment.overpayment_id)
    LEFT JOIN code_account ON code_account.code
        = CASE WHEN payment.account_id IS NULL THEN payment.account_code END
    WHERE payment.status = 'AUTHORISED'
)
WHERE settled_id IS NOT NULL AND amount <> 0
