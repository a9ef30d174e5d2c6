/* Elements made from values. Text is always text: ids of cases may hold any characters. */

export const find = (selector, inside = document) => inside.querySelector(selector);

export function make(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for parts of a drawing, whose properties are all attributes. */
export function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A button of a word or a sign; `label` says what it does, for those who hear it or point at it. */
export function button(words, label, work) {
  const made = make("button", { type: "button", textContent: words, title: label });
  if (!label.startsWith(words)) made.setAttribute("aria-label", label);
  made.addEventListener("click", work);
  return made;
}

function fill(made, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && !name.includes("-")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Said by screen readers, shown to nobody else. */
export function announce(words) {
  find("#announced").textContent = words;
}

/** Call `work` once calls have stopped for a while. */
export function settled(work, wait_ms) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait_ms);
  };
}

export const isTyping = (event) => event.target.closest?.("input:not([type=checkbox], [type=range]), textarea, select") !== null;
