// Interactive transactions: what the engine leaves to its host.

import { EngineError, transactionNotFound, transactionStatus, transactionTooLate } from './errors.mjs';

const NO_TIME = 'however 0 ms passed';
const REMEMBERED = 1000;
const ID = /^c[a-z0-9]{24}$/;

export class Transactions {
  #startedAt = new Map();

  /** `causes` tells what the engine's external errors stand for; `isolation` is the level by default. */
  constructor({ engine, causes, isolation }) {
    this.engine = engine;
    this.causes = causes;
    this.isolation = isolation;
  }

  /** The answer's text. Throws EngineError P2028, P2024, P1001 … */
  async start({ max_wait: maxWait, timeout, isolation_level: isolation = this.isolation }) {
    const options = JSON.stringify({ max_wait: maxWait, timeout, isolation_level: isolation });
    const started = this.engine.startTransaction(options);
    const text = this.#checked(await withinTime(started, maxWait, () => this.#abandon(started)));
    this.#remember(JSON.parse(text).id);
    return text;
  }

  #remember(id) {
    this.#startedAt.set(id, performance.now());
    if (this.#startedAt.size > REMEMBERED) this.#startedAt.delete(this.#startedAt.keys().next().value);
  }

  /** The module has no clock: what it says of the time that has passed is always 0. */
  withElapsed(text, id) {
    if (!text.includes(NO_TIME)) return text;
    const elapsed = Math.round(performance.now() - (this.#startedAt.get(id) ?? performance.now()));
    return text.replaceAll(NO_TIME, `however ${elapsed} ms passed`);
  }

  async #abandon(started) {
    try {
      const { id } = JSON.parse(await started);
      if (id) await this.engine.rollback(id);
    } catch {
      // It did not start either: there is nothing to undo, and nobody to tell.
    }
  }

  async commit(id) {
    return this.#checked(this.withElapsed(await this.engine.commit(checkId(id)), id));
  }

  async rollback(id) {
    return this.#checked(this.withElapsed(await this.engine.rollback(checkId(id)), id));
  }

  #checked(text) {
    const answer = JSON.parse(text);
    if (!answer || answer.message === undefined) return text;
    const cause = this.causes.take(answer);
    const { error_code: code, message, meta } = cause ? { ...cause.toJSON() } : answer;
    throw new EngineError(code, message, meta, { status: transactionStatus(meta?.error) });
  }
}

/** The engine crashes on what cannot be an id. */
export function checkId(id) {
  if (!ID.test(id)) throw transactionNotFound();
  return id;
}

function withinTime(promise, milliseconds, onTooLate) {
  if (!milliseconds) return promise;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(transactionTooLate());
      onTooLate();
    }, milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
