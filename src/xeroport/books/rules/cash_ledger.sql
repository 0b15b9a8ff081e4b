-- The cash basis: documents post nothing; the leg of a settlement on a control account is replaced
-- by the document's other legs, scaled to it, what is left to zero on the largest.
WITH leg AS (
    FROM ($legs)
    WHERE record IN ('bank_transaction', 'bank_transfer', 'payment', 'prepayment', 'overpayment', 'expense_claim')
        OR (record = 'credit_note' AND line_number > 100000)
        OR (record = 'manual_journal' AND record_id NOT IN (
            SELECT manual_journal_id FROM manual_journal WHERE show_on_cash_basis_reports = FALSE))
),
own AS (
    FROM ($legs)
    WHERE record IN ('invoice', 'credit_note') AND line_number BETWEEN 2 AND 99999
),
whole AS (
    SELECT record_id, sum(cents)::BIGINT AS cents
    FROM own
    GROUP BY record_id
    HAVING sum(cents) <> 0
),
part AS (
    SELECT
        leg.record, leg.record_id, leg.line_number AS leg_number, own.line_number AS own_number,
        leg.source_type, leg.source_id, leg.journal_date, leg.cents AS leg_cents,
        leg.reference, leg.contact_id, leg.currency_code,
        own.account_id, own.tax_type, own.description, own.document_id, own.document_position,
        abs(own.cents) AS size,
        scaled(own.cents, leg.cents, whole.cents) AS cents,
        scaled(own.tax_cents, leg.cents, whole.cents) AS tax_cents
    FROM leg
    JOIN whole ON whole.record_id = leg.settles_id
    JOIN own ON own.record_id = leg.settles_id
),
rest AS (
    SELECT
        record_id, leg_number,
        arg_max(own_number, (size, -own_number)) AS own_number,
        any_value(leg_cents) - sum(cents) AS cents
    FROM part
    GROUP BY record_id, leg_number
    HAVING any_value(leg_cents) <> sum(cents)
)
SELECT * FROM leg
WHERE settles_id IS NULL OR settles_id NOT IN (SELECT record_id FROM whole)
UNION ALL
SELECT
    part.record, part.record_id, part.leg_number * 10000 + part.own_number, source_type, source_id, journal_date,
    account_id, part.cents + coalesce(rest.cents, 0), tax_type, tax_cents, description,
    contact_id, reference, currency_code, NULL, document_id, document_position, NULL
FROM part
LEFT JOIN rest USING (record_id, leg_number, own_number)
WHERE part.cents + coalesce(rest.cents, 0) <> 0
