SELECT
    CAST(tracking_category_id AS text) AS tracking_category_id, name, status,
    _synced_at AS _fivetran_synced
FROM {tracking_category}
WHERE _deleted_at IS NULL
