-- What lies in the catalog lake, made by another tool than the server: it has views, macros, types and
-- sequences that the server would not make. Whatever nobody but administrators may see has a name that
-- begins with zq, and holds a canary: CANARY and a name, or a number that begins with 918273645.
CREATE SCHEMA open;
CREATE SCHEMA work;
CREATE SCHEMA zq_hidden;
CREATE TYPE zq_mood AS ENUM ('CANARY_mood', 'calm');
CREATE TYPE open.size AS ENUM ('s', 'm', 'l');

CREATE TABLE open.items (id INTEGER, name VARCHAR, price DECIMAL(8,2), tags VARCHAR[], place STRUCT(city VARCHAR, zip INTEGER), size open.size);
INSERT INTO open.items VALUES (1, 'axe', 9.50, ['tool', 'iron'], {'city': 'Graz', 'zip': 8010}, 'm'), (2, 'bow', 20.00, ['tool'], {'city': 'Lyon', 'zip': 69001}, 'l'),
  (3, 'cup', 3.25, [], {'city': 'Oslo', 'zip': 151}, 's'), (4, 'dye', NULL, NULL, NULL, NULL);
CREATE TABLE open.regions (region VARCHAR, label VARCHAR);
INSERT INTO open.regions VALUES ('EU', 'Europe'), ('US', 'America'), ('APAC', 'Asia');
CREATE TABLE open.customers (id INTEGER, orders INTEGER, staff STRUCT(ssn VARCHAR, email VARCHAR));
INSERT INTO open.customers VALUES (1, 10, {'ssn': 'none', 'email': 'no'}), (2, 20, NULL);

CREATE TABLE orders (id INTEGER, region VARCHAR, customer INTEGER, amount DECIMAL(14,2), note VARCHAR, made TIMESTAMP, tags VARCHAR[], extra STRUCT(k VARCHAR, v INTEGER));
INSERT INTO orders VALUES
  (1, 'EU', 1, 10.00, 'first', '2024-01-01 10:00:00', ['a'], {'k': 'x', 'v': 1}), (2, 'EU', 1, 20.00, 'second', '2024-01-02 10:00:00', ['a', 'b'], {'k': 'y', 'v': 2}),
  (3, 'EU', 2, 30.00, 'third', '2024-01-03 10:00:00', [], NULL), (4, 'EU', 2, 40.00, NULL, '2024-01-04 10:00:00', NULL, {'k': 'z', 'v': 4}),
  (5, 'EU', 3, 50.00, 'fifth', '2024-01-05 10:00:00', ['c'], {'k': 'x', 'v': 5}),
  (6, 'US', 1, 9182736450.01, 'CANARY_order6', '2031-06-01 00:00:00', ['CANARY_tag6'], {'k': 'CANARY_k6', 'v': 918273645}), (7, 'US', 9, 9182736450.02, 'CANARY_order7', '2031-06-02 00:00:00', ['CANARY_tag7'], NULL),
  (8, 'APAC', 9, -9182736450.03, 'CANARY_order8', '1931-06-03 00:00:00', ['CANARY_tag8'], NULL), (9, NULL, 9, 0, 'CANARY_order9', NULL, NULL, NULL), (10, 'eu', 9, 9182736450.04, 'CANARY_order10', '2031-06-05 00:00:00', NULL, NULL),
  (11, 'EU ', 9, 9182736450.05, '0', '2031-06-06 00:00:00', NULL, NULL), (12, 'US', 2, NULL, 'not a number', '2031-06-07 00:00:00', NULL, NULL);

CREATE TABLE staff (id INTEGER PRIMARY KEY, login VARCHAR UNIQUE, email VARCHAR, salary DECIMAL(14,2), ssn VARCHAR DEFAULT 'CANARY_default', phone VARCHAR, born DATE, boss INTEGER, home STRUCT(city VARCHAR, room INTEGER), zq_feel zq_mood);
INSERT INTO staff VALUES
  (1, 'ann', 'CANARY_ann@x.org', 9182736450.11, 'CANARY_ssn1', '555-CANARY_1', '1980-05-17', NULL, {'city': 'CANARY_city1', 'room': 1}, 'CANARY_mood'),
  (2, 'bob', 'CANARY_bob@x.org', 9182736450.12, 'CANARY_ssn2', '555-CANARY_2', '1990-07-01', 1, {'city': 'CANARY_city2', 'room': 2}, 'calm'),
  (3, 'cyd', 'CANARY_cyd@y.org', 0, 'CANARY_ssn3', '556-CANARY_3', '1990-07-30', 1, {'city': 'CANARY_city3', 'room': 3}, NULL),
  (4, 'dan', NULL, NULL, NULL, NULL, NULL, 2, NULL, 'calm');
COMMENT ON TABLE staff IS 'people';
COMMENT ON COLUMN staff.ssn IS 'CANARY_comment';

CREATE TABLE reports (id INTEGER, title VARCHAR, body VARCHAR, zq_level INTEGER, mark VARCHAR GENERATED ALWAYS AS (title || '!') VIRTUAL);
INSERT INTO reports VALUES (1, 'spring', 'sunCANARY_body1', 1), (2, 'summer', 'heaCANARY_body2', 2), (3, 'CANARY_title3', 'CANARY_body3', 7), (4, 'CANARY_title4', 'CANARY_body4', NULL);

CREATE TABLE zq_vault (id INTEGER PRIMARY KEY, zq_secret VARCHAR, zq_amount BIGINT);
INSERT INTO zq_vault VALUES (1, 'CANARY_vault1', 918273645001), (2, 'CANARY_vault2', 918273645002), (3, 'CANARY_vault3', 918273645003);
COMMENT ON TABLE zq_vault IS 'CANARY_tablecomment';
CREATE INDEX zq_index ON zq_vault (zq_secret);
CREATE TABLE zq_hidden.zq_payroll AS SELECT 'CANARY_pay' AS zq_pay, 918273645004 AS zq_sum;
CREATE TABLE zq_hidden.items AS SELECT 'CANARY_item' AS name, 1 AS id;
CREATE VIEW zq_view AS SELECT * FROM zq_vault;
CREATE SEQUENCE open.counter START 41;
CREATE SEQUENCE zq_seq START 918273645;
-- In the open, and yet not for everybody: they read what lies elsewhere.
CREATE VIEW open.lens AS SELECT id, zq_secret AS word FROM main.zq_vault;
CREATE VIEW open.sales AS SELECT * FROM main.orders;
CREATE VIEW open.crew AS SELECT id, email FROM main.staff;
CREATE VIEW open.cheap AS SELECT id, name FROM open.items WHERE price < 10;
CREATE MACRO zq_peek() AS TABLE SELECT * FROM main.zq_vault;
CREATE MACRO open.peek() AS TABLE SELECT * FROM main.zq_vault;
CREATE MACRO open.sneak(x) AS (SELECT max(zq_secret) FROM main.zq_vault);
CREATE MACRO open.lower(x) AS 'shadow';
CREATE MACRO lower(x) AS (SELECT max(zq_secret) FROM main.zq_vault);

-- The writer's schema.
CREATE TABLE work.tasks (id INTEGER, region VARCHAR, title VARCHAR, points INTEGER);
INSERT INTO work.tasks VALUES (1, 'EU', 'dig', 1), (2, 'EU', 'sow', 2), (3, 'EU', 'reap', 3), (4, 'US', 'CANARY_task4', 918273645), (5, 'US', 'CANARY_task5', 0), (6, NULL, 'CANARY_task6', NULL);
CREATE TABLE work.keyed (id INTEGER PRIMARY KEY, region VARCHAR, val VARCHAR);
INSERT INTO work.keyed VALUES (1, 'EU', 'one'), (2, 'EU', 'two'), (900, 'US', 'CANARY_keyed900');
CREATE TABLE work.notes (id INTEGER, note VARCHAR);
INSERT INTO work.notes VALUES (1, 'n1'), (2, 'n2');
CREATE TABLE work.people (id INTEGER, name VARCHAR, pay BIGINT, mail VARCHAR);
INSERT INTO work.people VALUES (1, 'ann', 918273645005, 'CANARY_mail1'), (2, 'bob', 918273645006, 'CANARY_mail2');
CREATE TABLE work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER);
INSERT INTO work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', 'CANARY_shift2', 918273645);
CREATE TABLE work.zq_locked AS SELECT 'CANARY_locked' AS zq_word;
CREATE TABLE work.blind (id INTEGER, word VARCHAR);
INSERT INTO work.blind VALUES (1, 'CANARY_blind1');
-- A schema that the writer owns, with a table that the writer may not see.
CREATE SCHEMA yard;
CREATE TABLE yard.zq_buried AS SELECT 'CANARY_buried' AS zq_word;
