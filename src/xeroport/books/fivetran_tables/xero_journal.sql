-- Xero's own journals, as they were synced.
SELECT
    CAST(journal_id AS VARCHAR) AS journal_id,
    created_date_utc,
    journal_date,
    CAST(journal_number AS INTEGER) AS journal_number,
    reference,
    CAST(source_id AS VARCHAR) AS source_id,
    source_type,
    CAST(now() AS TIMESTAMP) AS _fivetran_synced
FROM $journal
WHERE _deleted_at IS NULL
