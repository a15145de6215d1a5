import { AbsolutePath, Duration, HostPort, Named, Size, Table, Type, type StaticDecode } from '../shared/config/types.ts'

/**
 * `/etc/greenroom/agent.toml`. The one place where a setting is named, typed, described and given its default:
 * docs/reference/agent-config.md is made from it. Rules that span several fields stand in config-rules.ts.
 */

const BodyAssertion = Type.Object(
  {
    contains: Type.Optional(Type.String({ description: 'Text that the first 64 KiB of the body must contain.', minLength: 1, examples: ['ready'] })),
    matches: Type.Optional(Type.String({ description: 'Regular expression that the first 64 KiB of the body must match.', format: 'regex' })),
  },
  { additionalProperties: false, description: 'What the body must look like.' },
)

const HealthCheck = Type.Object(
  {
    path: Type.String({ description: 'Path and query of the request.', default: '/healthz', format: 'url-path' }),
    scheme: Type.Enum(['http', 'https'], { description: 'Protocol of the check.', default: 'http' }),
    host: Type.Optional(Type.String({ description: 'Host header, and TLS server name (SNI). Default: the server’s own host.', format: 'hostname' })),
    ca_file: Type.Optional(AbsolutePath({ description: 'CA certificates that the server’s certificate must chain to. Default: the system’s.', examples: ['/etc/greenroom/internal-ca.pem'] })),
    method: Type.Enum(['GET', 'HEAD'], { description: 'Method of the request.', default: 'GET' }),
    status: Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), { description: 'Statuses that count as healthy.', default: [200], minItems: 1 }),
    headers: Named('header-name', Type.String(), { description: 'Response headers and the exact value each must have.', default: {}, examples: [{ 'X-Ready': 'yes' }] }),
    body: Type.Optional(BodyAssertion),
    successes: Type.Integer({ description: 'Successes in a row that make a server healthy.', default: 3, minimum: 1, maximum: 100 }),
    failures: Type.Integer({ description: 'Failures in a row that end the gate at once.', default: 3, minimum: 1, maximum: 100 }),
    interval: Duration({ description: 'Pause between two checks of one server.', default: '1s' }),
    timeout: Duration({ description: 'Longest time for one check, connection included.', default: '2s' }),
    deadline: Duration({ description: 'Longest time for the whole gate.', default: '30s' }),
    monitor_interval: Duration({ description: 'How often the servers of both pools are checked for the status display; "0s" never.', default: '10s' }),
  },
  { additionalProperties: false, description: 'The health gate of each server of the target pool. Without it there is no health gate.' },
)

const CommandGate = Type.Object(
  {
    name: Type.String({ description: 'Name in answers and in the journal.', format: 'gate-name' }),
    command: Type.Array(Type.String(), { description: 'Program and arguments; no shell. GREENROOM_SERVICE, _FROM, _TO and _KIND are in its environment. Exit code 0 passes.', minItems: 1, examples: [['/usr/local/bin/smoke-test', '--quick']] }),
    deadline: Duration({ description: 'After this time it is killed and has refused.', default: '30s' }),
  },
  { additionalProperties: false },
)

const HttpGate = Type.Object(
  {
    name: Type.String({ description: 'Name in answers and in the journal.', format: 'gate-name' }),
    url: Type.String({ description: 'Called with GET; `{service}`, `{from}`, `{to}` and `{kind}` are filled in.', format: 'http-url' }),
    status: Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), { description: 'Statuses that pass.', default: [200], minItems: 1 }),
    body: Type.Optional(BodyAssertion),
    ca_file: Type.Optional(AbsolutePath({ description: 'CA certificates for an https URL.', examples: ['/etc/greenroom/internal-ca.pem'] })),
    deadline: Duration({ description: 'Longest time for the call.', default: '10s' }),
  },
  { additionalProperties: false },
)

const Probe = Type.Object(
  {
    url: Type.String({ description: 'A URL served by the real listener, asked after each change.', format: 'http-url' }),
    header: Type.Optional(Type.String({ description: 'Response header whose value tells the colour. Default: the body is searched.', format: 'header-name' })),
    expect: Type.String({ description: 'What the header must equal, or the body contain; `{colour}` is filled in.', default: '{colour}', minLength: 1 }),
    ca_file: Type.Optional(AbsolutePath({ description: 'CA certificates for an https URL.', examples: ['/etc/greenroom/internal-ca.pem'] })),
    timeout: Duration({ description: 'Longest time until the probe answers as expected.', default: '2s' }),
  },
  { additionalProperties: false, description: 'A request through the real listener that proves a switch from a client’s side.' },
)

const Pool = (colour: string) =>
  Type.Object(
    { servers: Type.Array(HostPort({}), { description: `Servers of the ${colour} pool, \`host:port\`.`, minItems: 1, maxItems: 256, uniqueItems: true }) },
    { additionalProperties: false, description: `The ${colour} pool.` },
  )

const Service = Type.Object(
  {
    strategy: Type.Enum(['instant', 'reload'], { description: '`instant`: marker files, no reload. `reload`: the upstream block is rewritten and Nginx reloaded.', default: 'instant' }),
    context: Type.Enum(['http', 'stream'], { description: 'Where the upstream lives. `stream` needs strategy `reload`.', default: 'http' }),
    upstream: Type.Optional(Type.String({ description: 'Name of the upstream under strategy `reload`. Default: the service’s name.', format: 'upstream-name' })),
    initial: Type.Enum(['blue', 'green'], { description: 'Live colour at the very first start, when nothing else tells.', default: 'blue' }),
    pools: Type.Object({ blue: Pool('blue'), green: Pool('green') }, { additionalProperties: false, description: 'The servers of each colour.' }),
    keepalive: Type.Integer({ description: 'Idle connections each Nginx worker keeps to a pool. 0: none, each connection serves one request, also from Nginx 1.29.7 on, which keeps 32 where nothing is said. For `http` only.', default: 32, minimum: 0, maximum: 10000 }),
    route_cache: Type.Optional(Duration({ description: 'For `instant`: Nginx caches the route this long (`open_file_cache`). Cheaper per request; a switch then takes this long. Whole seconds. It holds for the whole server block, so services that share one need the same.' })),
    key: Type.String({ description: 'What tells clients apart when traffic is shared by weight: `address`, `cookie:<name>` or `header:<name>`; where the cookie or header is missing, the address.', default: 'address', format: 'client-key' }),
    pins: Type.Boolean({ description: 'For `instant`: whether the pin cookie is honoured.', default: true }),
    pin_lifetime: Duration({ description: 'Lifetime of a pin cookie.', default: '1h' }),
    health: Type.Optional(HealthCheck),
    gates: Type.Object(
      {
        command: Type.Array(CommandGate, { description: 'Programs that must exit with 0.', default: [] }),
        http: Type.Array(HttpGate, { description: 'URLs that must answer as asked.', default: [] }),
      },
      { additionalProperties: false, description: 'Further gates.', default: {} },
    ),
    probe: Type.Optional(Probe),
    maintenance: Table('What clients get during maintenance. For `instant`.', {
      page: Type.Optional(AbsolutePath({ description: 'HTML page to show. Default: a plain built-in one.', examples: ['/etc/greenroom/maintenance.html'] })),
      retry_after: Duration({ description: 'Value of the Retry-After header.', default: '2m' }),
    }),
  },
  { additionalProperties: false, description: 'A service. Its name: lower-case letters, digits, `-` and `_`, a letter first, at most 24 characters.' },
)

export const AgentConfigSchema = Type.Object(
  {
    state_dir: AbsolutePath({ description: 'State, journal and lock of the agent.', default: '/var/lib/greenroom-agent' }),
    log_level: Type.Enum(['debug', 'info', 'warn', 'error'], { description: 'Least severe level that is logged.', default: 'info' }),
    api: Table('The HTTP API.', {
      listen: Type.Array(Type.String({ format: 'listen-address' }), {
        description: 'Addresses, `host:port` or `unix:/path`. The unix socket is authorised by its file mode, all else by credentials. Those that `greenroom-agent.socket` holds are taken over from systemd; the two should name the same.',
        default: ['127.0.0.1:9440', 'unix:/run/greenroom-agent/api.sock'],
        minItems: 1,
        uniqueItems: true,
      }),
      socket_group: Type.String({ description: 'Group that may use the unix socket (mode 0660). Where it does not exist, the agent’s own group.', default: 'greenroom' }),
      tokens_file: AbsolutePath({ description: 'Tokens and certificate names, made by `greenroom-agent token`.', default: '/etc/greenroom/tokens.toml' }),
      tls: Type.Optional(
        Type.Object(
          {
            cert: AbsolutePath({ description: 'Certificate chain, PEM.', examples: ['/etc/greenroom/agent.crt'] }),
            key: AbsolutePath({ description: 'Private key, PEM.', examples: ['/etc/greenroom/agent.key'] }),
            client_ca: Type.Optional(AbsolutePath({ description: 'CA of client certificates. A client’s role stands under `[certificates]` in the tokens file.', examples: ['/etc/greenroom/clients-ca.pem'] })),
          },
          { additionalProperties: false, description: 'TLS 1.3 on the `host:port` addresses.' },
        ),
      ),
    }),
    nginx: Table('The Nginx of this host.', {
      binary: AbsolutePath({ description: 'The nginx program.', default: '/usr/sbin/nginx' }),
      config: AbsolutePath({ description: 'Its main configuration file.', default: '/etc/nginx/nginx.conf' }),
      prefix: Type.Optional(AbsolutePath({ description: 'Its prefix path (`nginx -p`). Default: the built-in one.', examples: ['/usr/share/nginx'] })),
      pid_file: AbsolutePath({ description: 'Pid file of its master process.', default: '/run/nginx.pid' }),
      error_log: AbsolutePath({ description: 'Its main error log, where a failed reload leaves its only trace.', default: '/var/log/nginx/error.log' }),
      include_dir: AbsolutePath({ description: 'Directory of the generated files.', default: '/etc/nginx/greenroom' }),
      routes_dir: AbsolutePath({ description: 'Directory of the route markers; Nginx’s worker user must be able to traverse it.', default: '/var/lib/greenroom-agent/routes' }),
      reload: Type.Enum(['auto', 'signal', 'systemd'], { description: 'How a reload is asked for: SIGHUP to the master, or `systemctl reload nginx`. `auto`: a signal where the agent is root, else systemd.', default: 'auto' }),
      test: Type.Enum(['auto', 'direct', 'systemd'], { description: 'How Nginx is made to test its configuration, for which it wants to be root: by running it, or by starting the unit `greenroom-nginx-test.service`. `auto`: directly where the agent is root, else systemd.', default: 'auto' }),
      verify_listen: HostPort({
        description: 'Address in 127.0.0.0/8 of the generated server that proves what Nginx serves. Maintenance pages use the same port on the loopback addresses after it.',
        default: '127.0.0.1:9442',
      }),
      apply_timeout: Duration({ description: 'Longest time until a change is proven; then it is restored.', default: '10s' }),
      lingering_workers: Type.Integer({ description: 'A reload waits while more workers than this are still shutting down.', default: 8, minimum: 0 }),
      lingering_memory: Size({ description: 'A reload waits while workers that are shutting down hold more memory than this.', default: '1GiB' }),
      lingering_wait: Duration({ description: 'Longest such wait; then the operation has failed. A rollback never waits.', default: '30s' }),
      keep_generations: Type.Integer({ description: 'Generations of markers kept per service.', default: 5, minimum: 2, maximum: 100 }),
    }),
    services: Named('service-name', Service, { description: 'The services of this host.', default: {} }),
  },
  { additionalProperties: false, title: 'agent.toml' },
)

export type AgentConfig = StaticDecode<typeof AgentConfigSchema>
export type ServiceConfig = AgentConfig['services'][string]
export type HealthConfig = NonNullable<ServiceConfig['health']>
export type ProbeConfig = NonNullable<ServiceConfig['probe']>
export type CommandGateConfig = ServiceConfig['gates']['command'][number]
export type HttpGateConfig = ServiceConfig['gates']['http'][number]
