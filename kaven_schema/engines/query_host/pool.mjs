// The connections to one database, no more of them than the settings allow.

import { EngineError, poolTimedOut } from './errors.mjs';

export class Pool {
  #idle = [];
  #all = new Set();
  #waiting = [];
  #opening = 0;
  #closed = false;

  /** `open()` gives a connection; `onChange` hears of connections opened and closed. */
  constructor(settings, open, metrics) {
    this.settings = settings;
    this.open = open;
    this.metrics = metrics;
    this.lifetimeTimer = setInterval(() => this.#retire(), 1000);
    this.lifetimeTimer.unref();
  }

  get counts() {
    const open = this.#all.size;
    return { open, idle: this.#idle.length, busy: open - this.#idle.length, waiting: this.#waiting.length };
  }

  /** A connection for the caller alone, until it is released. Throws EngineError P2024, P1001 … */
  acquire() {
    const started = performance.now();
    const connection = this.#takeIdle();
    if (connection) {
      this.metrics.waited(0);
      return connection;
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, started, timer: undefined };
      const { connectionLimit, poolTimeout } = this.settings;
      if (poolTimeout) {
        waiter.timer = setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          reject(poolTimedOut(connectionLimit, poolTimeout));
        }, poolTimeout * 1000);
      }
      this.#waiting.push(waiter);
      this.#serve();
    });
  }

  release(connection) {
    if (connection.isBroken || this.#closed) {
      this.#remove(connection);
      connection.close();
    } else {
      this.#idle.push(connection);
      connection.idleSince = Date.now();
    }
    this.#serve();
  }

  #takeIdle() {
    return this.#waiting.length ? undefined : this.#idle.pop();
  }

  #serve() {
    while (this.#waiting.length && this.#idle.length) this.#hand(this.#idle.pop());
    const room = this.settings.connectionLimit - this.#all.size - this.#opening;
    const wanted = this.#waiting.length - this.#opening;
    for (let missing = Math.min(room, wanted); missing > 0; missing -= 1) this.#openOne();
  }

  #hand(connection) {
    const waiter = this.#next();
    this.metrics.waited(performance.now() - waiter.started);
    waiter.resolve(connection);
  }

  #next() {
    const waiter = this.#waiting.shift();
    clearTimeout(waiter.timer);
    return waiter;
  }

  async #openOne() {
    this.#opening += 1;
    try {
      const connection = await this.open();
      this.#opening -= 1;
      this.#admit(connection);
    } catch (error) {
      this.#opening -= 1;
      if (this.#waiting.length) this.#next().reject(error);
    }
    this.#serve();
  }

  #admit(connection) {
    this.#all.add(connection);
    this.metrics.opened();
    connection.onBroken = () => this.#remove(connection);
    if (this.#closed) connection.close();
    else if (connection.isBroken) this.#remove(connection);
    else this.#idle.push(connection);
    connection.idleSince = Date.now();
  }

  #remove(connection) {
    if (!this.#all.delete(connection)) return;
    this.metrics.closed();
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  #retire() {
    const now = Date.now();
    const { maxIdleLifetime, maxLifetime } = this.settings;
    const isOld = ({ openedAt, idleSince }) =>
      (maxIdleLifetime && now - idleSince > maxIdleLifetime * 1000) ||
      (maxLifetime && now - openedAt > maxLifetime * 1000);
    for (const connection of this.#idle.filter(isOld)) connection.close();
  }

  /** Drop every connection: what is being done on them is undone by the database. */
  reset() {
    for (const connection of [...this.#all]) connection.destroy();
  }

  close() {
    this.#closed = true;
    clearInterval(this.lifetimeTimer);
    for (const waiter of this.#waiting.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(new EngineError('P1017', 'Server has closed the connection.', {}));
    }
    for (const connection of [...this.#all]) connection.close();
  }
}
