SELECT
    line.journal_date AS date,
    account.code AS account_code,
    account.name AS account,
    line.source_type AS kind,
    line.reference,
    contact.name AS contact,
    line.amount,
    line.currency_code,
    line.currency_amount,
    line.record,
    line.record_id
FROM {ledger}.ledger_line AS line
JOIN {account} AS account ON account.account_id = line.account_id
LEFT JOIN {contact} AS contact ON contact.contact_id = line.contact_id
WHERE account.type = 'BANK'
UNION ALL
SELECT
    line.month_end, account.code, account.name, 'not from documents', line.cause, NULL,
    line.amount, NULL, NULL, NULL, CAST(NULL AS uuid)
FROM {ledger}.residual_line AS line
JOIN {account} AS account ON account.account_id = line.account_id
WHERE account.type = 'BANK'
