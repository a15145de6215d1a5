/** The tables of the publisher, in the job state. A step that was released is never changed (encoder/jobs/database.ts). */
export const PUBLISH_TABLES: readonly string[] = [
  `
  CREATE TABLE versions (
    version TEXT PRIMARY KEY,
    -- Order in which versions were begun.
    number INTEGER NOT NULL UNIQUE,
    asset TEXT NOT NULL,
    job TEXT NOT NULL,
    source_name TEXT NOT NULL,
    source_size INTEGER NOT NULL,
    source_sha256 TEXT NOT NULL,
    profile TEXT NOT NULL,
    profile_hash TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('encoding', 'ready', 'abandoned', 'deleting', 'deleted')),
    -- What its pointers said last, whole: what a rollback writes again.
    pointing TEXT,
    -- Of a ready version, which never changes; null before.
    objects INTEGER,
    bytes INTEGER,
    created_at TEXT NOT NULL,
    ready_at TEXT,
    -- When it ceased to be the current one; its grace runs from here.
    replaced_at TEXT,
    deleted_at TEXT
  ) STRICT;
  CREATE INDEX versions_of_asset ON versions (asset, number);
  CREATE INDEX versions_of_source ON versions (asset, source_sha256, profile_hash) WHERE state = 'ready';

  CREATE TABLE assets (
    asset TEXT PRIMARY KEY,
    current TEXT REFERENCES versions,
    -- asset.json as it was last proven to lie in the store.
    document TEXT
  ) STRICT;
  CREATE INDEX assets_by_current ON assets (current);

  -- Outbox and ledger in one. A row is written before the first byte leaves, and goes when the object is gone for good.
  CREATE TABLE objects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL REFERENCES versions,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    -- broken: the work file is not what was added; missing: it has gone from the store.
    state TEXT NOT NULL CHECK (state IN ('waiting', 'stored', 'broken', 'missing', 'deleting', 'deleted')),
    -- Something else lies under the key: it is replaced, which is done for repairs only.
    replace INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    stored_at TEXT,
    deleted_at TEXT
  ) STRICT;
  CREATE INDEX objects_waiting ON objects (id) WHERE state = 'waiting';
  CREATE INDEX objects_of_version ON objects (version, state);

  -- The journal of pointer switches. At most one of an asset is open (outcome null).
  CREATE TABLE switches (
    id INTEGER PRIMARY KEY,
    asset TEXT NOT NULL,
    -- The version that is current afterwards; null: none.
    version TEXT REFERENCES versions,
    kind TEXT NOT NULL CHECK (kind IN ('encoding', 'ready', 'rollback', 'restore', 'remove', 'document')),
    document TEXT,
    changed TEXT NOT NULL,
    -- Objects of the version up to this id must be stored before a pointer is written.
    needs INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT CHECK (outcome IN ('done', 'superseded'))
  ) STRICT;
  CREATE INDEX switches_of_version ON switches (version);
  CREATE UNIQUE INDEX switches_open ON switches (asset) WHERE outcome IS NULL;

  -- What each pointer object has to say; what it says is known to be that only where it is proven.
  CREATE TABLE pointers (
    key TEXT PRIMARY KEY,
    asset TEXT NOT NULL,
    -- The version below whose folder it lies (growing playlists); null for those of the asset.
    version TEXT REFERENCES versions,
    position INTEGER NOT NULL,
    -- Null: it has to go.
    content TEXT,
    content_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    proven INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX pointers_of_version ON pointers (version);
  CREATE INDEX pointers_of_asset ON pointers (asset, position);

  -- Pointers that changed, until whoever must be told (a CDN) has been told.
  CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    asset TEXT NOT NULL,
    version TEXT,
    keys TEXT NOT NULL,
    changed_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE publisher (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  `,
]
