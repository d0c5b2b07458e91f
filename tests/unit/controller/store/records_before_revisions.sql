CREATE TABLE content_key (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, wraps BLOB NOT NULL,
    edge TEXT NOT NULL, epoch BLOB NOT NULL, period_s INTEGER NOT NULL);
CREATE INDEX content_key_period ON content_key (period_s);
CREATE TABLE record (
    key_id INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (key_id, number)) WITHOUT ROWID;
CREATE TABLE prior (
    edge TEXT NOT NULL, epoch BLOB NOT NULL, number INTEGER NOT NULL, key_id INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (edge, epoch, number)) WITHOUT ROWID;
CREATE TABLE known (
    edge TEXT NOT NULL, epoch BLOB NOT NULL, intervals BLOB NOT NULL, last_heard_s INTEGER NOT NULL,
    PRIMARY KEY (edge, epoch)) WITHOUT ROWID;
CREATE TABLE tally (
    kind TEXT NOT NULL, area TEXT NOT NULL, period_s INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (kind, area, period_s)) WITHOUT ROWID;
CREATE TABLE figure (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE closing (
    kind TEXT NOT NULL, start_s INTEGER NOT NULL, length_s INTEGER NOT NULL, became_unnamed INTEGER NOT NULL,
    rows INTEGER NOT NULL, PRIMARY KEY (kind, start_s, length_s)) WITHOUT ROWID;
INSERT INTO content_key VALUES (1, x'01', x'02', 'north', x'03', 1800000000);
INSERT INTO record VALUES (1, 5, x'0405');
INSERT INTO prior VALUES ('north', x'03', 5, 1, x'06');
INSERT INTO known VALUES ('north', x'03', x'91920105', 1800000100);
INSERT INTO tally VALUES ('I', 'hall', 1799990000, 2);
INSERT INTO figure VALUES ('stored', 7);
INSERT INTO closing VALUES ('movement', 1799990000, 3600, 1, 4);
