/* A study that goes on: its version is asked for, and new results are shown when people want them. */

import { announce, find } from "./dom.js";
import { ask } from "./server.js";
import { forgetContent } from "./content.js";
import { forgetPictures } from "./pictures.js";

const RUNNING_MS = 5_000;
const FINISHED_MS = 60_000;

export function watchStudy(session, reload) {
  const button = find("#news");
  let newest = session.study;
  const look = async () => {
    try {
      if (!document.hidden) newest = await ask("/api/study");
    } catch {
      // A server that is away for a while may come back.
    }
    if (newest.version !== session.study.version && button.hidden) {
      button.hidden = false;
      announce("New results: a button at the top shows them");
    }
    setTimeout(look, newest.is_running ? RUNNING_MS : FINISHED_MS);
  };
  setTimeout(look, newest.is_running ? RUNNING_MS : FINISHED_MS);
  button.addEventListener("click", () => {
    const isSameShape = JSON.stringify([newest.models, newest.columns]) === JSON.stringify([session.study.models, session.study.columns]);
    // Models or columns that are new have their place in every part of the page.
    if (!isSameShape) location.reload();
    Object.assign(session.study, newest);
    button.hidden = true;
    forgetPictures();
    forgetContent();
    reload();
  });
}
