DROP TABLE orders;
CREATE TABLE seen AS SELECT id, login, left(email, 1) || '***@' || split_part(email, '@', 2) AS email, NULL::DECIMAL(14,2) AS salary,
  left(phone, 3) AS phone, date_trunc('year', born)::DATE AS born, boss, NULL::STRUCT(city VARCHAR, room INTEGER) AS home FROM staff;
DROP TABLE staff;
ALTER TABLE seen RENAME TO staff;
DROP TYPE zq_mood;
CREATE TABLE seen AS SELECT id, title, left(body, 3) AS body, title || '!' AS mark FROM reports WHERE zq_level < 3;
DROP TABLE reports;
ALTER TABLE seen RENAME TO reports;
DROP SCHEMA work CASCADE;
DROP SCHEMA yard;
DROP TABLE duck.main.events;
CREATE OR REPLACE TABLE duck.main.people AS SELECT id, name, NULL::VARCHAR AS mail FROM duck.main.people;
DROP SCHEMA duck.work CASCADE;
