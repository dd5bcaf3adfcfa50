DROP TABLE orders;
DROP TABLE staff;
DROP TYPE zq_mood;
DROP TABLE reports;
DROP SCHEMA work CASCADE;
DROP SCHEMA yard;
DROP TABLE duck.main.events;
DROP TABLE duck.main.people;
DROP SCHEMA duck.work CASCADE;
