/* All cases as thumbnails: only those in sight exist, however many there are. */

import { adjust, go, onChange, state } from "./state.js";
import { find, settled } from "./dom.js";
import { linesOf, Tile } from "./tile.js";

const NARROWEST_PX = 168;
const WORDS_PX = 50;
const LINE_PX = 16;
const GAP_PX = 10;
const ROWS_BEYOND = 2;

export class Grid {
  constructor(study) {
    this.study = study;
    this.scroller = find("#grid");
    this.sheet = find("#sheet");
    this.tiles = new Map();
    this.spare = [];
    this.current = state().rank;
    this.keepRank = settled(() => this.#keepRank(), 250);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
    this.sheet.addEventListener("click", (event) => this.#click(event));
    this.sheet.addEventListener("focusin", (event) => this.#focused(event));
    new ResizeObserver(() => this.#measure()).observe(this.scroller);
    onChange((changed) => this.#changed(changed));
  }

  /** Show another list, at a rank. */
  show(list, rank) {
    this.list = list;
    this.current = Math.min(rank, Math.max(0, list.total - 1));
    this.#recycleAll();
    this.columns = 0;
    this.#measure();
    this.jump(rank);
  }

  jump(rank) {
    if (!this.columns) return;
    this.current = rank;
    this.scroller.scrollTop = Math.floor(rank / this.columns) * this.rowHeight;
    this.#fill();
  }

  /** Draw what is in sight again, after models or opinions changed. */
  renew() {
    this.#recycleAll();
    this.#fill();
  }

  focus(rank) {
    this.#measure();
    if (!this.columns || !this.list.total) return;
    const row = Math.floor(rank / this.columns) * this.rowHeight;
    const isAbove = row < this.scroller.scrollTop;
    if (isAbove || row + this.rowHeight > this.scroller.scrollTop + this.scroller.clientHeight) {
      this.scroller.scrollTop = isAbove ? row : row + this.rowHeight - this.scroller.clientHeight;
    }
    this.current = rank;
    this.#fill();
    this.tiles.get(rank)?.link.focus({ preventScroll: true });
  }

  #measure() {
    const width = this.scroller.clientWidth - GAP_PX;
    if (width <= 0 || !this.list) return;
    const columns = Math.max(2, Math.floor(width / NARROWEST_PX));
    const first = this.#firstRank();
    this.width = width / columns;
    this.rowHeight = Math.round(this.width - GAP_PX + WORDS_PX + LINE_PX * Math.max(0, linesOf(this.study, this.list.columns).length - 1) + GAP_PX);
    const isNew = columns !== this.columns;
    this.columns = columns;
    this.sheet.style.height = `${Math.ceil(this.list.total / columns) * this.rowHeight + GAP_PX}px`;
    this.tiles.forEach((tile) => this.#put(tile));
    if (isNew) this.scroller.scrollTop = Math.floor(first / columns) * this.rowHeight;
    this.#fill();
  }

  #firstRank() {
    if (!this.columns) return state().rank;
    return Math.round(this.scroller.scrollTop / this.rowHeight) * this.columns;
  }

  #put(tile) {
    const left = GAP_PX + (tile.rank % this.columns) * this.width;
    const top = GAP_PX + Math.floor(tile.rank / this.columns) * this.rowHeight;
    tile.element.style.width = `${this.width - GAP_PX}px`;
    tile.element.style.height = `${this.rowHeight - GAP_PX}px`;
    tile.element.style.transform = `translate(${left}px, ${top}px)`;
  }

  #fill() {
    if (!this.columns || !this.scroller.clientHeight) return;
    const top = Math.floor(this.scroller.scrollTop / this.rowHeight) - ROWS_BEYOND;
    const rows = Math.ceil(this.scroller.clientHeight / this.rowHeight) + 2 * ROWS_BEYOND;
    const from = Math.max(0, top) * this.columns;
    const to = Math.min(this.list.total, (top + rows) * this.columns);
    for (const [rank, tile] of this.tiles) if (rank < from || rank >= to) this.#recycle(rank, tile);
    for (let rank = from; rank < to; rank += 1) this.#stand(rank);
    this.#setTabStop(from, to);
  }

  #stand(rank) {
    let tile = this.tiles.get(rank);
    if (!tile) {
      tile = this.spare.pop() ?? new Tile(this.study);
      this.tiles.set(rank, tile);
      tile.rank = rank;
      this.#put(tile);
      this.#insert(tile);
    }
    const row = this.list.here(rank);
    tile.show(rank, row, this.list);
    if (!row) this.#fetch(rank);
  }

  /** Tiles stand in the document as they are read. */
  #insert(tile) {
    const isFirst = !this.sheet.firstChild || tile.rank < Number(this.sheet.firstChild.dataset.rank);
    tile.element.dataset.rank = tile.rank;
    if (isFirst) {
      this.sheet.prepend(tile.element);
      return;
    }
    let before = this.sheet.lastChild;
    while (before && Number(before.dataset.rank) > tile.rank) before = before.previousSibling;
    before.after(tile.element);
  }

  #fetch(rank) {
    const { list } = this;
    list.row(rank).then(() => list === this.list && this.#showArrived(), () => {});
  }

  #showArrived() {
    for (const [rank, tile] of this.tiles) {
      const row = tile.row ? null : this.list.here(rank);
      if (row) tile.show(rank, row, this.list);
    }
  }

  #recycle(rank, tile) {
    if (tile.element.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
    tile.clear();
    tile.element.remove();
    this.tiles.delete(rank);
    this.spare.push(tile);
  }

  #recycleAll() {
    const hadFocus = this.sheet.contains(document.activeElement);
    for (const [rank, tile] of this.tiles) this.#recycle(rank, tile);
    if (hadFocus) this.scroller.focus({ preventScroll: true });
  }

  /** One tile takes part in the order of tabs; arrow keys go from tile to tile. */
  #setTabStop(from, to) {
    const stop = this.current >= from && this.current < to ? this.current : from;
    for (const [rank, tile] of this.tiles) tile.link.tabIndex = rank === stop ? 0 : -1;
  }

  #scrolled() {
    requestAnimationFrame(() => this.#fill());
    this.keepRank();
  }

  #keepRank() {
    if (!this.scroller.clientHeight || !this.columns) return;
    const first = this.#firstRank();
    const isInFirstRow = this.current >= first && this.current < first + this.columns;
    adjust({ rank: isInFirstRow ? this.current : first });
  }

  #focused(event) {
    const rank = Number(event.target.closest(".tile").dataset.rank);
    if (rank === this.current) return;
    this.current = rank;
    for (const [other, tile] of this.tiles) tile.link.tabIndex = other === rank ? 0 : -1;
  }

  #click(event) {
    const tile = this.tiles.get(Number(event.target.closest(".tile")?.dataset.rank));
    if (!tile?.row) return;
    if (event.target === tile.box) this.#choose(tile, event.shiftKey);
    else if (event.target.closest("a") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      go({ case: tile.row.case });
    }
  }

  /** One case, or with Shift all from the one before to it. */
  async #choose({ rank, row }, isRange = false) {
    const { chosen } = state();
    const from = isRange ? this.lastChosen ?? rank : rank;
    this.lastChosen = rank;
    const ranks = Array.from({ length: Math.abs(rank - from) + 1 }, (_, place) => Math.min(rank, from) + place);
    const ids = (await Promise.all(ranks.map((one) => this.list.row(one)))).map((one) => one.case);
    const isTaken = chosen.includes(row.case);
    const others = chosen.filter((one) => !ids.includes(one));
    adjust({ chosen: isTaken ? others : [...others, ...ids] });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = this.columns * Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight));
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, PageUp: -page, PageDown: page };
    const ends = { Home: 0, End: this.list.total - 1 };
    const row = this.list.here(this.current);
    if (event.key === "x" && row) this.#choose({ rank: this.current, row });
    else if (event.key in ends) this.focus(ends[event.key]);
    else if (event.key in steps) {
      const rank = this.current + steps[event.key];
      if (rank >= 0 && rank < this.list.total) this.focus(rank);
    } else return;
    event.preventDefault();
  }

  #changed(changed) {
    if (changed.has("models")) this.renew();
    if (changed.has("chosen")) this.#markChosen();
  }

  #markChosen() {
    const { chosen } = state();
    for (const tile of this.tiles.values()) {
      tile.box.checked = tile.row !== null && chosen.includes(tile.row.case);
      tile.element.classList.toggle("is-chosen", tile.box.checked);
    }
  }
}
