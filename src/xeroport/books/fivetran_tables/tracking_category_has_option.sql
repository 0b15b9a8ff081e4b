SELECT
    CAST(tracking_category_id AS text) AS tracking_category_id,
    CAST(tracking_option_id AS text) AS tracking_option_id,
    _synced_at AS _fivetran_synced
FROM {tracking_category_option}
WHERE _deleted_at IS NULL
