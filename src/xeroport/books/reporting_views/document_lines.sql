-- Lines of one side's invoices or bills and credit notes, as the ledger has them.
SELECT
    line.journal_date AS date,
    CASE line.record WHEN 'invoice' THEN '$document' ELSE 'credit note' END AS document,
    line.reference AS number,
    line.contact_id,
    contact.name AS contact,
    account.code AS account_code,
    account.name AS account,
    line.description,
    $signline.amount AS amount,
    $signline.tax_amount AS tax,
    line.currency_code,
    $signline.currency_amount AS currency_amount,
    line.record_id,
    line.document_position AS line
FROM {ledger}.ledger_line AS line
JOIN {account} AS account ON account.account_id = line.account_id
LEFT JOIN {contact} AS contact ON contact.contact_id = line.contact_id
WHERE line.source_type IN ('$invoice', '$invoiceCREDIT')
    AND line.record IN ('invoice', 'credit_note')
    AND line.document_position IS NOT NULL
