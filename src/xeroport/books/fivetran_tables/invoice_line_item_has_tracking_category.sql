SELECT
    CAST(part.invoice_id AS text) AS invoice_id,
    coalesce(CAST(line.line_item_id AS text), CAST(line.invoice_id AS text) || '-' || CAST(line.position AS text)) AS line_item_id,
    CAST(part.tracking_category_id AS text) AS tracking_category_id,
    part.option, part._synced_at AS _fivetran_synced
FROM {invoice_line_item_tracking} AS part
JOIN {invoice_line_item} AS line
    ON line.invoice_id = part.invoice_id AND line.position = part.line_item_position
WHERE part._deleted_at IS NULL
