-- From everybody: what is hidden, and what reads it. Run with lake as the current catalog, over copies of
-- lake.sql and duck.sql; what is left is all that a caller may see, as tables of their own.
DROP MACRO TABLE zq_peek;
DROP MACRO TABLE open.peek;
DROP MACRO open.sneak;
DROP MACRO open.lower;
DROP MACRO lower;
DROP VIEW open.lens;
DROP VIEW open.sales;
DROP VIEW open.crew;
DROP VIEW zq_view;
DROP INDEX zq_index;
DROP TABLE zq_vault;
DROP SCHEMA zq_hidden CASCADE;
DROP SEQUENCE open.counter;
DROP SEQUENCE zq_seq;
DROP TABLE work.zq_locked;
DROP TABLE yard.zq_buried;
DROP VIEW duck.open.dlens;
DROP TABLE duck.main.zq_ledger;
DROP SCHEMA duck.zq_hidden CASCADE;
