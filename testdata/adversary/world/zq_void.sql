-- A catalog that nobody but administrators may see.
CREATE TABLE zq_core AS SELECT 'CANARY_core' AS zq_word, 918273645009 AS zq_n;
CREATE TABLE items AS SELECT 'CANARY_voiditem' AS name, 1 AS id;
