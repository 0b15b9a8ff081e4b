-- JSON leaves arrive as text; these macros give the typed value, or NULL where the text is none.
-- A decimal is never rounded: with more places than its column has, it is no value of the column.
CREATE OR REPLACE TEMP MACRO has_places(v, places) AS
    CASE WHEN contains(lower(v), 'e')
         THEN TRY_CAST(v AS DECIMAL(38, 18)) = round(TRY_CAST(v AS DECIMAL(38, 18)), places)
              AND (TRY_CAST(v AS DECIMAL(38, 18)) <> 0 OR regexp_matches(v, '^-?[0.]+[eE]'))
         WHEN contains(v, '.') THEN length(rtrim(v, '0')) - strpos(v, '.') <= places
         ELSE true END;
-- At most two characters after the point, as nearly all have, can hold no exponent that matters.
CREATE OR REPLACE TEMP MACRO as_money(v) AS
    CASE WHEN strpos(v, '.') >= strlen(v) - 2 OR has_places(v, 4)
         THEN TRY_CAST(v AS DECIMAL(24, 4)) END;
CREATE OR REPLACE TEMP MACRO as_rate(v) AS
    CASE WHEN strpos(v, '.') >= strlen(v) - 2 OR has_places(v, 10)
         THEN TRY_CAST(v AS DECIMAL(30, 10)) END;
CREATE OR REPLACE TEMP MACRO as_integer(v) AS
    CASE WHEN has_places(v, 0) THEN TRY_CAST(v AS BIGINT) END;
CREATE OR REPLACE TEMP MACRO as_boolean(v) AS
    CASE WHEN lower(v) IN ('true', 'false') THEN TRY_CAST(v AS BOOLEAN) END;
CREATE OR REPLACE TEMP MACRO as_uuid(v) AS TRY_CAST(v AS UUID);
CREATE OR REPLACE TEMP MACRO as_timestamp(v) AS
    CASE WHEN starts_with(v, '/Date(') AND substr(v, 20, 1) IN ('+', ')', '-')
              AND substr(v, 15, 1) NOT IN ('+', '-')
         THEN make_timestamp(1000 * TRY_CAST(substr(v, 7, 13) AS BIGINT))
         WHEN starts_with(v, '/Date(')
         THEN make_timestamp(1000 * TRY_CAST(
                  regexp_extract(v, '^/Date\((-?\d{1,14})([+-]\d{4})?\)/$', 1) AS BIGINT))
         ELSE CAST(TRY_CAST(v AS TIMESTAMPTZ) AS TIMESTAMP) END;
-- A month (the periods of budgets) is its first day.
CREATE OR REPLACE TEMP MACRO as_date(v) AS
    CASE WHEN strlen(v) = 7 THEN TRY_CAST(v || '-01' AS DATE)
         ELSE CAST(as_timestamp(v) AS DATE) END;
-- Values that came as the JSON type of their column: what the column cannot hold exactly is an error.
-- A double of 15 digits at most stands for one decimal; it is that one if it gives the double back.
-- Four places are tried below 500 thousand millions only, and ten below 100,000: above, doubles are
-- so far apart that several decimals give the same one. These macros are short because every column
-- of every batch is planned with one of them.
CREATE OR REPLACE TEMP MACRO plain_money(v) AS
    CASE WHEN abs(v) < 5e11 AND CAST(CAST(v AS DECIMAL(18, 4)) AS DOUBLE) = v
         THEN CAST(CAST(v AS DECIMAL(18, 4)) AS DECIMAL(24, 4))
         WHEN v IS NOT NULL THEN error(CAST(v AS VARCHAR)) END;
CREATE OR REPLACE TEMP MACRO plain_rate(v) AS
    CASE WHEN abs(v) < 5e11 AND CAST(CAST(v AS DECIMAL(18, 4)) AS DOUBLE) = v
         THEN CAST(CAST(v AS DECIMAL(18, 4)) AS DECIMAL(30, 10))
         WHEN abs(v) < 1e5 AND CAST(CAST(v AS DECIMAL(18, 10)) AS DOUBLE) = v
         THEN CAST(CAST(v AS DECIMAL(18, 10)) AS DECIMAL(30, 10))
         WHEN v IS NOT NULL THEN error(CAST(v AS VARCHAR)) END;
CREATE OR REPLACE TEMP MACRO plain_number(v) AS plain_rate(v);
CREATE OR REPLACE TEMP MACRO plain_integer(v) AS v;
CREATE OR REPLACE TEMP MACRO plain_boolean(v) AS v;
CREATE OR REPLACE TEMP MACRO plain_uuid(v) AS CAST(v AS UUID);
CREATE OR REPLACE TEMP MACRO plain_timestamp(v) AS
    CASE WHEN starts_with(v, '/Date(') AND substr(v, 20, 1) IN ('+', ')', '-')
              AND substr(v, 15, 1) NOT IN ('+', '-')
         THEN make_timestamp(1000 * CAST(substr(v, 7, 13) AS BIGINT))
         WHEN v <> '' THEN CAST(CAST(v AS TIMESTAMPTZ) AS TIMESTAMP) END;
CREATE OR REPLACE TEMP MACRO plain_date(v) AS
    CASE WHEN strlen(v) = 7 THEN CAST(v || '-01' AS DATE)
         ELSE CAST(plain_timestamp(v) AS DATE) END;
-- A part kept whole for `_extra`: NULL where it says nothing, however deep.
CREATE OR REPLACE TEMP MACRO is_hollow(v) AS
    regexp_full_match(regexp_replace(v,
        '"(ValidationErrors|Warnings|HasErrors|HasValidationErrors|StatusAttributeString)":false|"([^"\\]|\\.)*":|""|null',
        '', 'g'), '[\[\]{},]*');
CREATE OR REPLACE TEMP MACRO says(v) AS
    CASE WHEN v IN ('null', '""', '[]', '{}') THEN NULL
         WHEN (starts_with(v, '[') OR starts_with(v, '{')) AND is_hollow(v) THEN NULL
         ELSE v END;
CREATE OR REPLACE TEMP MACRO says_more(v) AS CASE WHEN v <> 'false' THEN says(v) END;
