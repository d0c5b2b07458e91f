CREATE TABLE access_level (
	id VARCHAR NOT NULL, access_points VARCHAR NOT NULL, windows VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE TABLE access_point (
	id VARCHAR NOT NULL, name VARCHAR NOT NULL, from_area VARCHAR NOT NULL, to_area VARCHAR NOT NULL, portal VARCHAR,
	PRIMARY KEY (id));
CREATE TABLE area (id VARCHAR NOT NULL, name VARCHAR NOT NULL, capacity INTEGER, PRIMARY KEY (id));
CREATE TABLE gate (
	id VARCHAR NOT NULL, verify_key BLOB NOT NULL, policy_key BLOB NOT NULL, policy_version INTEGER NOT NULL,
	enrolled_at VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE TABLE holder (id VARCHAR NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (id));
CREATE TABLE pass (
	id VARCHAR NOT NULL, holder VARCHAR NOT NULL, access_level VARCHAR NOT NULL, sealed BLOB NOT NULL,
	lookup BLOB NOT NULL, valid_from_s INTEGER NOT NULL, valid_until_s INTEGER NOT NULL, blocked BOOLEAN NOT NULL,
	PRIMARY KEY (id), FOREIGN KEY(holder) REFERENCES holder (id),
	FOREIGN KEY(access_level) REFERENCES access_level (id), UNIQUE (lookup));
CREATE TABLE pass_entry (
	pass_id VARCHAR NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (pass_id), FOREIGN KEY(pass_id) REFERENCES pass (id));
CREATE TABLE credential (
	lookup BLOB NOT NULL, pass_id VARCHAR NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (lookup),
	FOREIGN KEY(pass_id) REFERENCES pass (id));
CREATE TABLE portal (id VARCHAR NOT NULL, gate VARCHAR NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_pass_holder ON pass (holder);
CREATE INDEX ix_credential_pass_id ON credential (pass_id);
INSERT INTO area VALUES ('hall', 'Hall', 200);
INSERT INTO portal VALUES ('door', 'north');
INSERT INTO access_point VALUES ('north-in', 'In', 'outside', 'hall', 'door');
INSERT INTO access_level VALUES ('all', '["north-in"]', '[]');
INSERT INTO gate VALUES ('north', x'01', x'02', 3, '2026-01-01T00:00:00+00:00');
INSERT INTO holder VALUES ('0123456789abcdef01234567', x'0a0b');
INSERT INTO pass VALUES ('76543210', '0123456789abcdef01234567', 'all', x'0c', x'0d', 0, 99, 0);
INSERT INTO pass_entry VALUES ('76543210', x'0e');
INSERT INTO credential VALUES (x'0f', '76543210', x'10');
