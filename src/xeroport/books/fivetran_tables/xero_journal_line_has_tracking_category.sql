SELECT
    CAST(part.journal_id AS VARCHAR) AS journal_id,
    coalesce(CAST(line.journal_line_id AS VARCHAR), CAST(line.journal_id AS VARCHAR) || '-' || line.position) AS journal_line_id,
    CAST(part.tracking_category_id AS VARCHAR) AS tracking_category_id,
    part.option,
    CAST(part.tracking_option_id AS VARCHAR) AS tracking_category_option_id,
    NULL::UUID AS _record_id
FROM $tracking AS part
JOIN $line AS line ON line.journal_id = part.journal_id AND line.position = part.journal_line_position
WHERE part._deleted_at IS NULL
