SELECT
    CAST(organisation_id AS text) AS organisation_id, name, legal_name, base_currency,
    country_code, version, organisation_type, timezone, financial_year_end_month,
    financial_year_end_day, _synced_at AS _fivetran_synced
FROM {organisation}
WHERE _deleted_at IS NULL
