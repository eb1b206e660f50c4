// What the server answers with: the engine, its database and what the host itself adds, put together.

import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

import { Causes, createAdapter } from './adapter.mjs';
import { answerOf, answerOfBatch, withCauses } from './answers.mjs';
import { openConnection } from './connection.mjs';
import { parseConnectionString } from './connection_string.mjs';
import { readSchema } from './datamodel.mjs';
import { Engine } from './engine.mjs';
import { EngineError } from './errors.mjs';
import { translate } from './graphql.mjs';
import { Metrics } from './metrics.mjs';
import { datasourceUrl, readDatamodel } from './options.mjs';
import { Pool } from './pool.mjs';
import { Transactions, checkId } from './transactions.mjs';
import { Types } from './values.mjs';

const PROVIDERS = new Set(['postgresql', 'postgres']);
const TRY_AGAIN = 250;
// A server that is starting up, or has no place free just now, is worth another try.
const PASSING = new Set(['P1001', 'P2037']);

const nothing = () => undefined;
const same = (value) => value;

export class Service {
  isReady = false;
  #attempt;
  #reported;
  #metrics = new Metrics();
  #causes = new Causes();

  constructor(options, env, log) {
    this.options = options;
    this.log = log;
    const { text, folder } = readDatamodel(options, env);
    const { datasource, models } = readSchema(text);
    if (!PROVIDERS.has(datasource?.provider)) {
      const provider = datasource?.provider ?? 'no';
      throw new EngineError(
        'P1012',
        `this engine is PostgreSQL's: the schema has ${provider} datasource`,
        {},
      );
    }
    this.models = models;
    this.datamodel = text;
    const url = datasourceUrl(datasource, options.datasources, env);
    this.settings = parseConnectionString(url, { folder, env });
  }

  /** Resolves once the engine answers and its database does. Throws the EngineError that is in the way. */
  ready() {
    return this.#attempt;
  }

  /** Resolves when the engine is ready. Throws what no waiting will change. */
  async start() {
    this.#concluded(this.#load());
    let problem;
    while ((problem = await this.#attempt.then(nothing, same))) {
      if (!PASSING.has(problem.code)) throw problem;
      await sleep(TRY_AGAIN);
      const again = this.#connect();
      await again.then(nothing, nothing);
      this.#concluded(again);
    }
  }

  // Until the next attempt has ended, the last one is what there is to tell.
  #concluded(attempt) {
    this.#attempt = attempt;
    attempt.then(
      () => (this.isReady = true),
      (error) => this.#report(error),
    );
  }

  #report(error) {
    if (error.code && error.message !== this.#reported) this.log.error(error);
    this.#reported = error.message;
  }

  async #load() {
    const load = createRequire(`${this.options.packages}/package.json`);
    const pg = load('pg');
    const types = new Types((text, parser) =>
      pg.types.arrayParser.create(text, (item) => parser(item)).parse(),
    );
    this.pool = new Pool(this.settings, () => openConnection(pg, this.settings, types), this.#metrics);
    this.#metrics.poolCounts = () => this.pool.counts;
    const adapter = createAdapter({
      pool: this.pool,
      types,
      causes: this.#causes,
      schema: this.settings.schema,
      onQuery: (sql, values, milliseconds) => {
        this.#metrics.datasourceQuery(milliseconds);
        this.log.query(sql, values, milliseconds);
      },
    });
    this.engine = new Engine({ datamodel: this.datamodel, adapter, load, onCrash: () => this.pool.reset() });
    const { isolation } = this.settings;
    this.transactions = new Transactions({ engine: this.engine, causes: this.#causes, isolation });
    // The first connection and the module take their time beside each other.
    await Promise.all([this.engine.start(), this.#connect()]);
  }

  async #connect() {
    this.pool.release(await this.pool.acquire());
  }

  /** The answer's text to a query or a batch of them. */
  async query(body, transaction) {
    if (transaction !== undefined) checkId(transaction);
    if (Array.isArray(body?.batch)) return this.#batch(body, transaction);
    const query = this.#translate(body);
    return this.#metrics.during(1, async () => {
      const text = await this.#ask(query.query, transaction);
      return withCauses(answerOf(text, query), this.#causes);
    });
  }

  async #ask(body, transaction) {
    const text = await this.engine.query(body, transaction);
    return transaction === undefined ? text : this.transactions.withElapsed(text, transaction);
  }

  async #batch({ batch, transaction: isTransaction, isolationLevel = this.settings.isolation }, transaction) {
    const queries = batch.map((body) => this.#translate(body));
    const level = isTransaction ? `,"transaction":${JSON.stringify({ isolationLevel })}` : '';
    const body = `{"batch":[${queries.map(({ query }) => query).join()}]${level}}`;
    return this.#metrics.during(queries.length, async () => {
      const text = await this.#ask(body, transaction);
      return withCauses(answerOfBatch(text, queries), this.#causes);
    });
  }

  #translate(body) {
    if (typeof body?.query !== 'string') {
      const message = 'Error parsing GraphQL query. It has no `query`.';
      throw new EngineError(undefined, message, undefined, { status: 422 });
    }
    const query = translate(body.query, this.models);
    if (query.raw && !this.options.rawQueries) {
      throw new EngineError('P2009', 'Raw queries are off: start the engine with --enable-raw-queries.', {});
    }
    return query;
  }

  startTransaction(options) {
    return this.transactions.start(options);
  }

  endTransaction(action, id) {
    return action === 'commit' ? this.transactions.commit(id) : this.transactions.rollback(id);
  }

  panic() {
    return this.engine.panic();
  }

  metrics(labels, isJson) {
    return isJson ? JSON.stringify(this.#metrics.toJSON(labels)) : this.#metrics.toPrometheus(labels);
  }

  close() {
    this.pool?.close();
  }
}
