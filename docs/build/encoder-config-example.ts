/** A whole encoder.toml for the reference page; a test loads it. */
export const ENCODER_CONFIG_EXAMPLE = `[ingest]
directory = "/srv/greenroom/ingest"
settle = "5s"

[work]
directory = "/srv/greenroom/work"
min_free = "20GiB"

[store]
kind = "minio"
endpoint = "http://127.0.0.1:9000"
bucket = "media"
credentials_file = "/etc/greenroom/store-credentials.toml"
public_url = "https://media.example"
keep_versions = 1
grace = "1d"

# What is dropped into ingest/sport/ gets this ladder.
[profiles.sport]
based_on = "default"
preset = "faster"
rungs = [
  { id = "v1080", short_side = 1080, maxrate_kbps = 8000 },
  { id = "v720", short_side = 720, maxrate_kbps = 4500 },
  { id = "v360", short_side = 360, maxrate_kbps = 1000 },
]

[after_publish]
command = ["/usr/local/bin/purge-cdn"]

[housekeeping]
keep_failed = "30d"
`
