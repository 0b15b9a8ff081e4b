SELECT
    CAST(invoice_id AS text) AS invoice_id, CAST(contact_id AS text) AS contact_id,
    currency_code, invoice_number, reference, status, type, url, date, due_date,
    fully_paid_on_date, updated_date_utc, planned_payment_date, expected_payment_date,
    currency_rate, sent_to_contact, sub_total, total, total_tax, amount_due, amount_paid,
    amount_credited, cis_deduction AS cisdeduction, is_discounted, has_attachments,
    line_amount_types, _synced_at AS _fivetran_synced
FROM {invoice}
WHERE _deleted_at IS NULL
