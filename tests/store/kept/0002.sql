BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE breaches (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	target TEXT NOT NULL, 
	cycle TEXT NOT NULL, 
	due_at TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	superseded_by TEXT, breached_at TEXT, basis TEXT, 
	CONSTRAINT pk_breaches PRIMARY KEY (source, ticket, target, cycle)
);
INSERT INTO "breaches" VALUES('desk','1','response','2026-05-18T08:11:00Z','2026-05-26T15:00:00.000000Z','2026-05-28T09:59:00.000000Z','R0.8',NULL,'2026-05-26T15:00:00.000000Z','{"dates": [{"date": "2026-05-25", "hours": [], "is": "holiday", "name": "Pfingstmontag"}], "from": "2026-05-18", "holiday_data": "holidays 0.109", "holidays": ["CH-VD"], "timezone": "Europe/Zurich", "to": "2026-05-26", "weekly": {"fri": ["08:00-12:00", "13:00-17:00"], "mon": ["08:00-12:00", "13:00-17:00"], "sat": [], "sun": [], "thu": ["08:00-12:00", "13:00-17:00"], "tue": ["08:00-12:00", "13:00-17:00"], "wed": ["08:00-12:00", "13:00-17:00"]}}');
INSERT INTO "breaches" VALUES('desk','2','response','2026-05-18T09:00:00Z','2026-05-26T15:00:00.000000Z','2026-05-28T09:59:00.000000Z','R0.8',NULL,'2026-05-26T15:00:00.000000Z','{"dates": [{"date": "2026-05-25", "hours": [], "is": "holiday", "name": "Pfingstmontag"}], "from": "2026-05-18", "holiday_data": "holidays 0.109", "holidays": ["CH-VD"], "timezone": "Europe/Zurich", "to": "2026-05-26", "weekly": {"fri": ["08:00-12:00", "13:00-17:00"], "mon": ["08:00-12:00", "13:00-17:00"], "sat": [], "sun": [], "thu": ["08:00-12:00", "13:00-17:00"], "tue": ["08:00-12:00", "13:00-17:00"], "wed": ["08:00-12:00", "13:00-17:00"]}}');
CREATE TABLE chain (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	what TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	contract TEXT NOT NULL, 
	at TEXT NOT NULL, 
	seconds BIGINT NOT NULL, 
	ticket TEXT, 
	estimate_number INTEGER, 
	recorded_at TEXT NOT NULL, 
	person_digest TEXT NOT NULL, 
	note_digest TEXT NOT NULL, 
	prev TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_chain PRIMARY KEY (client, seq), 
	CONSTRAINT uq_chain_client_key UNIQUE (client, "key")
);
INSERT INTO "chain" VALUES('acme',1,'purchase book 2026-01-01 1#1','entry','credit','book','2026-01-01T00:00:00.000000Z',144000,NULL,NULL,'2026-05-18T08:02:00.000000Z','2c9ab4664e16fe4d7c26506e2d5f0bc9d00fd1c1b6a93b391da6d8567a5e1ca0','d43834e354e56d1b1dd99338a98e0209b76179848e660186411b0d937825b3dd','0000000000000000000000000000000000000000000000000000000000000000','43522f1f19b80a598b2a718085ad0692e7288ebc4e79a0d1aa36903d3790ac2b');
INSERT INTO "chain" VALUES('acme',2,'decision:4aab225641bc5d45471c89f579c5ede8','decision','approve','book','2026-05-18T08:36:00.000000Z',0,'desk:1',1,'2026-05-18T08:45:00.000000Z','35a2e2935973a3d06a992149056ff7a656c1fb14fdeef39610f2641bdf7a8fda','3a0f6594485534acd84626cc5514eb63950257e9cc52f14cc1136984120bbd1e','43522f1f19b80a598b2a718085ad0692e7288ebc4e79a0d1aa36903d3790ac2b','c255b9e42fa0150ce21af23c44ed02dd97eb8bcd5706f0398552dcd9070bb646');
INSERT INTO "chain" VALUES('acme',3,'ticket desk:1 book 2026-05-18#1','entry','deduction','book','2026-05-18T08:38:00.000000Z',-7200,'desk:1',NULL,'2026-05-18T08:45:00.000000Z','846c0c54d67f928ab2bb1a140cb77c239039c48edfdf3a37a280773e9d8b9077','5101f70fb92aea9a6062a9a94ed11284a9c00b1b4f5dcd55c6023e8cd5d1eece','c255b9e42fa0150ce21af23c44ed02dd97eb8bcd5706f0398552dcd9070bb646','68d1e7228dfa1bdc5414977dc2a089f318d878fee24fc7dc3bc13f6b50fcc540');
INSERT INTO "chain" VALUES('acme',4,'ticket desk:3 book 2026-05-18#1','entry','deduction','book','2026-05-18T09:29:00.000000Z',-1200,'desk:3',NULL,'2026-05-18T09:38:00.000000Z','95e6d047fb9a1485438b13e2c2caccc3dd31be4006b2373119626a4f84489ff8','46e0b554e2e484d949e0e10db1568916870e2a763b8ad63ab37d28bfef2a4481','68d1e7228dfa1bdc5414977dc2a089f318d878fee24fc7dc3bc13f6b50fcc540','d51f66b10d50da758539973d7755260ce00ed7471b4459619fca6f7f9d8f4d2a');
CREATE TABLE chain_heads (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_chain_heads PRIMARY KEY (client)
);
INSERT INTO "chain_heads" VALUES('acme',4,'d51f66b10d50da758539973d7755260ce00ed7471b4459619fca6f7f9d8f4d2a');
CREATE TABLE chain_texts (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	salt TEXT, 
	person TEXT, 
	note TEXT, 
	CONSTRAINT pk_chain_texts PRIMARY KEY (client, seq), 
	CONSTRAINT fk_chain_texts_chain FOREIGN KEY(client, seq) REFERENCES chain (client, seq)
);
INSERT INTO "chain_texts" VALUES('acme',1,'883049ab14b0ebec8d31846edd0f3fa7','','');
INSERT INTO "chain_texts" VALUES('acme',2,'a80dd8377c622d8382d4563ed865aa09','{"name":"Alice Rochat","id":"7","login":"alice","address":null}','comment 2 of 2026-05-18 08:36 UTC: "J''approuve"');
INSERT INTO "chain_texts" VALUES('acme',3,'2e401523567d430dad4d6313c282a78f','','Rapport mensuel');
INSERT INTO "chain_texts" VALUES('acme',4,'4d96029027de141fed104b7e9b41f8d0','','Logo');
CREATE TABLE comments (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	original TEXT, 
	edit_seen_at TEXT, 
	removed_at TEXT, 
	CONSTRAINT pk_comments PRIMARY KEY (ticket, source, "key"), 
	CONSTRAINT fk_comments_tickets FOREIGN KEY(ticket, source) REFERENCES tickets ("key", source)
);
INSERT INTO "comments" VALUES('desk','1','1','{"key":"1","at":"2026-05-18T08:32:00+00:00","author":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"role":"bridge","text":"Bonjour, voici notre estimation pour « Rapport mensuel ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : alice.\n\n#1 · estimation n° 1 · Agence SA\n\n[ref mfrx5wlzjy2rnonqxwm34ebs]","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
INSERT INTO "comments" VALUES('desk','1','2','{"key":"2","at":"2026-05-18T08:36:00+00:00","author":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"role":"client","text":"J''approuve","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
INSERT INTO "comments" VALUES('desk','2','1','{"key":"1","at":"2026-05-18T09:21:00+00:00","author":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"role":"bridge","text":"Bonjour, voici notre estimation pour « Filtre par canton ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : alice.\n\n#2 · estimation n° 1 · Agence SA\n\n[ref zk32hutgtnsoiwjfij4gb4xf]","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
CREATE TABLE events (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (ticket, source, "key"), 
	CONSTRAINT fk_events_tickets FOREIGN KEY(ticket, source) REFERENCES tickets ("key", source)
);
INSERT INTO "events" VALUES('desk','1','e1','{"key":"e1","at":"2026-05-18T08:13:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"18000","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','1','e2','{"key":"e2","at":"2026-05-18T08:27:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"awaiting","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','1','e3','{"key":"e3","at":"2026-05-18T08:54:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":"awaiting","new":"approved","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','1','e4','{"key":"e4","at":"2026-05-18T08:55:00+00:00","kind":"consumed","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"7200","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','2','e1','{"key":"e1","at":"2026-05-18T09:02:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"10800","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','2','e2','{"key":"e2","at":"2026-05-18T09:16:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"awaiting","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','3','e1','{"key":"e1","at":"2026-05-18T09:27:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"1800","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','3','e2','{"key":"e2","at":"2026-05-18T09:31:00+00:00","kind":"state","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":"new","new":"closed","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','3','e3','{"key":"e3","at":"2026-05-18T09:47:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"not_required","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','3','e4','{"key":"e4","at":"2026-05-18T09:48:00+00:00","kind":"consumed","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"1200","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','4','e1','{"key":"e1","at":"2026-05-28T10:18:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"1800","observed":false,"own":false}');
CREATE TABLE links (
	origin TEXT NOT NULL, 
	target TEXT NOT NULL, 
	found_in TEXT NOT NULL, 
	CONSTRAINT pk_links PRIMARY KEY (origin, target)
);
CREATE TABLE memory (
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_memory PRIMARY KEY (source, "key")
);
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('secret','830248b0f2d41ecc71ef1a0faf2230172b1dc26b1731267c36f858934cc3a89d');
INSERT INTO "meta" VALUES('years of the books','2026-05-28T10');
INSERT INTO "meta" VALUES('settled desk','2026-05-28T10:08:00+00:00');
CREATE TABLE outbox (
	"key" TEXT NOT NULL, 
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	field TEXT NOT NULL, 
	value TEXT NOT NULL, 
	mark TEXT NOT NULL, 
	token TEXT, 
	token_digest TEXT, 
	why TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	planned_at TEXT NOT NULL, 
	sent_at TEXT, 
	done_at TEXT, 
	error TEXT, 
	shown TEXT, 
	reference TEXT, 
	CONSTRAINT pk_outbox PRIMARY KEY ("key")
);
INSERT INTO "outbox" VALUES('d4bb3f9278608fdb65e66bdf30a19f28','desk','1','approval','"awaiting"','brtvmwfithhwx56cbkkambkf',NULL,NULL,'[{"rule":"R0.3","text":"5h is over 1h"}]','confirmed',1,'2026-05-18T08:25:00.000000Z','2026-05-18T08:26:00.000000Z','2026-05-18T08:29:00.000000Z',NULL,'"awaiting"',NULL);
INSERT INTO "outbox" VALUES('dd94e14ca47fbcc5ae5007ba2d51d577','desk','1','message','{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Rapport mensuel","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Rapport mensuel"}," ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#1"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','mfrx5wlzjy2rnonqxwm34ebs',NULL,'c36bb7dad79c3965ef4d2b1bd45494787f425f2912f0ebd424c8d301dad25981','[{"rule":"R0.3","text":"5h is over 1h"}]','confirmed',1,'2026-05-18T08:30:00.000000Z','2026-05-18T08:31:00.000000Z','2026-05-18T08:34:00.000000Z',NULL,'{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Rapport mensuel","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Rapport mensuel"}," ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#1"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','1');
INSERT INTO "outbox" VALUES('3c3e5f2fc106c04896db4bb48fa37f94','desk','1','approval','"approved"','azx57ziqbnvsxqig2grbpdpl',NULL,NULL,'[{"rule":"R0.5","text":"5h approved by alice: comment 2 of 2026-05-18 08:36 UTC: \"J''approuve\""}]','confirmed',1,'2026-05-18T08:50:00.000000Z','2026-05-18T08:52:00.000000Z','2026-05-18T08:57:00.000000Z',NULL,'"approved"',NULL);
INSERT INTO "outbox" VALUES('9e24f02531c3a3f234212bcbf6da88b5','desk','1','consumed','7200','fylyky4xhacsq6rxmejs2ex5',NULL,NULL,'[{"rule":"P2","text":"2h worked: jdoe 2h"}]','confirmed',1,'2026-05-18T08:51:00.000000Z','2026-05-18T08:53:00.000000Z','2026-05-18T08:58:00.000000Z',NULL,'7200',NULL);
INSERT INTO "outbox" VALUES('e5dc19a4ff08e42c4d0f2d0d333be258','desk','2','approval','"awaiting"','2yzagnqsbaa72vuzetlsu3wc',NULL,NULL,'[{"rule":"R0.3","text":"3h is over 1h"}]','confirmed',1,'2026-05-18T09:14:00.000000Z','2026-05-18T09:15:00.000000Z','2026-05-18T09:18:00.000000Z',NULL,'"awaiting"',NULL);
INSERT INTO "outbox" VALUES('83c41f25ca0436554d845e0d7e1db143','desk','2','message','{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Filtre par canton","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Filtre par canton"}," ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#2"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','zk32hutgtnsoiwjfij4gb4xf',NULL,'f58eb2e300f8ff9a746372f9ab9fd34ebc10bb95a397bb8228ecefeb3d83f518','[{"rule":"R0.3","text":"3h is over 1h"}]','confirmed',1,'2026-05-18T09:19:00.000000Z','2026-05-18T09:20:00.000000Z','2026-05-18T09:23:00.000000Z',NULL,'{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Filtre par canton","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Filtre par canton"}," ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#2"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','1');
INSERT INTO "outbox" VALUES('54c8d454811301507e7f023363df3265','desk','3','approval','"not_required"','i7peuhcg6vhiv3aydpjg6hwg',NULL,NULL,'[{"rule":"R0.2","text":"0h30 is under 1h"}]','confirmed',1,'2026-05-18T09:43:00.000000Z','2026-05-18T09:45:00.000000Z','2026-05-18T09:50:00.000000Z',NULL,'"not_required"',NULL);
INSERT INTO "outbox" VALUES('01258333cd44104ce9914941cc0cb157','desk','3','consumed','1200','xo7nhndedb7dqznhsqvw2xq3',NULL,NULL,'[{"rule":"P2","text":"0h20 worked: jdoe 0h20"},{"rule":"R0.2","text":"done without approval"}]','confirmed',1,'2026-05-18T09:44:00.000000Z','2026-05-18T09:46:00.000000Z','2026-05-18T09:51:00.000000Z',NULL,'1200',NULL);
INSERT INTO "outbox" VALUES('9b29f6cb5809ac959cbd3c2842e8a349','desk','4','approval','"not_required"','cqrgzxdsyavin3ceya2kgmb2',NULL,NULL,'[{"rule":"R0.2","text":"0h30 is under 1h"}]','planned',1,'2026-05-28T10:30:00.000000Z','2026-05-28T10:31:00.000000Z',NULL,'503',NULL,NULL);
CREATE TABLE passes (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	ok BOOLEAN, 
	error TEXT, 
	counts TEXT NOT NULL, 
	CONSTRAINT pk_passes PRIMARY KEY (id)
);
INSERT INTO "passes" VALUES(1,'desk','2026-05-18T08:01:00.000000Z','2026-05-18T08:10:00.000000Z',1,NULL,'{"pages":1,"seen":0,"changed":0,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(2,'desk','2026-05-18T08:15:00.000000Z','2026-05-18T08:35:00.000000Z',1,NULL,'{"pages":1,"seen":1,"changed":1,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(3,'desk','2026-05-18T08:40:00.000000Z','2026-05-18T08:59:00.000000Z',1,NULL,'{"pages":1,"seen":1,"changed":1,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(4,'desk','2026-05-18T09:04:00.000000Z','2026-05-18T09:24:00.000000Z',1,NULL,'{"pages":1,"seen":2,"changed":2,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(5,'desk','2026-05-18T09:33:00.000000Z','2026-05-18T09:52:00.000000Z',1,NULL,'{"pages":1,"seen":2,"changed":2,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(6,'desk','2026-05-28T09:53:00.000000Z','2026-05-28T10:04:00.000000Z',1,NULL,'{"pages":2,"seen":4,"changed":1,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(7,'desk','2026-05-28T10:05:00.000000Z','2026-05-28T10:15:00.000000Z',1,NULL,'{"pages":1,"seen":0,"changed":0,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(8,'desk','2026-05-28T10:20:00.000000Z','2026-05-28T10:32:00.000000Z',0,'503','{"pages":1,"seen":1,"changed":1,"done":0,"failed":1}');
CREATE TABLE quarantine (
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	raw TEXT NOT NULL, 
	first_at TEXT NOT NULL, 
	last_at TEXT NOT NULL, 
	times INTEGER NOT NULL, 
	mark TEXT, 
	CONSTRAINT pk_quarantine PRIMARY KEY (source, "key")
);
CREATE TABLE records (
	"key" TEXT NOT NULL, 
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	at TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	seconds BIGINT, 
	verdict TEXT, 
	note TEXT NOT NULL, 
	CONSTRAINT pk_records PRIMARY KEY ("key")
);
CREATE TABLE sources (
	name TEXT NOT NULL, 
	cursor TEXT, 
	act_since TEXT NOT NULL, 
	last_success_at TEXT, 
	last_news_at TEXT, 
	last_thorough_at TEXT, 
	last_error TEXT, 
	last_error_at TEXT, 
	tickets_seen BIGINT NOT NULL, 
	tickets_changed BIGINT NOT NULL, 
	passes BIGINT NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (name)
);
INSERT INTO "sources" VALUES('desk','{"version": 18}','2026-05-18T08:01:00.000000Z','2026-05-28T10:15:00.000000Z','2026-05-28T10:22:00.000000Z','2026-05-28T10:04:00.000000Z','503','2026-05-28T10:32:00.000000Z',11,8,8);
CREATE TABLE tickets (
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	updated_at TEXT NOT NULL, 
	first_seen_at TEXT NOT NULL, 
	changed_at TEXT NOT NULL, 
	state TEXT, 
	complete BOOLEAN NOT NULL, 
	has_unmapped BOOLEAN NOT NULL, 
	head TEXT NOT NULL, 
	raw TEXT NOT NULL, 
	client TEXT, 
	contract TEXT, 
	bound_at TEXT, 
	CONSTRAINT pk_tickets PRIMARY KEY ("key", source)
);
INSERT INTO "tickets" VALUES('desk','1','2026-05-18T08:11:00.000000Z','2026-05-18T08:56:00.000000Z','2026-05-18T08:17:00.000000Z','2026-05-18T09:06:00.000000Z','new',1,0,'{"url":"memory://desk/1","title":"Rapport mensuel","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":18000,"consumed":7200,"approval":"approved","due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-18T08:20:00.000000Z');
INSERT INTO "tickets" VALUES('desk','2','2026-05-18T09:00:00.000000Z','2026-05-18T09:22:00.000000Z','2026-05-18T09:06:00.000000Z','2026-05-18T09:35:00.000000Z','new',1,0,'{"url":"memory://desk/2","title":"Filtre par canton","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":10800,"consumed":null,"approval":"awaiting","due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-18T09:09:00.000000Z');
INSERT INTO "tickets" VALUES('desk','3','2026-05-18T09:25:00.000000Z','2026-05-18T09:49:00.000000Z','2026-05-18T09:35:00.000000Z','2026-05-28T09:55:00.000000Z','closed',1,0,'{"url":"memory://desk/3","title":"Logo","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"closed","estimate":1800,"consumed":1200,"approval":"not_required","due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-18T09:38:00.000000Z');
INSERT INTO "tickets" VALUES('desk','4','2026-05-28T10:16:00.000000Z','2026-05-28T10:19:00.000000Z','2026-05-28T10:22:00.000000Z','2026-05-28T10:22:00.000000Z','new',1,0,'{"url":"memory://desk/4","title":"Pas encore lu","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":1800,"consumed":null,"approval":null,"due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-28T10:25:00.000000Z');
CREATE TABLE time_entries (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	removed_at TEXT, 
	CONSTRAINT pk_time_entries PRIMARY KEY (ticket, source, "key"), 
	CONSTRAINT fk_time_entries_tickets FOREIGN KEY(ticket, source) REFERENCES tickets ("key", source)
);
INSERT INTO "time_entries" VALUES('desk','1','t1','{"key":"t1","at":"2026-05-18T08:38:00+00:00","person":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"seconds":7200,"note":""}',NULL);
INSERT INTO "time_entries" VALUES('desk','3','t1','{"key":"t1","at":"2026-05-18T09:29:00+00:00","person":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"seconds":1200,"note":""}',NULL);
CREATE INDEX ix_passes_source ON passes (source);
CREATE INDEX ix_tickets_source_created_at ON tickets (source, created_at);
CREATE INDEX ix_links_target ON links (target);
CREATE INDEX ix_records_ticket_source ON records (ticket, source);
CREATE INDEX ix_outbox_ticket_source ON outbox (ticket, source);
CREATE INDEX ix_outbox_source_state ON outbox (source, state);
CREATE INDEX ix_chain_ticket ON chain (ticket);
CREATE TRIGGER chain_no_update BEFORE UPDATE ON chain  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: enter a correction instead'); END;
CREATE TRIGGER chain_no_delete BEFORE DELETE ON chain  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: enter a correction instead'); END;
CREATE TRIGGER chain_texts_no_update BEFORE UPDATE ON chain_texts WHEN NEW.salt IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a text of the ledger may be forgotten, not changed'); END;
CREATE TRIGGER chain_texts_no_delete BEFORE DELETE ON chain_texts  BEGIN SELECT RAISE(ABORT, 'a text of the ledger may be forgotten, not changed'); END;
CREATE TRIGGER chain_heads_no_delete BEFORE DELETE ON chain_heads  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: enter a correction instead'); END;
COMMIT;
