/* One picture of the case view: a model's, or two models' with a divider between them. */

import { address } from "./server.js";
import { contentOf } from "./content.js";
import { drawErrors } from "./hatches.js";
import { drawOutline } from "./outlines.js";
import { make } from "./dom.js";
import { modelOf, number } from "./words.js";
import { Slide } from "./slide.js";
import { state } from "./state.js";

const SHARP_FROM = 3; // screen pixels a picture's pixel, from which its edges are shown

export class Panel {
  /** `models` has one id, or two for a swipe: the first left of the divider. */
  constructor(study, models, title) {
    this.study = study;
    this.models = models;
    this.canvas = make("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "a picture that is on its way");
    this.said = make("p", { className: "panel-said" });
    this.stage = make("div", { className: "stage" }, this.canvas, this.said);
    this.element = make("figure", { className: "panel" }, make("figcaption", {}, title), this.stage);
    this.contents = [];
    new ResizeObserver(() => this.draw()).observe(this.stage);
  }

  /** Load and draw; what was drawn stays until the new content is there. */
  async show({ facts, ...wanted }) {
    this.wanted = wanted.id;
    this.layer = wanted.layer;
    try {
      const contents = await Promise.all(this.models.map((model) => contentOf({ ...wanted, study: this.study, model })));
      if (this.wanted !== wanted.id || this.layer.id !== wanted.layer.id) return;
      this.contents = contents;
      this.said.textContent = this.#words();
      this.canvas.setAttribute("aria-label", `${wanted.layer.label} of ${wanted.id}, ${this.#labels()}`);
    } catch (error) {
      this.contents = [];
      this.said.textContent = `This picture cannot be shown: ${error.message}`;
    }
    this.#useSlide(facts);
    this.draw();
  }

  #useSlide(facts) {
    if (facts?.slide && this.slide?.id === facts.case) return;
    this.slide?.remove();
    this.slide = facts?.slide ? new Slide(this.stage, facts, this.models[0]) : null;
    this.slide?.whenOpen(() => this.draw());
  }

  #words() {
    const said = this.contents.map((one, side) => {
      const whose = this.contents.length === 2 ? `${modelOf(this.study, this.models[side]).label}: ` : "";
      return one.missing ?? (one.clipped ? `${whose}${this.layer.isDifference ? beyondBoth(one) : beyond(one)}` : "");
    });
    return said.filter(Boolean).join("; ");
  }

  #labels = () => this.models.map((id) => modelOf(this.study, id)?.label ?? "no model").join(" against ");

  draw() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth) return;
    // A finger scrolls the page over a whole picture, and moves one that is enlarged.
    this.stage.style.touchAction = state().zoom === 1 ? "pan-y" : "none";
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (!this.contents.length) return;
    const border = Math.round(width * state().divider);
    this.contents.forEach((content, side) => {
      context.save();
      context.beginPath();
      if (this.contents.length === 2) context.rect(side ? border : 0, 0, side ? width - border : border, height);
      else context.rect(0, 0, width, height);
      context.clip();
      this.#drawContent(context, content, ratio, modelOf(this.study, this.models[side])?.colour);
      context.restore();
    });
    if (this.slide && !this.slide.slide.has_mask) this.#drawFrame(context, ratio);
    this.slide?.move(this.place(), clientWidth, clientHeight, this.layer.needs === "masks");
  }

  #drawContent(context, content, ratio, colour) {
    const place = this.place().map((length) => length * ratio);
    context.imageSmoothingEnabled = place[2] / content.width < SHARP_FROM;
    if (!this.slide) context.drawImage(content.image, ...place);
    const { opacity } = state();
    context.imageSmoothingEnabled = true;
    context.globalAlpha = opacity;
    if (content.colours) context.drawImage(content.colours, ...place);
    if (content.errors && this.layer.id === "errors") drawErrors(context, content.errors, place, ratio);
    context.globalAlpha = Math.max(opacity, 0.25);
    if (content.outline && !this.slide?.slide.has_mask) drawOutline(context, content.outline, place, colour, ratio);
    if (content.reference) drawOutline(context, content.reference, place, "#fff", ratio);
  }

  /** Show where on its slide the case ends: beyond, no model was asked. */
  #drawFrame(context, ratio) {
    const place = this.place().map((length) => length * ratio);
    context.lineWidth = ratio;
    for (const [colour, dashes] of [["#15191d", []], ["#fff", [6 * ratio, 6 * ratio]]]) {
      context.strokeStyle = colour;
      context.setLineDash(dashes);
      context.strokeRect(...place);
    }
    context.setLineDash([]);
  }

  /** Left, top, width and height of the picture in the panel, in its own pixels. */
  place() {
    const { zoom, center_x, center_y } = state();
    const { width, height } = this.contents[0] ?? { width: 1, height: 1 };
    const scale = zoom * Math.min(this.stage.clientWidth / width, this.stage.clientHeight / height);
    const size = [width * scale, height * scale];
    return [this.stage.clientWidth / 2 - center_x * size[0], this.stage.clientHeight / 2 - center_y * size[1], ...size];
  }

  /** A place on the screen as shares of the picture. */
  sharesAt(x, y) {
    const box = this.stage.getBoundingClientRect();
    const [left, top, width, height] = this.place();
    return [(x - box.left - left) / width, (y - box.top - top) / height];
  }
}

const shareOf = (clipped) => (clipped < 0.01 ? "under 1 %" : `${Math.round(100 * clipped)} %`);

/** Colours end where the scale does: what lies outside looks like its ends. */
function beyond({ clipped, scale }) {
  const below = scale.low < 0 ? `below ${number(scale.low)} or ` : "";
  return `${shareOf(clipped)} of the map is ${below}above ${number(scale.limit)}`;
}

function beyondBoth({ clipped }) {
  return `${shareOf(clipped)} of one of the maps lies outside their scale: there its end is subtracted`;
}

/** Have the browser fetch the picture of a case that is likely to be next. */
export function fetchAhead(id, longest) {
  new Image().src = address("/pictures/image", { case: id, longest });
}
