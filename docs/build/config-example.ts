/** A whole agent.toml for the reference page; a test loads it. */
export const CONFIG_EXAMPLE = `[api]
listen = ["127.0.0.1:9440", "unix:/run/greenroom-agent/api.sock"]

# An HTTP service, switched without a reload. In its server block:
#   include /etc/nginx/greenroom/server/app.conf;
#   location / { proxy_pass http://$greenroom_app; }
[services.app]
pools.blue.servers = ["127.0.0.1:3001"]
pools.green.servers = ["127.0.0.1:3002"]
health = { path = "/healthz", successes = 3, interval = "1s", timeout = "2s" }
probe = { url = "http://127.0.0.1/version", header = "X-Colour" }

[[services.app.gates.command]]
name = "smoke-test"
command = ["/usr/local/bin/smoke-test", "--quick"]
deadline = "20s"

# A TCP service, switched by rewriting \`upstream ingest\` and a reload.
[services.ingest]
strategy = "reload"
context = "stream"
pools.blue.servers = ["10.0.0.11:1935"]
pools.green.servers = ["10.0.0.12:1935"]
`
