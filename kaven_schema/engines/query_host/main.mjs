// Prisma's query engine for prisma-client-py, without native code: the program that the launcher starts.

import { stopWhenUnwanted } from './lifetime.mjs';
import { Log } from './log.mjs';
import { ENGINE_VERSION, USAGE, UsageError, readOptions } from './options.mjs';
import { createEngineServer } from './server.mjs';

const FAREWELL = 50;
// As long as the client goes on asking whether the engine is there.
const TOLD_WHY = 15_000;

async function main(argv, env) {
  const options = readOptions(argv, env);
  if (options.version) return print(`query-engine ${ENGINE_VERSION}`);
  if (options.help) return print(USAGE);
  const log = new Log(options);
  // Nobody has to read what is logged.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // The client looks every 100 ms whether somebody listens: what is asked early waits for the answer.
  const loading = load(options, env, log);
  const server = createEngineServer(loading, { ...options, version: ENGINE_VERSION });
  listen(server, options, log);
  stopWhenUnwanted(() => stop(server, loading));
  await loading;
  return undefined;
}

async function load(options, env, log) {
  const { Service } = await import('./service.mjs');
  const service = new Service(options, env, log);
  // A crash of the module surfaces wherever it was last called from.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => surviveCrash(error, service));
  }
  service.start().catch((error) => giveUp(error));
  return service;
}

function listen(server, { port, host }, log) {
  server.on('error', (error) => end(`cannot listen on port ${port}: ${error.code}`));
  server.listen(port, host, () => {
    const found = server.address();
    const place = { ip: found.address, port: found.port };
    log.info(`Started query engine http server on http://${found.address}:${found.port}`, place);
  });
}

function surviveCrash(error, service) {
  if (error instanceof WebAssembly.RuntimeError && service.isReady) service.engine.crashed();
  else end(error.stack ?? String(error));
}

function giveUp(error) {
  if (error.code) setTimeout(() => process.exit(1), TOLD_WHY).unref();
  else end(error.message);
}

/** Say goodbye to the database, which then undoes what is open, and go. */
function stop(server, loading) {
  server.close();
  server.closeAllConnections();
  loading.then((service) => service.close());
  setTimeout(() => process.exit(0), FAREWELL).unref();
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

function end(message) {
  process.stderr.write(`query-engine: ${message}\n`);
  process.exit(1);
}

main(process.argv.slice(2), process.env).catch((error) => {
  if (error instanceof UsageError) end(`${error.message}\n${USAGE}`);
  process.stderr.write(`${error.code ? JSON.stringify(error) : error.stack}\n`);
  process.exit(1);
});
