-- Which deliveries have an id of Xero's: asked for every batch that is settled.
CREATE INDEX delivery_of_xero_id ON delivery (xero_id) WHERE xero_id IS NOT NULL;
