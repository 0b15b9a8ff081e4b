SELECT
    CAST(contact_id AS text) AS contact_id, name, first_name, last_name, email_address,
    contact_number, contact_status, is_customer, is_supplier, default_currency, tax_number,
    account_number, updated_date_utc,
    _deleted_at IS NOT NULL AS _fivetran_deleted, _synced_at AS _fivetran_synced
FROM {contact}
