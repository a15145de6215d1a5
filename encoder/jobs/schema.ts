/** Tables of the jobs part; JSON columns hold the types that their names tell. Steps are only ever added. */
export const JOB_TABLES: readonly string[] = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    asset TEXT NOT NULL,
    profile TEXT NOT NULL,
    -- Name of the version in the store; a retry after a failure makes another.
    version TEXT NOT NULL,
    priority INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0,
    -- Who asked for the end of it; the worker does the rest.
    cancelled_by TEXT,
    -- PlannedClaim: what a restart needs to finish or take back a claim.
    claim TEXT NOT NULL,
    -- ClaimedSource
    source TEXT,
    source_sha256 TEXT,
    -- Tells, with the asset, whether the same was published before: profile, recipe, options, captions.
    recipe_hash TEXT,
    duration_s REAL,
    notes TEXT NOT NULL DEFAULT '[]',
    -- Plan
    plan TEXT,
    blocked TEXT,
    error TEXT,
    -- Failures of the tool since the last chunk that was finished.
    failures INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    chunks_encoded INTEGER NOT NULL DEFAULT 0,
    playable_at TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    -- Where the source went in the end, base64 of its path; null while it is here.
    resting_place TEXT
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state);
  CREATE INDEX jobs_by_asset ON jobs (asset);

  CREATE TABLE history (job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, at TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
  CREATE INDEX history_by_job ON history (job);

  CREATE TABLE attempts (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT,
    stderr_tail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job, number)
  ) STRICT;

  -- Results of the steps that are done once for a version: remux, audio, captions, pictures.
  CREATE TABLE steps (job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, step TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (job, step)) STRICT;

  -- Finished chunks: MadeChunk. One that stands here is never encoded again.
  CREATE TABLE chunks (job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, number INTEGER NOT NULL, made TEXT NOT NULL, PRIMARY KEY (job, number)) STRICT;
  `,
]
