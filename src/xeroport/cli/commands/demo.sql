-- Sales by month, without tax, in the organisation's own currency
SELECT strftime(date, '%Y-%m') AS month,
       sum(sub_total / coalesce(nullif(currency_rate, 0), 1))::DECIMAL(24, 2) AS sales
FROM invoice
WHERE type = 'ACCREC' AND status IN ('AUTHORISED', 'PAID') AND _deleted_at IS NULL
GROUP BY month
ORDER BY month;
-- The ten who owe most
SELECT contact_name AS contact,
       count(*) AS invoices,
       min(due_date) AS oldest_due,
       sum(amount_due / coalesce(nullif(currency_rate, 0), 1))::DECIMAL(24, 2) AS due
FROM invoice
WHERE type = 'ACCREC' AND status = 'AUTHORISED' AND _deleted_at IS NULL
GROUP BY contact
ORDER BY due DESC
LIMIT 10;
-- The trial balance, year to date
SELECT coalesce(section, '') AS section,
       label AS account,
       max(amount) FILTER (WHERE period = 'YTD Debit')::DECIMAL(24, 2) AS debit,
       max(amount) FILTER (WHERE period = 'YTD Credit')::DECIMAL(24, 2) AS credit
FROM report_trial_balance
WHERE titles = (SELECT titles FROM report_trial_balance ORDER BY _synced_at DESC LIMIT 1)
GROUP BY section, label, row_number
ORDER BY row_number;
