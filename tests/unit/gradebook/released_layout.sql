-- A results store as version 0.1.0 wrote it, before each exercise had a key of its own (sqlite3 FILE .dump).
BEGIN TRANSACTION;
CREATE TABLE proctorch_check (
	id INTEGER NOT NULL, 
	report_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	"check" TEXT NOT NULL, 
	exercise TEXT NOT NULL, 
	public BOOLEAN NOT NULL, 
	claim TEXT NOT NULL, 
	verdict VARCHAR(32) NOT NULL, 
	points TEXT NOT NULL, 
	points_float FLOAT NOT NULL, 
	max TEXT NOT NULL, 
	max_float FLOAT NOT NULL, 
	message TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	rung TEXT, 
	exception TEXT, 
	line INTEGER, 
	hint TEXT, 
	misconception TEXT, 
	behaviour VARCHAR(16), 
	output TEXT NOT NULL, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(report_id) REFERENCES proctorch_report (id)
);
INSERT INTO "proctorch_check" VALUES(1,1,0,'softmax::rows','softmax',1,'Every row of softmax(logits) sums to one.','passed','4/3',1.33333333333333325931e+00,'4/3',1.33333333333333325931e+00,'a message','',NULL,NULL,NULL,NULL,NULL,NULL,'',0.01);
INSERT INTO "proctorch_check" VALUES(2,2,0,'softmax::rows','softmax',1,'Every row of softmax(logits) sums to one.','failed','0',0.0,'4/3',1.33333333333333325931e+00,'a message','',NULL,NULL,NULL,NULL,NULL,NULL,'',0.01);
CREATE TABLE proctorch_exercise (
	id INTEGER NOT NULL, 
	report_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	exercise TEXT NOT NULL, 
	title TEXT NOT NULL, 
	judged BOOLEAN NOT NULL, 
	points TEXT, 
	points_float FLOAT, 
	max TEXT NOT NULL, 
	max_float FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(report_id) REFERENCES proctorch_report (id)
);
INSERT INTO "proctorch_exercise" VALUES(1,1,0,'softmax','Softmax',1,'4/3',1.33333333333333325931e+00,'4',4.0);
INSERT INTO "proctorch_exercise" VALUES(2,2,0,'softmax','Softmax',1,'0',0.0,'4',4.0);
CREATE TABLE proctorch_report (
	id INTEGER NOT NULL, 
	student TEXT NOT NULL, 
	day VARCHAR(128) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	created DATETIME NOT NULL, 
	judged BOOLEAN NOT NULL, 
	points TEXT, 
	points_float FLOAT, 
	max TEXT NOT NULL, 
	max_float FLOAT NOT NULL, 
	problem_verdict VARCHAR(32), 
	problem_message TEXT, 
	notes JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	engine TEXT NOT NULL, 
	python TEXT NOT NULL, 
	torch TEXT NOT NULL, 
	numpy TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	cpu_capability TEXT NOT NULL, 
	threads INTEGER NOT NULL, 
	device TEXT NOT NULL, 
	sandbox TEXT NOT NULL, 
	secret TEXT NOT NULL, 
	submission TEXT NOT NULL, 
	graders JSON NOT NULL, 
	graded_at TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "proctorch_report" VALUES(1,'ada','day07_softmax','kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk','2026-11-20 13:26:17.134063',1,'4/3',1.33333333333333325931e+00,'4',4.0,NULL,NULL,'["a note"]',0.5,'0.1.0','3.11.9','2.13.0','2.3.0','Linux x86_64','AVX2',1,'cpu','full','abcd','5555555555555555555555555555555555555555555555555555555555555555','{"softmax": "6666666666666666666666666666666666666666666666666666666666666666"}','2026-11-20T10:00:00+00:00');
INSERT INTO "proctorch_report" VALUES(2,'ben','day07_softmax','llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll','2026-11-20 13:26:17.140355',1,'0',0.0,'4',4.0,NULL,NULL,'["a note"]',0.5,'0.1.0','3.11.9','2.13.0','2.3.0','Linux x86_64','AVX2',1,'cpu','full','abcd','5555555555555555555555555555555555555555555555555555555555555555','{"softmax": "6666666666666666666666666666666666666666666666666666666666666666"}','2026-11-20T10:00:00+00:00');
CREATE TABLE student (id TEXT);
CREATE INDEX proctorch_report_of_student ON proctorch_report (day, student, "key");
CREATE INDEX ix_proctorch_exercise_report_id ON proctorch_exercise (report_id);
CREATE INDEX ix_proctorch_check_report_id ON proctorch_check (report_id);
COMMIT;
