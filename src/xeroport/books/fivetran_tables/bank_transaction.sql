SELECT
    CAST(bank_transaction_id AS text) AS bank_transaction_id,
    CAST(contact_id AS text) AS contact_id, type, status, date, reference, currency_code,
    currency_rate, is_reconciled, sub_total, total_tax, total, updated_date_utc,
    _synced_at AS _fivetran_synced
FROM {bank_transaction}
WHERE _deleted_at IS NULL
