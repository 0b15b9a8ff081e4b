-- One journal for each record and day, numbered by day; the residual of a month is one of its own.
WITH posted AS (
    SELECT
        CAST(source_id AS VARCHAR) || '-' || strftime(journal_date, '%Y%m%d') AS journal_id,
        journal_date, source_id, any_value(source_type) AS source_type,
        any_value(reference) AS reference, any_value(record_id) AS record_id
    FROM $lines
    GROUP BY source_id, journal_date
    UNION ALL
    SELECT
        'residual-' || strftime(month_end, '%Y%m%d'), month_end, NULL, NULL,
        'xeroport: not from documents', NULL
    FROM $residual
    GROUP BY month_end
),
stamp AS ($stamps)
SELECT
    journal_id,
    coalesce(stamp.updated_date_utc, CAST(journal_date AS TIMESTAMP)) AS created_date_utc,
    journal_date,
    CAST(row_number() OVER (ORDER BY journal_date, journal_id) AS INTEGER) AS journal_number,
    reference,
    CAST(source_id AS VARCHAR) AS source_id,
    source_type,
    CAST(now() AS TIMESTAMP) AS _fivetran_synced
FROM posted
LEFT JOIN stamp ON stamp.record_id = posted.record_id
