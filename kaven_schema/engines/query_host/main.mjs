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
  const { Service } = await import('./service.mjs');
  const service = new Service(options, env, log);
  const server = createEngineServer(service, { ...options, version: ENGINE_VERSION });
  // Nobody has to read what is logged.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // A crash of the module surfaces wherever it was last called from.
  process.on('uncaughtException', (error) => surviveCrash(error, service));
  process.on('unhandledRejection', (error) => surviveCrash(error, service));
  server.on('error', (error) => end(`cannot listen on port ${options.port}: ${error.code}`));
  server.listen(options.port, options.host, () => {
    const { address, port } = server.address();
    log.info(`Started query engine http server on http://${address}:${port}`, { ip: address, port });
  });
  stopWhenUnwanted(() => stop(server, service));
  service.start().catch((error) => giveUp(error));
  return undefined;
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
function stop(server, service) {
  server.close();
  server.closeAllConnections();
  service.close();
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
