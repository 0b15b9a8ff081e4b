-- Sales by month, without tax, credit notes taken off, in the organisation's own currency
SELECT strftime(date, '%Y-%m') AS month, sum(amount) AS sales
FROM demo_reporting.sales
GROUP BY month
ORDER BY month;
-- The ten who owe most, open credit taken off
SELECT contact,
       count(*) AS documents,
       min(due_date) AS oldest_due,
       sum(amount) AS due
FROM demo_reporting.receivable
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
