-- +goose Up
-- The month of birth, 1 to 12 or 0 for one that is not known, so that birthdays of a month can be asked for. The day is kept nowhere.
ALTER TABLE member ADD COLUMN birth_month SMALLINT NOT NULL DEFAULT 0;
