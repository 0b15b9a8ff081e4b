SELECT
    coalesce(CAST(line_item_id AS text), CAST(invoice_id AS text) || '-' || CAST(position AS text)) AS line_item_id,
    CAST(invoice_id AS text) AS invoice_id, account_code, description, item_code, tax_type,
    discount_rate, line_amount, quantity, tax_amount, unit_amount,
    CAST(NULL AS numeric(18, 4)) AS discount_entered_as_percent, _synced_at AS _fivetran_synced
FROM {invoice_line_item}
WHERE _deleted_at IS NULL
