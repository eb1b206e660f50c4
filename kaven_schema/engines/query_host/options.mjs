// What the command line and the environment ask for: the flags and variables of the native engine.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { EngineError } from './errors.mjs';

export const ENGINE_VERSION = '393aa359c9ad4a4bb28630fb5613f9c281cde053';

export const USAGE = `usage: query-engine [--version] [-p PORT] [--host ADDRESS] [--enable-metrics]
                    [--enable-raw-queries] [--enable-debug-mode] [--log-queries]
                    [--datamodel-path FILE] [--overwrite-datasources JSON]`;

const FLAGS = {
  '-V': 'version',
  '--version': 'version',
  '-h': 'help',
  '--help': 'help',
  '-m': 'metrics',
  '--enable-metrics': 'metrics',
  '-r': 'rawQueries',
  '--enable-raw-queries': 'rawQueries',
  '-d': 'debug',
  '--enable-debug-mode': 'debug',
  '--debug': 'debug',
  '--log-queries': 'logQueries',
  '-g': 'ignored',
  '--enable-playground': 'ignored',
  '--legacy': 'ignored',
  '--enable-open-telemetry': 'ignored',
  '--enable-telemetry-in-response': 'ignored',
};

const VALUES = {
  '-p': 'port',
  '--port': 'port',
  '-H': 'host',
  '--host': 'host',
  '--packages': 'packages',
  '--datamodel-path': 'datamodelPath',
  '--overwrite-datasources': 'datasources',
  '--engine-protocol': 'ignored',
  '--log-format': 'logFormat',
  '--open-telemetry-endpoint': 'ignored',
};

export class UsageError extends Error {}

// The native engine listens where it is told; this one never beyond this machine.
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export function readOptions(argv, env) {
  const options = {
    port: env.PORT || '4466',
    host: '127.0.0.1',
    datamodelPath: env.PRISMA_DML_PATH,
    datasources: env.OVERWRITE_DATASOURCES,
    logQueries: isOn(env.LOG_QUERIES),
    logFormat: env.RUST_LOG_FORMAT,
    logLevel: env.RUST_LOG || 'error',
    ...readArguments(argv),
  };
  options.port = Number(options.port);
  if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65535) {
    throw new UsageError('the port is a number from 0 to 65535');
  }
  if (!LOOPBACK.has(options.host)) {
    throw new UsageError(`only this machine's own addresses are served: ${[...LOOPBACK].join(', ')}`);
  }
  return options;
}

function readArguments(argv) {
  const found = {};
  for (let index = 0; index < argv.length; index += 1) {
    const [name, ...rest] = argv[index].split('=');
    if (FLAGS[name] && !rest.length) {
      found[FLAGS[name]] = true;
    } else if (VALUES[name] && (rest.length || index + 1 < argv.length)) {
      found[VALUES[name]] = rest.length ? rest.join('=') : argv[(index += 1)];
    } else {
      throw new UsageError(`cannot make sense of ${argv[index]}`);
    }
  }
  return found;
}

function isOn(value) {
  return Boolean(value) && !['0', 'false', 'n', 'no', 'off'].includes(value.toLowerCase());
}

/** The schema's text, and the folder that paths in the connection string start from. */
export function readDatamodel(options, env) {
  if (options.datamodelPath) {
    try {
      return { text: readFileSync(options.datamodelPath, 'utf8'), folder: dirname(options.datamodelPath) };
    } catch (error) {
      throw new UsageError(`cannot read the schema ${options.datamodelPath}: ${error.code}`);
    }
  }
  if (env.PRISMA_DML) return { text: decode(env.PRISMA_DML), folder: '.' };
  throw new UsageError('no schema: set PRISMA_DML_PATH to the file');
}

/** The URL of the schema's datasource: an override's, else the schema's own. */
export function datasourceUrl(datasource, overrides, env) {
  const override = parseOverrides(overrides).find(({ name }) => name === datasource.name);
  if (override) return override.url;
  const { variable, value } = datasource.url;
  if (variable === undefined) return value;
  if (env[variable]) return env[variable];
  const problem = variable in env ? 'resolved to an empty string' : 'not found';
  const message = `error: Environment variable ${problem}: ${variable}.`;
  throw new EngineError('P1012', message, { full_error: message });
}

function parseOverrides(text) {
  if (!text) return [];
  try {
    return JSON.parse(decode(text));
  } catch {
    throw new UsageError('OVERWRITE_DATASOURCES is not the JSON of a list of datasources');
  }
}

// The native engine takes both forms, and so do its clients use both.
function decode(text) {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) return text;
  return Buffer.from(text, 'base64').toString('utf8');
}
