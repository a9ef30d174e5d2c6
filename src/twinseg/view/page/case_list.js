/* The cases of one question in their order, fetched in pages when somebody looks at them. */

import { ask } from "./server.js";

const PAGE = 100;

export class CaseList {
  constructor({ where, sort, descending, columns }) {
    this.question = { where, sort, descending: descending ? 1 : 0 };
    this.columns = columns;
    this.total = 0;
    this.pages = new Map();
    this.stopper = new AbortController();
  }

  /** Fetch the first page; rejects if the server cannot read the question. */
  async open() {
    await this.page(0);
  }

  close() {
    this.stopper.abort();
  }

  /** The row at a rank, if it is here already. */
  here(rank) {
    return this.pages.get(Math.floor(rank / PAGE))?.rows?.[rank % PAGE];
  }

  async row(rank) {
    const rows = await this.page(Math.floor(rank / PAGE));
    return rows[rank % PAGE];
  }

  page(index) {
    const known = this.pages.get(index);
    if (known) return known.promise;
    const kept = { rows: null };
    kept.promise = this.#fetch(index).then((rows) => (kept.rows = rows));
    this.pages.set(index, kept);
    kept.promise.catch(() => this.pages.delete(index));
    return kept.promise;
  }

  async #fetch(index) {
    const wanted = { ...this.question, offset: index * PAGE, limit: PAGE, columns: this.columns.join(",") };
    const answer = await ask("/api/cases", wanted, this.stopper.signal);
    this.total = answer.total;
    return answer.rows;
  }

  async rankOf(id) {
    for (const { rows } of this.pages.values()) {
      const found = rows?.find((row) => row.case === id);
      if (found) return found.rank;
    }
    return (await ask("/api/rank", { case: id, ...this.question }, this.stopper.signal)).rank;
  }

  setFlag(id, flag) {
    for (const { rows } of this.pages.values()) {
      const found = rows?.find((row) => row.case === id);
      if (found) found.flag = flag;
    }
  }
}
