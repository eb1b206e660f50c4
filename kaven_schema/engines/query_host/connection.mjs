// One connection to PostgreSQL: how it is opened, and how a statement is run on it.

import { cannotConnect, connectionLost, isConnectionLost, operationTimedOut } from './errors.mjs';
import { STRANGERS } from './values.mjs';

const STALE_PLAN = new Set(['0A000', '26000']);
// The engine's own, without parameters: one message and one answer, nothing to prepare.
const CONTROL = /^(?:BEGIN|COMMIT|ROLLBACK|SET TRANSACTION ISOLATION LEVEL [A-Z ]+)$/;

/** Open a connection, with TLS if the server has it unless the settings say otherwise. */
export async function openConnection(pg, settings, types) {
  const { tls } = settings;
  const isSocket = settings.host.startsWith('/');
  try {
    return await connect(pg, settings, types, isSocket ? undefined : tls?.context);
  } catch (error) {
    const unsupported = /does not support SSL/.test(error.message);
    if (!unsupported || tls.required) throw cannotConnect(error, settings);
  }
  try {
    return await connect(pg, settings, types, undefined);
  } catch (error) {
    throw cannotConnect(error, settings);
  }
}

async function connect(pg, settings, types, tls) {
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password: () => settings.password,
    ssl: tls ? { ...tls } : false,
    keepAlive: true,
    connectionTimeoutMillis: settings.connectTimeout * 1000,
  });
  client.getStartupConf = () => startupOptions(settings);
  const connection = new Connection(client, settings, types);
  try {
    await client.connect();
    return connection;
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
}

// PgBouncer takes these few only; without it the rest saves a query each.
function startupOptions({ user, database, applicationName, pgbouncer, schema, isolation, serverOptions }) {
  const wanted = { user, database, client_encoding: 'UTF8', DateStyle: 'ISO' };
  if (applicationName) wanted.application_name = applicationName;
  if (pgbouncer) return wanted;
  wanted.search_path = `"${schema.replaceAll('"', '""')}"`;
  if (isolation) wanted.default_transaction_isolation = isolation.replace(/\B[A-Z]/g, ' $&').toLowerCase();
  if (serverOptions) wanted.options = serverOptions;
  return wanted;
}

export class Connection {
  #client;
  #types;
  #statements = new Map();
  #named = 0;

  constructor(client, { statementCacheSize, socketTimeout }, types) {
    this.#client = client;
    this.#types = types;
    this.statementCacheSize = statementCacheSize;
    this.socketTimeout = socketTimeout;
    this.openedAt = Date.now();
    this.isBroken = false;
    this.onBroken = () => {};
    // Without a listener the failure of an idle connection would end the process.
    client.on('error', () => this.#break());
    client.on('end', () => this.#break());
  }

  #break() {
    if (this.isBroken) return;
    this.isBroken = true;
    this.onBroken();
  }

  /** Columns, their types and rows, or what PostgreSQL refused it with. Throws EngineError. */
  async query(sql, values) {
    try {
      const result = await this.#run(sql, values);
      await this.#meet(result);
      return { result };
    } catch (error) {
      if (isConnectionLost(error) || typeof error.severity !== 'string') {
        this.#break();
        throw connectionLost(error);
      }
      return { error };
    }
  }

  async #run(sql, values) {
    if (!values.length && CONTROL.test(sql)) return this.#send({ text: sql });
    const name = this.#statementName(sql);
    try {
      return await this.#send({ name, text: sql, values, queryMode: 'extended' });
    } catch (error) {
      if (!name || !STALE_PLAN.has(error.code)) throw error;
      this.#forget(sql);
      if (this.#client.getTransactionStatus?.() !== 'I') throw error;
      return this.#send({ text: sql, values, queryMode: 'extended' });
    }
  }

  #send(query) {
    const sent = this.#client.query({ ...query, rowMode: 'array', types: this.#types });
    return this.socketTimeout ? this.#withTimeout(sent) : sent;
  }

  #withTimeout(sent) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(operationTimedOut(this.socketTimeout));
        this.destroy();
      }, this.socketTimeout * 1000);
      sent.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** The name under which PostgreSQL keeps this statement, most recently used last. */
  #statementName(sql) {
    if (!this.statementCacheSize) return undefined;
    let name = this.#statements.get(sql);
    if (name) this.#statements.delete(sql);
    else if (this.#statements.size >= this.statementCacheSize)
      this.#forget(this.#statements.keys().next().value);
    name ??= `s${(this.#named += 1)}`;
    this.#statements.set(sql, name);
    return name;
  }

  #forget(sql) {
    const name = this.#statements.get(sql);
    this.#statements.delete(sql);
    delete this.#client.connection.parsedStatements[name];
    this.#client.connection.close({ type: 'S', name });
  }

  /** Ask about types that were not seen before: enums and what extensions bring. */
  async #meet({ fields, rows }) {
    const strangers = this.#types.strangers(fields);
    if (!strangers.length) return;
    const asked = await this.#send({ text: STRANGERS, values: [strangers] });
    for (const [oid, name, kind, element] of asked.rows) {
      this.#types.learn({ oid: Number(oid), name, kind, element });
    }
    fields.forEach(({ dataTypeID: oid }, index) => {
      const parse = strangers.includes(oid) && this.#types.parser(oid);
      if (!parse) return;
      for (const row of rows) row[index] = row[index] === null ? null : parse(row[index]);
    });
  }

  close() {
    this.#break();
    this.#client.end().catch(() => {});
  }

  /** At once, without a word to the server: what it is doing for us is lost. */
  destroy() {
    this.#break();
    this.#client.connection.stream.destroy();
  }
}
