// Errors as the native engine words and numbers them: the client picks its exception class by the code.

export class EngineError extends Error {
  constructor(code, message, meta, { status = 200 } = {}) {
    super(message);
    this.code = code;
    this.meta = meta;
    this.status = status;
  }

  /** The body of an answer that is not one of GraphQL. */
  toJSON() {
    const known = this.code && { meta: this.meta, error_code: this.code };
    return { is_panic: false, message: this.message, ...known };
  }
}

/** The engine itself crashed: nothing that ran inside of it can be answered. */
export class PanicError extends EngineError {
  toJSON() {
    return { is_panic: true, message: this.message, backtrace: null };
  }
}

export function asEntry(error) {
  const told =
    error instanceof EngineError ? error : new EngineError(undefined, String(error?.message ?? error));
  return { error: told.meta?.error ?? told.message, user_facing_error: told.toJSON() };
}

export function asAnswer(error) {
  return JSON.stringify({ errors: [asEntry(error)] });
}

const CLOSED = new Set(['57P01', '57P02', '57P05', '25P03', '25P04']);
const SEEN_AS_CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/** What a connection's failure means, for one that had been opened. */
export function connectionLost(error) {
  if (error instanceof EngineError) return error;
  return new EngineError('P1017', 'Server has closed the connection.', {});
}

export function isConnectionLost(error) {
  return (
    CLOSED.has(error.code) ||
    SEEN_AS_CLOSED.has(error.code) ||
    /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(error.message)
  );
}

/** What the failure to open a connection means. */
export function cannotConnect(error, { host, port, user, database }) {
  if (error instanceof EngineError) return error;
  const at = { database_host: host, database_port: port };
  const make = MAKERS[error.code];
  if (make) return make({ host, port, user, database, at, message: error.message });
  if (/TLS|SSL|certificate|CERT/i.test(`${error.code} ${error.message}`)) {
    const message = error.message;
    return new EngineError('P1011', `Error opening a TLS connection: ${message}`, { message });
  }
  return MAKERS.unreachable({ host, port, at });
}

const MAKERS = {
  '28P01': badCredentials,
  28000: badCredentials,
  '3D000': ({ host, port, database }) =>
    new EngineError(
      'P1003',
      `Database \`${database}\` does not exist on the database server at \`${host}:${port}\`.`,
      { database_name: database, database_host: host, database_port: port },
    ),
  42501: ({ user, database }) =>
    new EngineError('P1010', `User \`${user}\` was denied access on the database \`${database}\``, {
      database_user: user,
      database_name: database,
    }),
  53300: ({ message }) =>
    new EngineError('P2037', `Too many database connections opened: ${message}`, { message }),
  unreachable: ({ host, port, at }) =>
    new EngineError(
      'P1001',
      `Can't reach database server at \`${host}\`:\`${port}\`\n\n` +
        `Please make sure your database server is running at \`${host}\`:\`${port}\`.`,
      at,
    ),
};

function badCredentials({ host, user }) {
  return new EngineError(
    'P1000',
    `Authentication failed against database server at \`${host}\`, the provided database credentials for ` +
      `\`${user}\` are not valid.\n\nPlease make sure to provide valid database credentials for the ` +
      `database server at \`${host}\`.`,
    { database_user: user, database_host: host },
  );
}

export function poolTimedOut(limit, seconds) {
  return new EngineError(
    'P2024',
    'Timed out fetching a new connection from the connection pool. More info: ' +
      `http://pris.ly/d/connection-pool (Current connection pool timeout: ${seconds}, ` +
      `connection limit: ${limit})`,
    { connection_limit: limit, timeout: seconds },
  );
}

export function operationTimedOut(seconds) {
  const context = 'Socket timeout (the database failed to respond to a query within the configured timeout).';
  return new EngineError('P1008', `Operations timed out after \`${seconds}s\`. Context: ${context}`, {
    time: `${seconds}s`,
    context,
  });
}

export function invalidConnectionString(details) {
  return new EngineError('P1013', `The provided database string is invalid. ${details}`, { details });
}

const NOT_FOUND =
  "Transaction not found. Transaction ID is invalid, refers to an old closed transaction Prisma doesn't " +
  'have information about anymore, or was obtained before disconnecting.';
const TOO_LATE = 'Unable to start a transaction in the given time.';

export const transactionNotFound = () => transactionError(NOT_FOUND);
export const transactionTooLate = () => transactionError(TOO_LATE);

function transactionError(error) {
  return new EngineError(
    'P2028',
    `Transaction API error: ${error}`,
    { error },
    { status: transactionStatus(error) },
  );
}

/** The status that the native engine answers a failed start, commit or rollback with. */
export function transactionStatus(reason) {
  if (reason === TOO_LATE) return 504;
  if (reason === NOT_FOUND) return 404;
  return reason?.startsWith('Transaction already closed') ? 422 : 500;
}
