SELECT
    CAST(line.record_id AS VARCHAR) || '-' || line.line_number AS journal_line_id,
    CAST(line.source_id AS VARCHAR) || '-' || strftime(line.journal_date, '%Y%m%d') AS journal_id,
    CAST(line.account_id AS VARCHAR) AS account_id,
    account.code AS account_code,
    account.name AS account_name,
    account.type AS account_type,
    line.description,
    tax.name AS tax_name,
    line.tax_type,
    CAST(line.amount + line.tax_amount AS DECIMAL(18, 2)) AS gross_amount,
    line.amount AS net_amount,
    line.tax_amount,
    line.record_id AS _record_id
FROM $lines AS line
JOIN account ON account.account_id = line.account_id
LEFT JOIN tax_name AS tax ON tax.tax_type = line.tax_type
