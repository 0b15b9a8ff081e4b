WITH moved AS (
    SELECT
        line.account_id, account.class,
        CAST(date_trunc('month', line.day) + INTERVAL '1 month' - INTERVAL '1 day' AS date) AS month_end,
        CAST(extract(year FROM line.day) AS integer) + CASE
            WHEN extract(month FROM line.day) * 100 + extract(day FROM line.day)
                > (SELECT max(financial_year_end_month * 100 + financial_year_end_day) FROM {organisation})
            THEN 1 ELSE 0
        END AS year,
        sum(line.amount) AS amount
    FROM (
        SELECT account_id, journal_date AS day, amount FROM {ledger}.ledger_line
        UNION ALL
        SELECT account_id, month_end, amount FROM {ledger}.residual_line
    ) AS line
    JOIN {account} AS account ON account.account_id = line.account_id
    GROUP BY 1, 2, 3, 4
),
month AS (
    SELECT month_end, max(year) AS year FROM moved GROUP BY month_end
),
balance AS (
    SELECT month.month_end, moved.account_id, CAST(NULL AS text) AS line, sum(moved.amount) AS amount
    FROM month JOIN moved ON moved.month_end <= month.month_end
    WHERE moved.class NOT IN ('REVENUE', 'EXPENSE')
    GROUP BY 1, 2
    UNION ALL
    SELECT
        month.month_end, CAST(NULL AS uuid),
        CASE WHEN moved.year = month.year THEN 'Current Year Earnings' ELSE 'Earnings of earlier years' END,
        sum(moved.amount)
    FROM month JOIN moved ON moved.month_end <= month.month_end
    WHERE moved.class IN ('REVENUE', 'EXPENSE')
    GROUP BY 1, 2, 3
)
SELECT
    balance.month_end,
    CASE coalesce(account.class, 'EQUITY')
        WHEN 'ASSET' THEN 'assets' WHEN 'LIABILITY' THEN 'liabilities' ELSE 'equity'
    END AS section,
    account.type,
    account.code AS account_code,
    coalesce(account.name, balance.line) AS account,
    CASE coalesce(account.class, 'EQUITY') WHEN 'ASSET' THEN balance.amount ELSE -balance.amount END AS amount,
    account.account_id
FROM balance
LEFT JOIN {account} AS account ON account.account_id = balance.account_id
WHERE balance.amount <> 0
