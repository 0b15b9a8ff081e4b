SELECT
    'residual-' || strftime(month_end, '%Y%m%d') || '-' || CAST(line.account_id AS VARCHAR) AS journal_line_id,
    'residual-' || strftime(month_end, '%Y%m%d') AS journal_id,
    CAST(line.account_id AS VARCHAR) AS account_id,
    account.code AS account_code,
    account.name AS account_name,
    account.type AS account_type,
    any_value(line.cause) AS description,
    NULL AS tax_name,
    NULL AS tax_type,
    CAST(sum(line.amount) AS DECIMAL(18, 2)) AS gross_amount,
    CAST(sum(line.amount) AS DECIMAL(18, 2)) AS net_amount,
    CAST(0 AS DECIMAL(18, 2)) AS tax_amount,
    NULL::UUID AS _record_id
FROM $residual AS line
JOIN account ON account.account_id = line.account_id
GROUP BY month_end, line.account_id, account.code, account.name, account.type
