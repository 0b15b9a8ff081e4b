SELECT
    coalesce(CAST(journal_line_id AS VARCHAR), CAST(journal_id AS VARCHAR) || '-' || position) AS journal_line_id,
    CAST(journal_id AS VARCHAR) AS journal_id,
    CAST(account_id AS VARCHAR) AS account_id,
    account_code,
    account_name,
    account_type,
    description,
    tax_name,
    tax_type,
    CAST(gross_amount AS DECIMAL(18, 2)) AS gross_amount,
    CAST(net_amount AS DECIMAL(18, 2)) AS net_amount,
    CAST(tax_amount AS DECIMAL(18, 2)) AS tax_amount,
    NULL::UUID AS _record_id
FROM $line
WHERE _deleted_at IS NULL
