/* A slide under a panel's drawing: OpenSeadragon fetches its tiles, the panel says where they lie. */

let library = null;

function openLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: "/static/vendor/openseadragon.min.js" });
    script.addEventListener("load", () => resolve(window.OpenSeadragon));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return library;
}

export class Slide {
  constructor(stage, number) {
    this.number = number;
    this.element = document.createElement("div");
    this.element.className = "slide";
    stage.prepend(this.element);
    this.opened = this.#open();
  }

  async #open() {
    this.library = await openLibrary();
    this.viewer = this.library({
      element: this.element, tileSources: `/slides/${encodeURIComponent(this.number)}.dzi`, drawer: "canvas",
      showNavigationControl: false, mouseNavEnabled: false, animationTime: 0, immediateRender: true,
      minZoomImageRatio: 0.01, maxZoomPixelRatio: 1000, visibilityRatio: 0,
    });
    // The panel takes keys and pointers for all panels at once.
    this.viewer.innerTracker.setTracking(false);
    this.viewer.canvas.tabIndex = -1;
    return new Promise((resolve) => this.viewer.addOnceHandler("open", resolve));
  }

  whenOpen(work) {
    this.opened.then(work, () => {});
  }

  /** Show the part of the slide that lies in the panel; OpenSeadragon counts in slide widths. */
  move([left, top, width], panelWidth, panelHeight) {
    if (!this.viewer?.isOpen()) return;
    const part = new this.library.Rect(-left / width, -top / width, panelWidth / width, panelHeight / width);
    this.viewer.viewport.fitBounds(part, true);
  }

  remove() {
    this.viewer?.destroy();
    this.element.remove();
  }
}
