/* A slide under a panel's drawing: OpenSeadragon fetches its pieces, the panel says where they lie. */

import { address } from "./server.js";
import { state } from "./state.js";

let library = null;

function openLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: "/static/vendor/openseadragon.min.js" });
    script.addEventListener("load", () => resolve(window.OpenSeadragon));
    script.addEventListener("error", reject);
    // It writes a style into the page, whose policy stops that, unless it finds its mark: an element
    // of this name, and of no language so that it is no style.
    const mark = document.createElementNS(null, "style");
    mark.setAttribute("data-openseadragon-mobile-css", "");
    document.head.append(mark, script);
  });
  return library;
}

export class Slide {
  /** `facts` say which part of which slide the case is; its mask is drawn where it is of the whole slide. */
  constructor(stage, facts, model) {
    this.id = facts.case;
    this.slide = facts.slide;
    this.model = model;
    this.element = document.createElement("div");
    this.element.className = "slide";
    stage.prepend(this.element);
    this.opened = this.#open();
  }

  async #open() {
    this.library = await openLibrary();
    this.viewer = this.library({
      element: this.element, tileSources: this.#sources(), drawer: "canvas",
      showNavigationControl: false, mouseNavEnabled: false, animationTime: 0, immediateRender: true,
      minZoomImageRatio: 0.01, maxZoomPixelRatio: 1000, visibilityRatio: 0,
    });
    // The panel takes keys and pointers for all panels at once.
    this.viewer.innerTracker.setTracking(false);
    this.viewer.canvas.tabIndex = -1;
    return new Promise((resolve) => this.viewer.addOnceHandler("open", resolve));
  }

  #sources() {
    const { width_px, height_px, piece_px, has_mask } = this.slide;
    const maxLevel = Math.ceil(Math.log2(Math.max(width_px, height_px)));
    const pieces = (what, more) => ({
      width: width_px, height: height_px, tileSize: piece_px, tileOverlap: 0, maxLevel,
      minLevel: Math.min(maxLevel, Math.floor(Math.log2(piece_px))),
      getTileUrl: (level, column, row) => address(`/pictures/${what}`, { case: this.id, halved: maxLevel - level, column, row, ...more }),
    });
    return [pieces("slide", {}), has_mask && this.model && pieces("slide_mask", { model: this.model })].filter(Boolean);
  }

  whenOpen(work) {
    this.opened.then(work, () => {});
  }

  /** Show what of the slide lies in the panel, where the case has its place; OpenSeadragon counts in slide widths. */
  move([left, top, width], panelWidth, panelHeight, showsMask) {
    if (!this.viewer?.isOpen()) return;
    const [partLeft, partTop, partWidth] = this.slide.part_px;
    const scale = width / partWidth; // screen pixels along one of the slide
    const across = this.slide.width_px * scale;
    const [x, y] = [partLeft * scale - left, partTop * scale - top];
    this.viewer.viewport.fitBounds(new this.library.Rect(x / across, y / across, panelWidth / across, panelHeight / across), true);
    this.viewer.world.getItemAt(1)?.setOpacity(showsMask ? Math.max(state().opacity, 0.25) : 0);
  }

  remove() {
    this.viewer?.destroy();
    this.element.remove();
  }
}
