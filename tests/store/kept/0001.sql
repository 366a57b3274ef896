BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE breaches (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	target TEXT NOT NULL, 
	cycle TEXT NOT NULL, 
	due_at TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	superseded_by TEXT, 
	CONSTRAINT pk_breaches PRIMARY KEY (source, ticket, target, cycle)
);
INSERT INTO "breaches" VALUES('desk','1','response','2026-05-18T08:08:00Z','2026-05-26T15:00:00.000000Z','2026-05-28T09:44:00.000000Z','R0.8',NULL);
INSERT INTO "breaches" VALUES('desk','2','response','2026-05-18T08:52:00Z','2026-05-26T15:00:00.000000Z','2026-05-28T09:44:00.000000Z','R0.8',NULL);
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
INSERT INTO "chain" VALUES('acme',1,'purchase book 2026-01-01 1#1','entry','credit','book','2026-01-01T00:00:00.000000Z',144000,NULL,NULL,'2026-05-18T08:03:00.000000Z','06997a50dff14dd2789106f3df49a91bbf872c942a0b829b7496e35b46174e83','9774707a06cbcfbb675a6de9cdbc60c055ed878dfdd6dbd5b76c2f3ac2c5c66d','0000000000000000000000000000000000000000000000000000000000000000','09d04fa064f6bbc2f09d5c34b41d24f3ef154e840e42c6bba7e3647f59f2221e');
INSERT INTO "chain" VALUES('acme',2,'decision:6fb1c2398a2d3629e54e33deadc0e6b9','decision','approve','book','2026-05-18T08:31:00.000000Z',0,'desk:1',1,'2026-05-18T08:38:00.000000Z','435c8c555cff48c75dd86e4ae5fa3dd21f7ffafb0840fe90b8bab2e1030f516c','0e50cf072a03d722527e61b0a4941b001902c7c543f0158a5094177a92da6d6e','09d04fa064f6bbc2f09d5c34b41d24f3ef154e840e42c6bba7e3647f59f2221e','4e860cb3b16b1cf3a3727140929f6f5632d6b1a6f64b2b31b594098904b307fc');
INSERT INTO "chain" VALUES('acme',3,'ticket desk:1 book 2026-05-18#1','entry','deduction','book','2026-05-18T08:33:00.000000Z',-7200,'desk:1',NULL,'2026-05-18T08:38:00.000000Z','67a92ae8c21a3f9d2db99b34f2a8d7c7491f6b48bb9735c26194ca3ce413070b','8df7d5dcf39f7d9a3aa86a09ee973faa47417efa90ec7dac7fa047e1c665a666','4e860cb3b16b1cf3a3727140929f6f5632d6b1a6f64b2b31b594098904b307fc','4340260e378b11efa207d9ac9972663dfa4a1e884692f5de9309d69f14fd67a7');
INSERT INTO "chain" VALUES('acme',4,'ticket desk:3 book 2026-05-18#1','entry','deduction','book','2026-05-18T09:19:00.000000Z',-1200,'desk:3',NULL,'2026-05-18T09:26:00.000000Z','2ede9c411c638144c7db05ac1d8c657ff7b1ba37b46774394a6091b17662a538','36f0a446e921c728e15c4987c2eb828350daa2a56226cddd3295036c93c18928','4340260e378b11efa207d9ac9972663dfa4a1e884692f5de9309d69f14fd67a7','6d5519a8f8934f9eac8b7edbb75cd0935d8506ccb5dd532f651dc20a4f16351a');
CREATE TABLE chain_heads (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_chain_heads PRIMARY KEY (client)
);
INSERT INTO "chain_heads" VALUES('acme',4,'6d5519a8f8934f9eac8b7edbb75cd0935d8506ccb5dd532f651dc20a4f16351a');
CREATE TABLE chain_texts (
	client TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	salt TEXT, 
	person TEXT, 
	note TEXT, 
	CONSTRAINT pk_chain_texts PRIMARY KEY (client, seq), 
	CONSTRAINT fk_chain_texts_chain FOREIGN KEY(client, seq) REFERENCES chain (client, seq)
);
INSERT INTO "chain_texts" VALUES('acme',1,'54317aba39a09457007b8c6a0a9649f7','','');
INSERT INTO "chain_texts" VALUES('acme',2,'d6277887ddb6377b42e7ccc8c1b73120','{"name":"Alice Rochat","id":"7","login":"alice","address":null}','comment 2 of 2026-05-18 08:31 UTC: "J''approuve"');
INSERT INTO "chain_texts" VALUES('acme',3,'faf55788145a44d2476d39a07d9e2f02','','Rapport mensuel');
INSERT INTO "chain_texts" VALUES('acme',4,'febcfb0d656332dcad73c6c3ddbae5bc','','Logo');
CREATE TABLE comments (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	original TEXT, 
	edit_seen_at TEXT, 
	removed_at TEXT, 
	CONSTRAINT pk_comments PRIMARY KEY (source, ticket, "key"), 
	CONSTRAINT fk_comments_tickets FOREIGN KEY(source, ticket) REFERENCES tickets (source, "key")
);
INSERT INTO "comments" VALUES('desk','1','1','{"key":"1","at":"2026-05-18T08:27:00+00:00","author":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"role":"bridge","text":"Bonjour, voici notre estimation pour « Rapport mensuel ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : alice.\n\n#1 · estimation n° 1 · Agence SA\n\n[ref twckgvwmjhmrdpvq6xby7w2t]","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
INSERT INTO "comments" VALUES('desk','1','2','{"key":"2","at":"2026-05-18T08:31:00+00:00","author":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"role":"client","text":"J''approuve","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
INSERT INTO "comments" VALUES('desk','2','1','{"key":"1","at":"2026-05-18T09:11:00+00:00","author":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"role":"bridge","text":"Bonjour, voici notre estimation pour « Filtre par canton ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : alice.\n\n#2 · estimation n° 1 · Agence SA\n\n[ref vd3pwjjcfycpdkuaeazlk4yp]","public":true,"automatic":false,"doubts":[],"answers":null,"edited_at":null}',NULL,NULL,NULL);
CREATE TABLE events (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (source, ticket, "key"), 
	CONSTRAINT fk_events_tickets FOREIGN KEY(source, ticket) REFERENCES tickets (source, "key")
);
INSERT INTO "events" VALUES('desk','1','e1','{"key":"e1","at":"2026-05-18T08:10:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"18000","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','1','e2','{"key":"e2","at":"2026-05-18T08:22:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"awaiting","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','1','e3','{"key":"e3","at":"2026-05-18T08:46:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":"awaiting","new":"approved","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','1','e4','{"key":"e4","at":"2026-05-18T08:47:00+00:00","kind":"consumed","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"7200","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','2','e1','{"key":"e1","at":"2026-05-18T08:54:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"10800","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','2','e2','{"key":"e2","at":"2026-05-18T09:06:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"awaiting","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','3','e1','{"key":"e1","at":"2026-05-18T09:17:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"1800","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','3','e2','{"key":"e2","at":"2026-05-18T09:21:00+00:00","kind":"state","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":"new","new":"closed","observed":false,"own":false}');
INSERT INTO "events" VALUES('desk','3','e3','{"key":"e3","at":"2026-05-18T09:34:00+00:00","kind":"approval","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"not_required","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','3','e4','{"key":"e4","at":"2026-05-18T09:35:00+00:00","kind":"consumed","actor":{"name":"The bridge","id":"bridge","login":"bridge","address":null},"old":null,"new":"1200","observed":false,"own":true}');
INSERT INTO "events" VALUES('desk','4','e1','{"key":"e1","at":"2026-05-28T09:59:00+00:00","kind":"estimate","actor":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"old":null,"new":"1800","observed":false,"own":false}');
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
INSERT INTO "meta" VALUES('secret','0d320601e5176a9ed82e0f3362963439dd9f8bb7e8764bde651fe1f6367b31a6');
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
INSERT INTO "outbox" VALUES('d4bb3f9278608fdb65e66bdf30a19f28','desk','1','approval','"awaiting"','l2akmy44eg3ymixrho6shb2n',NULL,NULL,'[{"rule":"R0.3","text":"5h is over 1h"}]','confirmed',1,'2026-05-18T08:20:00.000000Z','2026-05-18T08:21:00.000000Z','2026-05-18T08:24:00.000000Z',NULL,'"awaiting"',NULL);
INSERT INTO "outbox" VALUES('dd94e14ca47fbcc5ae5007ba2d51d577','desk','1','message','{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Rapport mensuel","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Rapport mensuel"}," ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#1"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','twckgvwmjhmrdpvq6xby7w2t',NULL,'95cfb15cb73d18b78f129d17387f394f11356d470c58cac2049249796a845879','[{"rule":"R0.3","text":"5h is over 1h"}]','confirmed',1,'2026-05-18T08:25:00.000000Z','2026-05-18T08:26:00.000000Z','2026-05-18T08:29:00.000000Z',NULL,'{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Rapport mensuel","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Rapport mensuel"}," ».\n\nTravail : 5 h. Déduit de votre carnet : 5 h. Solde libre ensuite : 35 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#1"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','1');
INSERT INTO "outbox" VALUES('3c3e5f2fc106c04896db4bb48fa37f94','desk','1','approval','"approved"','asxfdd4llrotloips3k4trwh',NULL,NULL,'[{"rule":"R0.5","text":"5h approved by alice: comment 2 of 2026-05-18 08:31 UTC: \"J''approuve\""}]','confirmed',1,'2026-05-18T08:42:00.000000Z','2026-05-18T08:44:00.000000Z','2026-05-18T08:49:00.000000Z',NULL,'"approved"',NULL);
INSERT INTO "outbox" VALUES('9e24f02531c3a3f234212bcbf6da88b5','desk','1','consumed','7200','ubuh4v2j6lf3fujtje5qx5no',NULL,NULL,'[{"rule":"P2","text":"2h worked: jdoe 2h"}]','confirmed',1,'2026-05-18T08:43:00.000000Z','2026-05-18T08:45:00.000000Z','2026-05-18T08:50:00.000000Z',NULL,'7200',NULL);
INSERT INTO "outbox" VALUES('e5dc19a4ff08e42c4d0f2d0d333be258','desk','2','approval','"awaiting"','sreeq5af3ciehwnam562znlp',NULL,NULL,'[{"rule":"R0.3","text":"3h is over 1h"}]','confirmed',1,'2026-05-18T09:04:00.000000Z','2026-05-18T09:05:00.000000Z','2026-05-18T09:08:00.000000Z',NULL,'"awaiting"',NULL);
INSERT INTO "outbox" VALUES('83c41f25ca0436554d845e0d7e1db143','desk','2','message','{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Filtre par canton","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Filtre par canton"}," ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#2"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','vd3pwjjcfycpdkuaeazlk4yp',NULL,'e319906f6a1b12f10ffa7b0afa21e5cda79252ae5ec2ca796d7b2ab7cab90949','[{"rule":"R0.3","text":"3h is over 1h"}]','confirmed',1,'2026-05-18T09:09:00.000000Z','2026-05-18T09:10:00.000000Z','2026-05-18T09:13:00.000000Z',NULL,'{"kind":"estimate","public":true,"language":"fr","subject":"Estimation n° 1 : Filtre par canton","parts":["Bonjour, voici notre estimation pour « ",{"foreign":"Filtre par canton"}," ».\n\nTravail : 3 h. Déduit de votre carnet : 3 h. Solde libre ensuite : 32 h.\n\nPour répondre, écrivez seulement « J''approuve » ou « Je refuse ». Une question, une condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.\n\nPeuvent décider : ",{"foreign":"alice"},".\n\n",{"foreign":"#2"}," · estimation n° 1 · ","Agence SA"],"number":1,"recipients":[],"asks":true}','1');
INSERT INTO "outbox" VALUES('54c8d454811301507e7f023363df3265','desk','3','approval','"not_required"','cefbmfoqte5i26lduft7smf2',NULL,NULL,'[{"rule":"R0.2","text":"0h30 is under 1h"}]','confirmed',1,'2026-05-18T09:30:00.000000Z','2026-05-18T09:32:00.000000Z','2026-05-18T09:37:00.000000Z',NULL,'"not_required"',NULL);
INSERT INTO "outbox" VALUES('01258333cd44104ce9914941cc0cb157','desk','3','consumed','1200','i4y6ytmqc5ehuspb74x2cznv',NULL,NULL,'[{"rule":"P2","text":"0h20 worked: jdoe 0h20"},{"rule":"R0.2","text":"done without approval"}]','confirmed',1,'2026-05-18T09:31:00.000000Z','2026-05-18T09:33:00.000000Z','2026-05-18T09:38:00.000000Z',NULL,'1200',NULL);
INSERT INTO "outbox" VALUES('9b29f6cb5809ac959cbd3c2842e8a349','desk','4','approval','"not_required"','nnqbotbjcuxn3ouctcu6du46',NULL,NULL,'[{"rule":"R0.2","text":"0h30 is under 1h"}]','planned',1,'2026-05-28T10:08:00.000000Z','2026-05-28T10:09:00.000000Z',NULL,'503',NULL,NULL);
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
INSERT INTO "passes" VALUES(1,'desk','2026-05-18T08:01:00.000000Z','2026-05-18T08:07:00.000000Z',1,NULL,'{"pages":1,"seen":0,"changed":0,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(2,'desk','2026-05-18T08:12:00.000000Z','2026-05-18T08:30:00.000000Z',1,NULL,'{"pages":1,"seen":1,"changed":1,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(3,'desk','2026-05-18T08:35:00.000000Z','2026-05-18T08:51:00.000000Z',1,NULL,'{"pages":1,"seen":1,"changed":1,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(4,'desk','2026-05-18T08:56:00.000000Z','2026-05-18T09:14:00.000000Z',1,NULL,'{"pages":1,"seen":2,"changed":2,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(5,'desk','2026-05-18T09:23:00.000000Z','2026-05-18T09:39:00.000000Z',1,NULL,'{"pages":1,"seen":2,"changed":2,"done":2,"failed":0}');
INSERT INTO "passes" VALUES(6,'desk','2026-05-28T09:40:00.000000Z','2026-05-28T09:48:00.000000Z',1,NULL,'{"pages":2,"seen":4,"changed":1,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(7,'desk','2026-05-28T09:49:00.000000Z','2026-05-28T09:56:00.000000Z',1,NULL,'{"pages":1,"seen":0,"changed":0,"done":0,"failed":0}');
INSERT INTO "passes" VALUES(8,'desk','2026-05-28T10:01:00.000000Z','2026-05-28T10:10:00.000000Z',0,'503','{"pages":1,"seen":1,"changed":1,"done":0,"failed":0}');
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
INSERT INTO "sources" VALUES('desk','{"version": 18}','2026-05-18T08:01:00.000000Z','2026-05-28T09:56:00.000000Z','2026-05-28T10:02:00.000000Z','2026-05-28T09:48:00.000000Z','503','2026-05-28T10:10:00.000000Z',11,8,8);
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
	CONSTRAINT pk_tickets PRIMARY KEY (source, "key")
);
INSERT INTO "tickets" VALUES('desk','1','2026-05-18T08:08:00.000000Z','2026-05-18T08:48:00.000000Z','2026-05-18T08:13:00.000000Z','2026-05-18T08:57:00.000000Z','new',1,0,'{"url":"memory://desk/1","title":"Rapport mensuel","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":18000,"consumed":7200,"approval":"approved","due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-18T08:15:00.000000Z');
INSERT INTO "tickets" VALUES('desk','2','2026-05-18T08:52:00.000000Z','2026-05-18T09:12:00.000000Z','2026-05-18T08:57:00.000000Z','2026-05-18T09:24:00.000000Z','new',1,0,'{"url":"memory://desk/2","title":"Filtre par canton","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":10800,"consumed":null,"approval":"awaiting","due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-18T08:59:00.000000Z');
INSERT INTO "tickets" VALUES('desk','3','2026-05-18T09:15:00.000000Z','2026-05-18T09:36:00.000000Z','2026-05-18T09:24:00.000000Z','2026-05-28T09:41:00.000000Z','closed',1,0,'{"url":"memory://desk/3","title":"Logo","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"closed","estimate":1800,"consumed":1200,"approval":"not_required","due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-18T09:26:00.000000Z');
INSERT INTO "tickets" VALUES('desk','4','2026-05-28T09:57:00.000000Z','2026-05-28T10:00:00.000000Z','2026-05-28T10:02:00.000000Z','2026-05-28T10:02:00.000000Z','new',1,0,'{"url":"memory://desk/4","title":"Pas encore lu","body":"","requester":{"name":"Alice Rochat","id":"7","login":"alice","address":null},"organisation":null,"project":"acme","channel":"ticket","kind":"request","priority":null,"severity":null,"state":"new","estimate":1800,"consumed":null,"approval":null,"due_on":null,"received_at":null,"labels":[],"unmapped":[],"opened_by":"client","doubts":[]}','{}','acme','book','2026-05-28T10:04:00.000000Z');
CREATE TABLE time_entries (
	source TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	removed_at TEXT, 
	CONSTRAINT pk_time_entries PRIMARY KEY (source, ticket, "key"), 
	CONSTRAINT fk_time_entries_tickets FOREIGN KEY(source, ticket) REFERENCES tickets (source, "key")
);
INSERT INTO "time_entries" VALUES('desk','1','t1','{"key":"t1","at":"2026-05-18T08:33:00+00:00","person":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"seconds":7200,"note":""}',NULL);
INSERT INTO "time_entries" VALUES('desk','3','t1','{"key":"t1","at":"2026-05-18T09:19:00+00:00","person":{"name":"Jane Doe","id":"9","login":"jdoe","address":null},"seconds":1200,"note":""}',NULL);
CREATE INDEX ix_passes_source ON passes (source);
CREATE INDEX ix_tickets_source_created_at ON tickets (source, created_at);
CREATE INDEX ix_links_target ON links (target);
CREATE INDEX ix_records_source_ticket ON records (source, ticket);
CREATE INDEX ix_outbox_source_ticket ON outbox (source, ticket);
CREATE INDEX ix_outbox_source_state ON outbox (source, state);
CREATE TRIGGER chain_no_update BEFORE UPDATE ON chain  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: enter a correction instead'); END;
CREATE TRIGGER chain_no_delete BEFORE DELETE ON chain  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: enter a correction instead'); END;
CREATE TRIGGER chain_texts_no_update BEFORE UPDATE ON chain_texts WHEN NEW.salt IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a text of the ledger may be forgotten, not changed'); END;
CREATE TRIGGER chain_texts_no_delete BEFORE DELETE ON chain_texts  BEGIN SELECT RAISE(ABORT, 'a text of the ledger may be forgotten, not changed'); END;
CREATE TRIGGER chain_heads_no_delete BEFORE DELETE ON chain_heads  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: enter a correction instead'); END;
COMMIT;
