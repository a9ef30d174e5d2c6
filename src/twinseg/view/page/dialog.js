/* One dialog for all that is asked beside the cases. */

import { find } from "./dom.js";

export function showDialogs() {
  find("#close-dialog").addEventListener("click", () => find("#dialog").close());
  find("#dialog").addEventListener("click", (event) => event.target === find("#dialog") && find("#dialog").close());
}

export function openDialog(title, ...content) {
  find("#dialog-title").textContent = title;
  find("#dialog-body").replaceChildren(...content);
  if (!find("#dialog").open) find("#dialog").showModal();
}

export const closeDialog = () => find("#dialog").close();
