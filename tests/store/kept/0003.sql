BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
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
INSERT INTO "breaches" VALUES('desk','1','response','2026-05-18T08:13:00Z','2026-05-26T15:00:00.000000Z','2026-05-28T10:11:00.000000Z','R0.8',NULL,'2026-05-26T15:00:00.000000Z','{"dates": [{"date": "2026-05-25", "hours": [], "is": "holiday", "name": "Pfingstmontag"}], "from": "2026-05-18", "holiday_data": "holidays 0.109", "holidays": ["CH-VD"], "timezone": "Europe/Zurich", "to": "2026-05-26", "weekly": {"fri": ["08:00-12:00", "13:00-17:00"], "mon": ["08:00-12:00", "13:00-17:00"], "sat": [], "sun": [], "thu": ["08:00-12:00", "13:00-17:00"], "tue": ["08:00-12:00", "13:00-17:00"], "wed": ["08:00-12:00", "13:00-17:00"]}}');
INSERT INTO "breaches" VALUES('desk','2','response','2026-05-18T09:06:00Z','2026-05-26T15:00:00.000000Z','2026-05-28T10:11:00.000000Z','R0.8',NULL,'2026-05-26T15:00:00.000000Z','{"dates": [{"date": "2026-05-25", "hours": [], "is": "holiday", "name": "Pfingstmontag"}], "from": "2026-05-18", "holiday_data": "holidays 0.109", "holidays": ["CH-VD"], "timezone": "Europe/Zurich", "to": "2026-05-26", "weekly": {"fri": ["08:00-12:00", "13:00-17:00"], "mon": ["08:00-12:00", "13:00-17:00"], "sat": [], "sun": [], "thu": ["08:00-12:00", "13:00-17:00"], "tue": ["08:00-12:00", "13:00-17:00"], "wed": ["08:00-12:00", "13:00-17:00"]}}');
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
INSERT INTO "chain" VALUES('acme',1,'purchase book 2026-01-01 1#1','entry','credit','book','2026-01-01T00:00:00.000000Z',144000,NULL,NULL,'2026-05-18T08:02:00.000000Z','f2b076c40867d0d77d8b8db924298ff99479fffcf83286c2ba74016079080c19','2304597a498e161be4cb5f2471fce07785ac5cd1144f53efac00d3203f140c30','0000000000000000000000000000000000000000000000000000000000000000','e3a2b0b8c2b21affbdab95e9c5f7d2ef963629fe5b27fd7b4c2d7b44646544fc');
INSERT INTO "chain" VALUES('acme',2,'decision:cc22be5296e06c682dec3abd890f93b1','decision','approve','book','2026-05-18T08:40:00.000000Z',0,'desk:1',1,'2026-05-18T08:51:00.000000Z','203f6108918017bfe111e916ddba04af8b87a9a7fe6a38535a006e4e67bf56a4','274d0143a5febd86a927182806994b42f6d5b16a4823b8a85f224d56331876e7','e3a2b0b8c2b21affbdab95e9c5f7d2ef963629fe5b27fd7b4c2d7b44646544fc','b994381d454b6da974f68c4426a0b986abf678bf0c9bcdca4c4fe5ff13cd0021');
INSERT INTO "chain" VALUES('acme',3,'ticket desk:1 book 2026-05-18#1','entry','deduction','book','2026-05-18T08:42:00.000000Z',-7200,'desk:1',NULL,'2026-05-18T08:51:00.000000Z','788333ade4099b66ee947a6f851faccba29bf9e690934e8fa4a06587a04894be','71cd19ef99c30e37d3e31b5548d96342b10a77e7319937aa9b685b4aa8d3cd2e','b994381d454b6da974f68c4426a0b986abf678bf0c9bcdca4c4fe5ff13cd0021','73a393ef62119709095cfe03bdb7187a25a9bf3f121aac07e3d3b12002c5eade');
INSERT INTO "chain" VALUES('acme',4,'ticket desk:3 book 2026-05-18#1','entry','deduction','book','2026-05-18T09:37:00.000000Z',-1200,'desk:3',NULL,'2026-05-18T09:48:00.000000Z','b6e053dabaa6738bfe57509596d65bb16f15c980a7ce4f9930eb6cfd565b3544','1b1b095637eb3a664b8139c1d6b4fe7faa935464901b09253aff7fde05c7c134','73a393ef62119709095cfe03bdb7187a25a9bf3f121aac07e3d3b12002c5eade','99b3863114261fa83d9e7ea52e0f02921a8b1aa92c479d13af0ee2b895f53664');
CREATE TABLE chain_heads (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_chain_heads PRIMARY KEY (client)
);
INSERT INTO "chain_heads" VALUES('acme',4,'99b3863114261fa83d9e7ea52e0f02921a8b1aa92c479d13af0ee2b895f53664');
CREATE TABLE chain_texts (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	salt TEXT, 
	person TEXT, 
	note TEXT, 
	CONSTRAINT pk_chain_texts PRIMARY KEY (client, seq), 
	CONSTRAINT fk_chain_texts_chain FOREIGN KEY(client, seq) REFERENCES chain (client, seq)
);
INSERT INTO "chain_texts" VALUES('acme',1,'87be46f5622a9950d2b7d4a6f4281d11','','');
INSERT INTO "chain_texts" VALUES('acme',2,'90fb7a18695a9b9cfff5be605d493df5','{"name":"Alice Rochat","id":"7","login":"alice","address":null}','comment 2 of 2026-05-18 08:40 UTC: "J''approuve"');
INSERT INTO "chain_texts" VALUES('acme',3,'842c9ceae4cd8691675f62b09a00f432','','Rapport mensuel');
INSERT INTO "chain_texts" VALUES('acme',4,'7af154fd3f00e43ec84c63ba4a3efb7e','','Logo');
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
INSERT INTO "comments" VALUES('desk','1','1','{"key":"1","at":"2026-05-18T08:36:00+00:00","author":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"role":"bridge","text":"Bonjour, voici notre estimation pour « Rapport mensuel ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : alice.\n\n#1 · estimation n° 1 · Agence SA\n\n[ref 3wfivao3nanggtl7xljewdpk]","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
INSERT INTO "comments" VALUES('desk','1','2','{"key":"2","at":"2026-05-18T08:40:00+00:00","author":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"role":"client","text":"J''approuve","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
INSERT INTO "comments" VALUES('desk','2','1','{"key":"1","at":"2026-05-18T09:29:00+00:00","author":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"role":"bridge","text":"Bonjour, voici notre estimation pour « Filtre par canton ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : alice.\n\n#2 · estimation n° 1 · Agence SA\n\n[ref czozub2e6diaydeodz2sxuhq]","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
CREATE TABLE events (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (ticket, source, "key"), 
	CONSTRAINT fk_events_tickets FOREIGN KEY(ticket, source) REFERENCES tickets ("key", source)
);
INSERT INTO "events" VALUES('desk','1','e1','{"key":"e1","at":"2026-05-18T08:15:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"18000","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','1','e2','{"key":"e2","at":"2026-05-18T08:31:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"awaiting","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','1','e3','{"key":"e3","at":"2026-05-18T09:00:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":"awaiting","new":"approved","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','1','e4','{"key":"e4","at":"2026-05-18T09:01:00+00:00","kind":"consumed","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"7200","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','2','e1','{"key":"e1","at":"2026-05-18T09:08:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"10800","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','2','e2','{"key":"e2","at":"2026-05-18T09:24:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"awaiting","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','3','e1','{"key":"e1","at":"2026-05-18T09:35:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"1800","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','3','e2','{"key":"e2","at":"2026-05-18T09:39:00+00:00","kind":"state","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":"new","new":"closed","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','3','e3','{"key":"e3","at":"2026-05-18T09:57:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"not_required","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','3','e4','{"key":"e4","at":"2026-05-18T09:58:00+00:00","kind":"consumed","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"1200","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','4','e1','{"key":"e1","at":"2026-05-28T10:32:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"1800","observed":false,"own":false}');
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
INSERT INTO "meta" VALUES('links of desk','843eeebb4043c7b2f3ac49cc5d41a65e9096f34e756e52a80c3065a58deefa12');
INSERT INTO "meta" VALUES('secret','fe1b251c2c8cb2746f4da9276d29878a1ae2d29b60bc66181f5d013abcac9e60');
INSERT INTO "meta" VALUES('years of the books','2026-05-28T10');
INSERT INTO "meta" VALUES('settled desk','2026-05-28T10:21:00+00:00');
INSERT INTO "meta" VALUES('account desk desk:alice','["7", null]');
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
INSERT INTO "outbox" VALUES('d4bb3f9278608fdb65e66bdf30a19f28','desk','1','approval','"awaiting"','t4op7yteo2fmlahebym4qyyz',NULL,NULL,'[{"rule":"R0.3","text":"5h is over 1h"}]','confirmed',1,'2026-05-18T08:29:00.000000Z','2026-05-18T08:30:00.000000Z','2026-05-18T08:33:00.000000Z',NULL,'"awaiting"',NULL);
INSERT INTO "outbox" VALUES('dd94e14ca47fbcc5ae5007ba2d51d577','desk','1','message','{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Rapport mensuel","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Rapport mensuel"}," ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#1"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','3wfivao3nanggtl7xljewdpk',NULL,'ffb8496ae6163f0b6f7635bcc7b6a6de5e16dff831fdc2b44efdda9b13073cf9','[{"rule":"R0.3","text":"5h is over 1h"}]','confirmed',1,'2026-05-18T08:34:00.000000Z','2026-05-18T08:35:00.000000Z','2026-05-18T08:38:00.000000Z',NULL,'{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Rapport mensuel","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Rapport mensuel"}," ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#1"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','1');
INSERT INTO "outbox" VALUES('3c3e5f2fc106c04896db4bb48fa37f94','desk','1','approval','"approved"','uhuout42dpnhla3vexsplwfd',NULL,NULL,'[{"rule":"R0.5","text":"5h approved by alice: comment 2 of 2026-05-18 08:40 UTC: \"J''approuve\""}]','confirmed',1,'2026-05-18T08:56:00.000000Z','2026-05-18T08:58:00.000000Z','2026-05-18T09:03:00.000000Z',NULL,'"approved"',NULL);
INSERT INTO "outbox" VALUES('9e24f02531c3a3f234212bcbf6da88b5','desk','1','consumed','7200','qufifftdx22pju6bqdxt6hs4',NULL,NULL,'[{"rule":"P2","text":"2h worked: jdoe 2h"}]','confirmed',1,'2026-05-18T08:57:00.000000Z','2026-05-18T08:59:00.000000Z','2026-05-18T09:04:00.000000Z',NULL,'7200',NULL);
INSERT INTO "outbox" VALUES('e5dc19a4ff08e42c4d0f2d0d333be258','desk','2','approval','"awaiting"','nlvznyaimfph5xmnh325phtn',NULL,NULL,'[{"rule":"R0.3","text":"3h is over 1h"}]','confirmed',1,'2026-05-18T09:22:00.000000Z','2026-05-18T09:23:00.000000Z','2026-05-18T09:26:00.000000Z',NULL,'"awaiting"',NULL);
INSERT INTO "outbox" VALUES('83c41f25ca0436554d845e0d7e1db143','desk','2','message','{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Filtre par canton","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Filtre par canton"}," ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#2"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','czozub2e6diaydeodz2sxuhq',NULL,'4d246a355818bb58cbd215811c527bf132f6ad70f5464920a108bd9a67dfdcfc','[{"rule":"R0.3","text":"3h is over 1h"}]','confirmed',1,'2026-05-18T09:27:00.000000Z','2026-05-18T09:28:00.000000Z','2026-05-18T09:31:00.000000Z',NULL,'{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Filtre par canton","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Filtre par canton"}," ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#2"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','1');
INSERT INTO "outbox" VALUES('54c8d454811301507e7f023363df3265','desk','3','approval','"not_required"','us5igamje2gdyd3anf5juq5l',NULL,NULL,'[{"rule":"R0.2","text":"0h30 is under 1h"}]','confirmed',1,'2026-05-18T09:53:00.000000Z','2026-05-18T09:55:00.000000Z','2026-05-18T10:00:00.000000Z',NULL,'"not_required"',NULL);
INSERT INTO "outbox" VALUES('01258333cd44104ce9914941cc0cb157','desk','3','consumed','1200','yrqkvmbydu5zbcyfhs6zwxtm',NULL,NULL,'[{"rule":"P2","text":"0h20 worked: jdoe 0h20"},{"rule":"R0.2","text":"done without approval"}]','confirmed',1,'2026-05-18T09:54:00.000000Z','2026-05-18T09:56:00.000000Z','2026-05-18T10:01:00.000000Z',NULL,'1200',NULL);
INSERT INTO "outbox" VALUES('9b29f6cb5809ac959cbd3c2842e8a349','desk','4','approval','"not_required"','qwcsjw77ht6lhgyioa7jevrm',NULL,NULL,'[{"rule":"R0.2","text":"0h30 is under 1h"}]','planned',1,'2026-05-28T10:46:00.000000Z','2026-05-28T10:47:00.000000Z',NULL,'503',NULL,NULL);
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
INSERT INTO "passes" VALUES(1,'desk','2026-05-18T08:01:00.000000Z','2026-05-18T08:12:00.000000Z',1,NULL,'{"pages":1,"seen":0,"changed":0,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(2,'desk','2026-05-18T08:17:00.000000Z','2026-05-18T08:39:00.000000Z',1,NULL,'{"pages":1,"seen":1,"changed":1,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(3,'desk','2026-05-18T08:44:00.000000Z','2026-05-18T09:05:00.000000Z',1,NULL,'{"pages":1,"seen":1,"changed":1,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(4,'desk','2026-05-18T09:10:00.000000Z','2026-05-18T09:32:00.000000Z',1,NULL,'{"pages":1,"seen":2,"changed":2,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(5,'desk','2026-05-18T09:41:00.000000Z','2026-05-18T10:02:00.000000Z',1,NULL,'{"pages":1,"seen":2,"changed":2,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(6,'desk','2026-05-28T10:03:00.000000Z','2026-05-28T10:16:00.000000Z',1,NULL,'{"pages":2,"seen":4,"changed":1,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(7,'desk','2026-05-28T10:17:00.000000Z','2026-05-28T10:29:00.000000Z',1,NULL,'{"pages":1,"seen":0,"changed":0,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(8,'desk','2026-05-28T10:34:00.000000Z','2026-05-28T10:48:00.000000Z',0,'503','{"pages":1,"seen":1,"changed":1,"done":0,"failed":1}');
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
INSERT INTO "sources" VALUES('desk','{"version": 18}','2026-05-18T08:01:00.000000Z','2026-05-28T10:29:00.000000Z','2026-05-28T10:37:00.000000Z','2026-05-28T10:16:00.000000Z','503','2026-05-28T10:48:00.000000Z',11,8,8);
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
	bound_at TEXT, address TEXT, 
	CONSTRAINT pk_tickets PRIMARY KEY ("key", source)
);
INSERT INTO "tickets" VALUES('desk','1','2026-05-18T08:13:00.000000Z','2026-05-18T09:02:00.000000Z','2026-05-18T08:20:00.000000Z','2026-05-18T09:13:00.000000Z','new',1,0,'{"url":"memory://desk/1","title":"Rapport mensuel","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":18000,"consumed":7200,"approval":"approved","due_on":null,"received_at":null,"labels":[],"unmapped":[],"link":null,"opened_by":"client","doubts":[],"answerable":true}','{}','acme','book','2026-05-18T08:24:00.000000Z','memory://desk/1');
INSERT INTO "tickets" VALUES('desk','2','2026-05-18T09:06:00.000000Z','2026-05-18T09:30:00.000000Z','2026-05-18T09:13:00.000000Z','2026-05-18T09:44:00.000000Z','new',1,0,'{"url":"memory://desk/2","title":"Filtre par canton","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":10800,"consumed":null,"approval":"awaiting","due_on":null,"received_at":null,"labels":[],"unmapped":[],"link":null,"opened_by":"client","doubts":[],"answerable":true}','{}','acme','book','2026-05-18T09:17:00.000000Z','memory://desk/2');
INSERT INTO "tickets" VALUES('desk','3','2026-05-18T09:33:00.000000Z','2026-05-18T09:59:00.000000Z','2026-05-18T09:44:00.000000Z','2026-05-28T10:06:00.000000Z','closed',1,0,'{"url":"memory://desk/3","title":"Logo","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"closed","estimate":1800,"consumed":1200,"approval":"not_required","due_on":null,"received_at":null,"labels":[],"unmapped":[],"link":null,"opened_by":"client","doubts":[],"answerable":true}','{}','acme','book','2026-05-18T09:48:00.000000Z','memory://desk/3');
INSERT INTO "tickets" VALUES('desk','4','2026-05-28T10:30:00.000000Z','2026-05-28T10:33:00.000000Z','2026-05-28T10:37:00.000000Z','2026-05-28T10:37:00.000000Z','new',1,0,'{"url":"memory://desk/4","title":"Pas encore lu","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":1800,"consumed":null,"approval":null,"due_on":null,"received_at":null,"labels":[],"unmapped":[],"link":null,"opened_by":"client","doubts":[],"answerable":true}','{}','acme','book','2026-05-28T10:41:00.000000Z','memory://desk/4');
CREATE TABLE time_entries (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	removed_at TEXT, 
	CONSTRAINT pk_time_entries PRIMARY KEY (ticket, source, "key"), 
	CONSTRAINT fk_time_entries_tickets FOREIGN KEY(ticket, source) REFERENCES tickets ("key", source)
);
INSERT INTO "time_entries" VALUES('desk','1','t1','{"key":"t1","at":"2026-05-18T08:42:00+00:00","person":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"seconds":7200,"note":""}',NULL);
INSERT INTO "time_entries" VALUES('desk','3','t1','{"key":"t1","at":"2026-05-18T09:37:00+00:00","person":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"seconds":1200,"note":""}',NULL);
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
CREATE INDEX ix_tickets_address ON tickets (address);
COMMIT;
