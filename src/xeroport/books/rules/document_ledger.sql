-- The ledger lines of documents, from what document_legs.sql worked out.
SELECT
    record, record_id, first_number + 1 AS line_number, source_type, source_id, journal_date,
    coalesce(head_account_id, system_account.account_id) AS account_id,
    head.sign * total_cents AS cents,
    NULL AS tax_type, 0 AS tax_cents, text AS description,
    contact_id, reference, currency_code, head.sign * document_sum.total AS currency_amount,
    document_id, NULL AS document_position, NULL AS settles_id
FROM $documents AS head
JOIN document_sum USING (document_id)
LEFT JOIN system_account ON system_account.role = head.head_role
WHERE total_cents <> 0
UNION ALL
SELECT
    record, record_id, first_number + 1 + part.position, source_type, source_id, journal_date,
    part.account_id,
    -head.sign * (net_cents + coalesce(largest_line.rest_cents, 0)),
    part.tax_type, -head.sign * base_cents(part.tax, rate), coalesce(line.description, text),
    contact_id, reference, currency_code, -head.sign * part.net,
    document_id, part.position, NULL
FROM $documents AS head
JOIN line_amount AS part USING (document_id)
JOIN document_line AS line ON line.document_id = part.document_id AND line.position = part.position
LEFT JOIN largest_line ON largest_line.document_id = part.document_id AND largest_line.position = part.position
WHERE net_cents + coalesce(largest_line.rest_cents, 0) <> 0
UNION ALL
SELECT
    record, record_id, first_number + 1 + last_position + tax_amount.number, source_type, source_id, journal_date,
    (SELECT account_id FROM system_account WHERE role = 'GST'),
    -head.sign * tax_cents,
    tax_amount.tax_type, 0, NULL,
    contact_id, reference, currency_code, -head.sign * tax_amount.tax,
    document_id, NULL, NULL
FROM $documents AS head
JOIN tax_amount USING (document_id)
JOIN document_sum USING (document_id)
WHERE tax_cents <> 0
UNION ALL
SELECT
    record, record_id, first_number + 2 + last_position + taxes, source_type, source_id, journal_date,
    (SELECT account_id FROM system_account WHERE role = 'ROUNDING'),
    -head.sign * (rounding_cents + CASE WHEN largest_line.document_id IS NULL THEN document_sum.rest_cents ELSE 0 END),
    NULL, 0, NULL,
    contact_id, reference, currency_code, -head.sign * own_rounding,
    document_id, NULL, NULL
FROM $documents AS head
JOIN document_sum USING (document_id)
LEFT JOIN largest_line USING (document_id)
WHERE rounding_cents <> 0
