-- Rules 1 to 4, 6, 13 and 15: the legs of a document: its head, its lines less tax, its tax by
-- type, its own rounding. Each is converted by itself; what is then left to zero goes to the
-- largest line. `$documents` is the table of heads.

-- Where a document does not say how its lines are taxed, its sums do: without tax if it has none in all;
-- else tax is inside the lines if they come nearer to the total without it than with it.
CREATE OR REPLACE TEMP TABLE own_style AS
SELECT
    document_id,
    CASE
        WHEN any_value(document_tax.total_tax) = 0
            AND abs(sum(line.line_amount) - total) < abs(sum(line.tax_amount)) THEN 'NoTax'
        WHEN abs(sum(line.line_amount) - total)
            < abs(sum(line.line_amount) + coalesce(sum(line.tax_amount), 0) - total) THEN 'Inclusive'
        ELSE 'Exclusive'
    END AS read_as
FROM $documents
JOIN document_line AS line USING (document_id)
LEFT JOIN document_tax USING (document_id)
WHERE coalesce(line_amount_types, '') = ''
GROUP BY document_id, total;

CREATE OR REPLACE TEMP TABLE line_amount AS
SELECT
    line.document_id,
    position,
    CASE WHEN line_amount_types <> '' THEN line_amount_types ELSE own_style.read_as END AS style,
    coalesce(line.account_id, code_account.account_id) AS account_id,
    line.tax_type,
    CAST(CASE style WHEN 'NoTax' THEN 0 ELSE coalesce(line.tax_amount, 0) END AS DECIMAL(18, 4))
        AS full_tax,
    CASE
        WHEN lost_tax.lost IS NULL THEN CAST(0 AS DECIMAL(18, 4))
        ELSE CAST(money(scaled(to_cents(full_tax), lost_tax.lost, lost_tax.whole)) AS DECIMAL(18, 4))
    END AS lost_amount,
    CAST(full_tax - lost_amount AS DECIMAL(18, 4)) AS tax,
    CAST(coalesce(line.line_amount, 0) AS DECIMAL(18, 4))
        - CASE style WHEN 'Inclusive' THEN full_tax ELSE 0 END
        + lost_amount AS net,
    base_cents(CAST(net AS DECIMAL(18, 4)), rate) AS net_cents,
    sign
FROM $documents
JOIN document_line AS line USING (document_id)
LEFT JOIN code_account ON code_account.code = CASE WHEN line.account_id IS NULL THEN line.account_code END
LEFT JOIN lost_tax ON lost_tax.tax_type = line.tax_type
LEFT JOIN own_style ON own_style.document_id = line.document_id;

CREATE OR REPLACE TEMP TABLE tax_amount AS
SELECT
    document_id,
    tax_type,
    CAST(sum(tax) AS DECIMAL(18, 4)) AS tax,
    base_cents(CAST(sum(tax) AS DECIMAL(18, 4)), any_value(rate)) AS tax_cents,
    row_number() OVER (PARTITION BY document_id ORDER BY tax_type) AS number
FROM line_amount
JOIN (SELECT document_id, rate FROM $documents) USING (document_id)
WHERE tax <> 0
GROUP BY document_id, tax_type
HAVING sum(tax) <> 0;

CREATE OR REPLACE TEMP TABLE document_sum AS
SELECT
    document_id,
    lines.last_position,
    coalesce(taxes.count, 0) AS taxes,
    CAST(coalesce(head.total, lines.net + coalesce(taxes.tax, 0)) AS DECIMAL(18, 4)) AS full_total,
    full_total AS total,
    base_cents(full_total, rate) AS total_cents,
    CAST(full_total - lines.net - coalesce(taxes.tax, 0) AS DECIMAL(18, 4)) AS own_rounding,
    base_cents(own_rounding, rate) AS rounding_cents,
    total_cents - lines.net_cents - coalesce(taxes.tax_cents, 0) - rounding_cents AS rest_cents
FROM $documents AS head
JOIN (
    SELECT document_id, sum(net) AS net, sum(net_cents) AS net_cents, max(position) AS last_position
    FROM line_amount
    GROUP BY document_id
) AS lines USING (document_id)
LEFT JOIN (
    SELECT document_id, sum(tax) AS tax, sum(tax_cents) AS tax_cents, count(*) AS count
    FROM tax_amount
    GROUP BY document_id
) AS taxes USING (document_id);

CREATE OR REPLACE TEMP TABLE largest_line AS
SELECT document_id, arg_max(position, (abs(net), -position)) AS position, any_value(rest_cents) AS rest_cents
FROM line_amount
JOIN document_sum USING (document_id)
WHERE rest_cents <> 0
GROUP BY document_id;
