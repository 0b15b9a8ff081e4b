-- The parts of each settlement, in cents of the base currency: the bank, the document released, the
-- invoice paid, and the difference of their rates.
CREATE OR REPLACE TEMP TABLE settlement_part AS
SELECT
    *,
    -from_sign * base_cents(amount, from_rate) AS from_cents,
    CASE WHEN to_id IS NOT NULL THEN -to_sign * base_cents(amount, to_rate) END AS to_cents,
    from_kind = 'prepayment' AND from_id IN (SELECT document_id FROM held_sum) AS is_held,
    -(coalesce(bank_cents, 0) + from_cents + coalesce(to_cents, 0)) AS gain_cents
FROM settlement;

-- A prepayment is held on the accounts of its lines: those are scaled to what is released, and what
-- is left to zero goes to the largest.
CREATE OR REPLACE TEMP TABLE released AS
SELECT
    part.record, part.record_id, part.first_number,
    held_leg.line_number, held_leg.account_id, held_leg.tax_type, held_leg.description,
    held_leg.document_id, held_leg.document_position, held_leg.cents AS held_cents,
    scaled(held_leg.cents, part.from_cents, held_sum.cents) AS cents,
    scaled(held_leg.tax_cents, part.from_cents, held_sum.cents) AS tax_cents
FROM settlement_part AS part
JOIN held_leg ON held_leg.document_id = part.from_id
JOIN held_sum ON held_sum.document_id = part.from_id
WHERE part.is_held;

CREATE OR REPLACE TEMP TABLE released_rest AS
SELECT
    record_id, first_number,
    arg_max(released.line_number, (abs(held_cents), -released.line_number)) AS line_number,
    any_value(from_cents) - sum(released.cents) AS cents
FROM released
JOIN settlement_part USING (record_id, first_number)
GROUP BY record_id, first_number;
