-- The tracking of ledger lines, each option once. Xero names an option by its category and name, mostly
-- without its id; of an archived and an active option of one name, the active one is meant.
SELECT DISTINCT
    line.record_id, line.line_number, part.tracking_category_id,
    coalesce(part.tracking_option_id, known.tracking_option_id) AS tracking_option_id,
    part.name AS category, part.option AS "option"
FROM $lines AS line
JOIN document_tracking AS part
    ON part.document_id = line.document_id AND part.document_position = line.document_position
LEFT JOIN (
    SELECT tracking_category_id, name, arg_max(tracking_option_id, (status = 'ACTIVE', tracking_option_id)) AS tracking_option_id
    FROM tracking_category_option
    GROUP BY tracking_category_id, name
) AS known
    ON known.tracking_category_id = part.tracking_category_id AND known.name = part.option
