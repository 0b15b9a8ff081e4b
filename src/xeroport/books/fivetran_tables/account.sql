SELECT
    CAST(account_id AS text) AS account_id, name, code, type, class, status, description,
    system_account, tax_type, currency_code, bank_account_number, bank_account_type,
    enable_payments_to_account, show_in_expense_claims, reporting_code, reporting_code_name,
    has_attachments, updated_date_utc, _synced_at AS _fivetran_synced
FROM {account}
