-- What a person approved: its note in Xero's history may still have to be written.
CREATE INDEX delivery_of_person ON delivery (organisation) WHERE person IS NOT NULL;
