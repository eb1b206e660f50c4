// A PostgreSQL connection string as Prisma reads it, with the options of its documentation.

import { readFileSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import { resolve } from 'node:path';

import { invalidConnectionString } from './errors.mjs';

const ISOLATION_LEVELS = ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'];
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Times in seconds, 0 for none. Never print the result: it holds the password. */
export function parseConnectionString(url, { folder, env }) {
  const { authority, path, parameters } = split(url);
  const { user, password, host, port } = splitAuthority(authority);
  const option = (name) => parameters.get(name) || undefined;
  const integer = (name, otherwise) => toInteger(name, option(name), otherwise);
  const pgbouncer = option('pgbouncer') === 'true';
  return {
    host: option('host') ?? (host || 'localhost'),
    port: toInteger('port', option('port') ?? port, 5432),
    user: user || userInfo().username,
    password,
    database: path || 'postgres',
    schema: option('schema') ?? 'public',
    tls: tlsOptions(option, folder),
    pgbouncer,
    statementCacheSize: pgbouncer ? 0 : integer('statement_cache_size', 100),
    connectionLimit: Math.max(1, integer('connection_limit', availableParallelism() * 2 + 1)),
    poolTimeout: integer('pool_timeout', 10),
    connectTimeout: integer('connect_timeout', 5),
    socketTimeout: integer('socket_timeout', 0),
    maxIdleLifetime: integer('max_idle_connection_lifetime', 300),
    maxLifetime: integer('max_connection_lifetime', 0),
    applicationName: option('application_name'),
    serverOptions: option('options'),
    isolation: isolationLevel(option('kaven_isolation') ?? env.KAVEN_ISOLATION),
  };
}

// Not `URL`: it refuses a user without a host, which is what a socket's connection string has.
function split(url) {
  const found = /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url ?? '');
  if (!found) {
    throw invalidConnectionString(
      'It must be of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE?schema=SCHEMA.',
    );
  }
  const [, authority, path = '', query = ''] = found;
  return { authority, path: decode(path), parameters: new URLSearchParams(query) };
}

function splitAuthority(authority) {
  const at = authority.lastIndexOf('@');
  const [user, ...password] = authority.slice(0, Math.max(at, 0)).split(':');
  const place = authority.slice(at + 1);
  if (place.includes(',')) throw invalidConnectionString('Several hosts are not supported.');
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place) ?? [];
  if (host === undefined) throw invalidConnectionString('Invalid port number in the database URL.');
  return {
    user: decode(user),
    password: decode(password.join(':')),
    host: decode(host).replace(/^\[(.*)\]$/, '$1'),
    port: port || undefined,
  };
}

function decode(text) {
  try {
    return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeURIComponent);
  } catch {
    throw invalidConnectionString('What it writes with % is not UTF-8.');
  }
}

function toInteger(name, text, otherwise) {
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw invalidConnectionString(`The option ${name} must be a whole number.`);
  return Number(text);
}

function isolationLevel(text) {
  if (!text) return undefined;
  const wanted = text.replace(/[\s_-]/g, '').toLowerCase();
  const level = ISOLATION_LEVELS.find((name) => name.toLowerCase() === wanted);
  if (level) return level;
  throw invalidConnectionString(
    'The isolation level must be one of ReadUncommitted, ReadCommitted, RepeatableRead, Serializable.',
  );
}

/** `required` says whether a server without TLS will do. */
function tlsOptions(option, folder) {
  const mode = option('sslmode') ?? 'prefer';
  if (!SSL_MODES.includes(mode)) throw invalidConnectionString(`The option sslmode is one of ${SSL_MODES}.`);
  if (mode === 'disable') return undefined;
  const strict = option('sslaccept') === 'strict' || mode.startsWith('verify');
  const read = (name) => readCredential(name, option(name), folder);
  return {
    required: mode !== 'prefer',
    context: {
      rejectUnauthorized: strict,
      ca: read('sslcert'),
      pfx: read('sslidentity'),
      passphrase: option('sslpassword'),
      ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    },
  };
}

function readCredential(name, file, folder) {
  if (!file) return undefined;
  try {
    return readFileSync(resolve(folder, file));
  } catch (error) {
    throw invalidConnectionString(`The file of ${name} cannot be read: ${file} (${error.code}).`);
  }
}
