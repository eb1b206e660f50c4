// The native engine's HTTP interface, to this machine only.

import { createServer } from 'node:http';

import { EngineError, asAnswer } from './errors.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain; version=0.0.4' };

/** `service` is the promise of a Service; `metrics` and `debug` switch those parts of the interface on. */
export function createEngineServer(service, { metrics, debug, version }) {
  const routes = {
    'POST /': answerQuery,
    'GET /status': answerStatus,
    'GET /server_info': (request) =>
      request.send(
        200,
        JSON.stringify({ commit: version, version: '0.1.0', primary_connector: 'postgresql' }),
      ),
    ...(metrics && { 'GET /metrics': answerMetrics, 'POST /metrics': answerMetrics }),
  };
  const server = createServer({ noDelay: true, keepAlive: true, requestTimeout: 0, headersTimeout: 0 });
  server.keepAliveTimeout = 0;
  server.on('request', (incoming, outgoing) => {
    outgoing.sendDate = false;
    const request = new Request(incoming, outgoing, service, debug);
    const path = request.path;
    const route = path.startsWith('/transaction/') ? answerTransaction : routes[`${incoming.method} ${path}`];
    request.run(route ?? notFound);
  });
  return server;
}

class Request {
  constructor(incoming, outgoing, service, debug) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.loading = service;
    this.debug = debug;
    [this.path, this.search = ''] = incoming.url.split('?');
  }

  header(name) {
    return this.incoming.headers[name];
  }

  async run(route) {
    try {
      if (this.#comesFromBrowser()) this.send(403, '', TEXT_TYPE);
      else await this.#answer(route);
    } catch (error) {
      this.fail(error);
    }
  }

  async #answer(route) {
    this.service = await this.loading;
    await route(this);
  }

  // A page that a user looks at can post to any port of their machine: with SQL, were it not for this.
  #comesFromBrowser() {
    return this.header('origin') !== undefined || this.header('sec-fetch-site') !== undefined;
  }

  body() {
    return new Promise((resolve, reject) => {
      const chunks = [];
      this.incoming.on('data', (chunk) => chunks.push(chunk));
      this.incoming.on('end', () =>
        resolve(chunks.length === 1 ? chunks[0].toString() : String(Buffer.concat(chunks))),
      );
      this.incoming.on('error', reject);
    });
  }

  send(status, text, headers = JSON_TYPE) {
    this.outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
    this.outgoing.end(text);
  }

  fail(error) {
    const told = error instanceof EngineError ? error : new EngineError(undefined, String(error.message));
    this.send(told.status === 200 ? 500 : told.status, JSON.stringify(told));
  }
}

function notFound(request) {
  request.send(404, '', TEXT_TYPE);
}

async function answerStatus(request) {
  try {
    await request.service.ready();
    request.send(200, JSON.stringify({ status: 'ok', pid: process.pid }));
  } catch (error) {
    request.send(503, JSON.stringify(error));
  }
}

async function answerQuery(request) {
  if (request.debug && request.header('x-debug-fatal') !== undefined) process.exit(1);
  const text = await request.body();
  try {
    await request.service.ready();
    if (request.debug && request.header('x-debug-non-fatal') !== undefined) await request.service.panic();
    const body = parse(text, 'GraphQL query');
    request.send(200, await request.service.query(body, request.header('x-transaction-id')));
  } catch (error) {
    if (error.status === 422) throw error;
    request.send(200, asAnswer(error));
  }
}

async function answerTransaction(request) {
  const [, , id, action, ...rest] = request.path.split('/');
  const text = await request.body();
  await request.service.ready();
  const isStart = id === 'start' && action === undefined;
  if (
    request.incoming.method !== 'POST' ||
    rest.length ||
    !(isStart || ['commit', 'rollback'].includes(action))
  ) {
    request.send(400, `wrong transaction handler path: ${request.path}`, TEXT_TYPE);
    return;
  }
  const answer = isStart
    ? await request.service.startTransaction(parse(text, 'transaction options'))
    : await request.service.endTransaction(action, id);
  request.send(200, answer);
}

async function answerMetrics(request) {
  const text = await request.body();
  const labels = labelsOf(text);
  const isJson = request.search.includes('format=json');
  const answer = request.service.metrics(labels, isJson);
  request.send(200, answer, isJson ? JSON_TYPE : TEXT_TYPE);
}

function labelsOf(text) {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(text)));
  } catch {
    return {};
  }
}

function parse(text, what) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError(undefined, `Error parsing ${what}. ${error.message}`, undefined, { status: 422 });
  }
}
