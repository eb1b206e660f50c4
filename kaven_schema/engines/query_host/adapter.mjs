// What the engine calls to reach the database: Prisma's driver adapter interface, on a pool.

import { connectionLost } from './errors.mjs';

const ok = (value) => ({ ok: true, value });
const failed = (error) => ({ ok: false, error });

/** The engine knows a failure that is not PostgreSQL's own by a number: here is what it stands for. */
export class Causes {
  #known = new Map();
  #last = 0;

  keep(error) {
    this.#last = (this.#last + 1) % 2 ** 31;
    this.#known.set(this.#last, error);
    return this.#last;
  }

  /** The cause of an error of the engine's, once; undefined if it has another one. */
  take({ error_code: code, meta }) {
    if (code !== 'P2036') return undefined;
    const cause = this.#known.get(meta?.id);
    this.#known.delete(meta?.id);
    return cause;
  }
}

/**
 * `host` has: pool, types, causes, schema, onQuery(sql, args, milliseconds).
 *
 * The engine calls these functions without their object: nothing here may need `this`.
 */
export function createAdapter(host) {
  const acquire = async (use) => {
    try {
      return await use(await host.pool.acquire());
    } catch (error) {
      return lost(host, error);
    }
  };
  const run = (sql, args, read) =>
    acquire(async (connection) => {
      try {
        return await runOn(host, connection, sql, args, read);
      } finally {
        host.pool.release(connection);
      }
    });
  return {
    ...queryable(host, run),
    getConnectionInfo: () => ok({ schemaName: host.schema }),
    startTransaction: () => acquire((connection) => ok(createTransaction(host, connection))),
  };
}

function createTransaction(host, connection) {
  let isOver = false;
  const end = async () => {
    if (!isOver) host.pool.release(connection);
    isOver = true;
    return ok(undefined);
  };
  const run = async (sql, args, read) => {
    if (isOver) return sql === 'ROLLBACK' ? ok(0) : lost(host, new Error('the transaction is over'));
    const answer = await runOn(host, connection, sql, args, read);
    // The engine does not give back the connection of a transaction whose end failed.
    if (!answer.ok && (sql === 'COMMIT' || sql === 'ROLLBACK')) await end();
    return answer;
  };
  return { ...queryable(host, run), options: { usePhantomQuery: false }, commit: end, rollback: end };
}

function queryable({ types }, run) {
  return {
    provider: 'postgres',
    adapterName: 'kaven',
    queryRaw: ({ sql, args }) => run(sql, args, (result) => rowsOf(result, types)),
    executeRaw: ({ sql, args }) => run(sql, args, ({ rowCount }) => ok(rowCount ?? 0)),
  };
}

async function runOn(host, connection, sql, args, read) {
  const started = performance.now();
  try {
    const { result, error } = await connection.query(sql, args);
    return error ? failed(refusal(error)) : read(result);
  } catch (error) {
    return lost(host, error);
  } finally {
    host.onQuery(sql, args, performance.now() - started);
  }
}

function rowsOf({ fields, rows }, types) {
  const columnTypes = fields.map((field) => types.columnType(field.dataTypeID));
  const unknown = columnTypes.indexOf(undefined);
  if (unknown < 0) return ok({ columnNames: fields.map((field) => field.name), columnTypes, rows });
  const type = types.name(fields[unknown].dataTypeID) ?? 'unknown';
  return failed({ kind: 'UnsupportedNativeDataType', type });
}

function refusal({ code, severity, message, detail, column, hint }) {
  return { kind: 'Postgres', code, severity, message, detail, column, hint };
}

function lost(host, error) {
  return failed({ kind: 'GenericJs', id: host.causes.keep(connectionLost(error)) });
}
