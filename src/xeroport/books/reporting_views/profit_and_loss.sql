SELECT
    CAST(date_trunc('month', line.day) AS date) AS month,
    CASE
        WHEN account.type = 'DIRECTCOSTS' THEN 'cost of sales'
        WHEN account.type = 'OTHERINCOME' THEN 'other income'
        WHEN account.class = 'REVENUE' THEN 'income'
        ELSE 'operating expenses'
    END AS section,
    account.code AS account_code,
    account.name AS account,
    CASE account.class WHEN 'REVENUE' THEN -sum(line.amount) ELSE sum(line.amount) END AS amount,
    -sum(line.amount) AS profit,
    sum(line.from_residual) AS not_from_documents,
    account.account_id
FROM (
    SELECT account_id, journal_date AS day, amount, CAST(0 AS DECIMAL(18, 2)) AS from_residual
    FROM {ledger}.ledger_line
    UNION ALL
    SELECT account_id, month_end, amount, -amount FROM {ledger}.residual_line
) AS line
JOIN {account} AS account ON account.account_id = line.account_id
WHERE account.class IN ('REVENUE', 'EXPENSE')
GROUP BY
    CAST(date_trunc('month', line.day) AS date), account.account_id, account.code, account.name,
    account.type, account.class
HAVING sum(line.amount) <> 0
