SELECT
    CAST(credit_note_id AS text) AS credit_note_id, CAST(contact_id AS text) AS contact_id,
    credit_note_number, type, status, date, reference, currency_code, currency_rate,
    sub_total, total_tax, total, remaining_credit, updated_date_utc,
    _synced_at AS _fivetran_synced
FROM {credit_note}
WHERE _deleted_at IS NULL
