-- Rule 13: a manual journal has no head; a positive line is a debit. What its lines do not sum to
-- goes to Rounding.
SELECT
    'manual_journal' AS record,
    manual_journal_id AS record_id,
    manual_journal_id AS document_id,
    0 AS first_number,
    'MANJOURNAL' AS source_type,
    manual_journal_id AS source_id,
    date AS journal_date,
    NULL::VARCHAR AS head_role,
    NULL::UUID AS head_account_id,
    -1 AS sign,
    0 AS total,
    NULL AS rate,
    CASE WHEN line_amount_types IN ('Inclusive', 'Exclusive') THEN line_amount_types ELSE 'NoTax' END
        AS line_amount_types,
    NULL::UUID AS contact_id,
    narration AS reference,
    NULL::VARCHAR AS currency_code,
    narration AS text
FROM due_manual_journal
WHERE status = 'POSTED'
