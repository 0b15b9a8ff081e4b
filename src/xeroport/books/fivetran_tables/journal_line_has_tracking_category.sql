SELECT
    CAST(line.source_id AS VARCHAR) || '-' || strftime(line.journal_date, '%Y%m%d') AS journal_id,
    CAST(line.record_id AS VARCHAR) || '-' || line.line_number AS journal_line_id,
    CAST(part.tracking_category_id AS VARCHAR) AS tracking_category_id,
    part.option,
    CAST(part.tracking_option_id AS VARCHAR) AS tracking_category_option_id,
    line.record_id AS _record_id
FROM $lines AS line
JOIN $tracking AS part ON part.record_id = line.record_id AND part.line_number = line.line_number
