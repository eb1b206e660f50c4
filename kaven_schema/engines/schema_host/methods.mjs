// The methods of the native engine's JSON-RPC, on the engine in WebAssembly.

import { bindMigrationAwareSqlAdapterFactory, forgetSchemaEngine, loadSchemaEngine } from './packages.mjs'
import { databaseFactory, stubFactory } from './factories.mjs'
import { parseUrl, quoted, withClient } from './connection.mjs'
import { UserFacingError, migrationFailure } from './errors.mjs'
import { migrationNames, migrationsList, writeMigration } from './folder.mjs'
import { datasourceOf, madeUpSchema, withUrl } from './schemas.mjs'

const filters = { externalTables: [], externalEnums: [] }

/** What the process was started on; engines are made when a method first needs them. */
export class Host {
  constructor(files, print) {
    this.files = files
    this.print = print
    this.engine = null
    this.scriptError = null
  }

  /** The answer to one request. */
  call(method, params = {}) {
    const known = Object.hasOwn(METHODS, method)
    if (!known) throw Object.assign(new Error(`Method not found: ${method}`), { rpcCode: -32601 })
    return METHODS[method](this, params ?? {})
  }

  /** Go on with a new engine after a panic. */
  restart() {
    this.engine = null
    forgetSchemaEngine()
  }

  source() {
    if (this.files.length === 0) throw new UserFacingError('P1012', 'the engine was started without a schema')
    return datasourceOf(this.files)
  }

  /** The engine on the database that the schema names. */
  async main() {
    if (this.engine === null) {
      const { url, shadow } = this.source()
      const onScriptError = (error, script) => (this.scriptError = { error, script })
      this.engine = await makeEngine(this.files, databaseFactory(url, { url: shadow }, onScriptError))
    }
    return this.engine
  }
}

async function makeEngine(files, factory) {
  const SchemaEngine = await loadSchemaEngine()
  const datamodels = withUrl({ files }).files.map((file) => [file.path, file.content])
  const bound = bindMigrationAwareSqlAdapterFactory(factory)
  const options = { datamodels: datamodels.length ? datamodels : undefined }
  const engine = await named(bound, () => SchemaEngine.new(options, () => {}, bound))
  return new Proxy(engine, {
    get: (target, name) =>
      typeof target[name] === 'function' ? (input) => named(bound, () => target[name](input)) : undefined,
  })
}

/** The engine tells of what was thrown outside of it by number. */
async function named(bound, work) {
  try {
    return await work()
  } catch (error) {
    const number = /External error id#(\d+)/.exec(error.message)
    const thrown = number ? bound.errorRegistry.consumeError(Number(number[1]))?.error : undefined
    if (thrown === undefined) throw error
    if (thrown.code?.startsWith?.('P')) throw thrown
    error.message = error.message.replace(number[0], thrown.stack)
    throw error
  }
}

const byPath = ({ migrationsDirectoryPath }) => ({ migrationsList: migrationsList(migrationsDirectoryPath), filters })

const METHODS = {
  applyMigrations,
  createDatabase,
  createMigration,
  dbExecute,
  debugPanic: async () => {
    throw Object.assign(new Error('This is the debugPanic artificial panic'), { name: 'PanicError' })
  },
  devDiagnostic: async (host, params) => (await host.main()).devDiagnostic(byPath(params)),
  diagnoseMigrationHistory,
  diff,
  ensureConnectionValidity: async (host, { datasource }) => {
    await withClient(parseUrl(urlOf(datasource)), async () => {})
    return {}
  },
  evaluateDataLoss: async (host, params) =>
    (await host.main()).evaluateDataLoss({ ...byPath(params), schema: withUrl(params.schema) }),
  getDatabaseVersion: async (host, { datasource } = {}) => {
    const url = datasource ? urlOf(datasource) : host.source().url
    return withClient(parseUrl(url), async (client) => (await client.query('SELECT version()')).rows[0].version)
  },
  introspect: async (host, params) => {
    const { url } = datasourceOf(params.schema.files)
    const engine = await makeEngine(params.schema.files, databaseFactory(url))
    return engine.introspect({ namespaces: null, ...params, schema: withUrl(params.schema) })
  },
  listMigrationDirectories: async (host, { migrationsDirectoryPath }) => ({
    migrations: migrationNames(migrationsDirectoryPath),
  }),
  markMigrationApplied: async (host, params) =>
    (await host.main()).markMigrationApplied({
      migrationName: params.migrationName,
      migrationsList: migrationsList(params.migrationsDirectoryPath),
    }),
  markMigrationRolledBack: async (host, params) => (await host.main()).markMigrationRolledBack(params),
  reset: async (host) => {
    await (await host.main()).reset({ filter: filters })
    return {}
  },
  schemaPush: async (host, params) => {
    const engine = host.files.length ? await host.main() : await engineOf(params.schema.files)
    return engine.schemaPush({ filters, ...params, schema: withUrl(params.schema) })
  },
}

function engineOf(files) {
  const { url, shadow } = datasourceOf(files)
  return makeEngine(files, databaseFactory(url, { url: shadow }))
}

/** `Schema` and `ConnectionString` of a DatasourceParam, `schema` and `url` of others. */
function urlOf(datasource) {
  return datasource.url ?? datasourceOf(datasource.files).url
}

async function createMigration(host, params) {
  const engine = await host.main()
  const answer = await engine.createMigration({
    ...byPath(params),
    draft: params.draft,
    migrationName: params.migrationName,
    schema: withUrl(params.schema),
  })
  return { generatedMigrationName: writeMigration(params.migrationsDirectoryPath, answer) }
}

async function diagnoseMigrationHistory(host, params) {
  const engine = await host.main()
  const answer = await engine.diagnoseMigrationHistory({
    ...byPath(params),
    optInToShadowDatabase: params.optInToShadowDatabase,
  })
  return { drift: null, errorInUnappliedMigration: null, ...answer }
}

/** The native engine's words where a script fails; which one it was stands in the table. */
async function applyMigrations(host, params) {
  const engine = await host.main()
  host.scriptError = null
  try {
    return await engine.applyMigrations(byPath(params))
  } catch (error) {
    throw host.scriptError ? await failedMigration(host).catch(() => error) : error
  }
}

async function failedMigration(host) {
  const parsed = parseUrl(host.source().url)
  const { rows } = await withClient(parsed, (client) =>
    client.query(
      `SELECT migration_name AS name FROM ${quoted(parsed.schema)}."_prisma_migrations"` +
        ' WHERE finished_at IS NULL AND rolled_back_at IS NULL ORDER BY started_at DESC LIMIT 1',
    ),
  )
  return migrationFailure(rows[0].name, host.scriptError.error, host.scriptError.script)
}

async function createDatabase(host, { datasource }) {
  return { databaseName: await createDatabaseOf(urlOf(datasource)) }
}

/** Create the database and the schema of a URL, unless they exist; the database's name. */
export async function createDatabaseOf(url) {
  const parsed = parseUrl(url)
  const { database } = parsed.config
  const beside = { ...parsed, config: { ...parsed.config, database: 'postgres' } }
  await withClient(beside, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (found.rowCount) {
      throw new UserFacingError(
        'P1009',
        `Database \`${database}\` already exists on the database server at ` +
          `\`${parsed.config.host}:${parsed.config.port}\``,
      )
    }
    await client.query(`CREATE DATABASE ${quoted(database)}`)
  })
  await withClient(parsed, (client) => client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(parsed.schema)}`))
  return database
}

async function dbExecute(host, { datasourceType, script }) {
  const parsed = parseUrl(urlOf(datasourceType))
  await withClient(parsed, async (client) => {
    await client.query(`SET search_path = ${quoted(parsed.schema)}`)
    await client.query(script)
  })
  return null
}

const PROVIDER = 'provider = "postgresql"\n'

const isLive = ({ tag }) => tag === 'url' || tag === 'schemaDatasource'

async function diff(host, params) {
  const targets = [params.from, params.to]
  const live = targets.filter(isLive)
  const replays = targets.some(({ tag }) => tag === 'migrations')
  if (live.length === 2) return diffOfTwo(host, params)
  const shadow = { url: params.shadowDatabaseUrl ?? null }
  const source = targets.flatMap(({ files }) => files ?? []).concat(host.files)
  if (replays && source.length) Object.assign(shadow, shadowOf(source, shadow.url))
  const factory = live.length ? databaseFactory(urlOf(live[0]), shadow) : stubFactory(shadow)
  return finishDiff(host, factory, params, engineTarget(params.from), engineTarget(params.to))
}

/** The shadow that the schema names if the request does not, and the database that it must not be. */
function shadowOf(files, url) {
  try {
    const source = datasourceOf(files)
    return { url: url ?? source.shadow, spared: source.url }
  } catch {
    return { url } // a diff of schemas does not need to know where a database is
  }
}

/** The engine knows one database. It looks at the other one as the shadow of no migrations at all. */
function diffOfTwo(host, params) {
  const factory = databaseFactory(urlOf(params.from), { live: urlOf(params.to) })
  const lockfile = { path: 'migration_lock.toml', content: PROVIDER }
  const to = { tag: 'migrations', baseDir: '', lockfile, shadowDbInitScript: '', migrationDirectories: [] }
  return finishDiff(host, factory, params, engineTarget(params.from), to)
}

async function finishDiff(host, factory, params, from, to) {
  const files = [from, to].find(({ tag }) => tag.startsWith('schemaData'))?.files ?? []
  const engine = await makeEngine(files, factory)
  const { exitCode, stdout } = await engine.diff({
    from,
    to,
    script: params.script,
    exitCode: params.exitCode ?? null,
    shadowDatabaseUrl: null,
    filters,
  })
  await host.print(stdout ?? '')
  return { exitCode, stdout: null }
}

/** The engine asks a folder without its lock file what it is for. */
function withProvider(list) {
  const content = list.lockfile.content ?? PROVIDER
  return { ...list, lockfile: { ...list.lockfile, content } }
}

function engineTarget(target) {
  switch (target.tag) {
    case 'url':
      return { tag: 'schemaDatasource', ...madeUpSchema(target.url) }
    case 'migrations':
      return { tag: 'migrations', ...withProvider(migrationsList(target.path)) }
    case 'schemaDatamodel':
    case 'schemaDatasource':
      return withUrl(target)
    default:
      return target
  }
}
