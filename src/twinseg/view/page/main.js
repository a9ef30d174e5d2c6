/* Start reading here: the study, its list of cases, and the parts of the page that show them. */

import { announce, find } from "./dom.js";
import { ask } from "./server.js";
import { onChange, startState, state } from "./state.js";
import { CaseList } from "./case_list.js";
import { CaseView } from "./case_view.js";
import { Grid } from "./grid.js";
import { count } from "./words.js";
import { shownColumns } from "./choices.js";
import { showAsk } from "./ask.js";
import { showBar } from "./bar.js";
import { showDialogs } from "./dialog.js";
import { showFigure } from "./figure.js";
import { showFilter } from "./filter.js";
import { showHelp } from "./help.js";
import { showPlots } from "./plots.js";
import { watchStudy } from "./running.js";

const QUESTION = ["where", "sort", "descending", "columns", "models", "metric"];

async function start() {
  const study = await ask("/api/study");
  document.title = `${study.title} - twinseg view`;
  find("#title").textContent = study.title;
  startState({ models: startModels(study), metric: startMetric(study) });
  if (!study.cases) return tellEmpty(study);
  const session = { study, list: null };
  session.grid = new Grid(study);
  session.view = new CaseView(session);
  session.filter = showFilter(session);
  session.plots = showPlots(session);
  showBar(session);
  showDialogs();
  showAsk(session);
  showFigure(session);
  showHelp();
  showFindOnSmallScreens();
  watchStudy(session, () => load(session, state().rank));
  onChange((changed) => followState(session, changed));
  await load(session, state().rank);
  return undefined;
}

function startModels(study) {
  return study.twins.length ? study.twins : study.models.slice(0, 2).map((one) => one.id);
}

function startMetric(study) {
  const metrics = study.columns.filter((one) => one.model).map((one) => one.metric);
  return metrics.includes("dice") || !metrics.length ? "dice" : metrics[0];
}

function followState(session, changed) {
  const isOther = QUESTION.some((name) => changed.has(name));
  if (isOther) load(session, changed.has("rank") || changed.has("case") ? state().rank : 0);
  else if (changed.has("case")) showCase(session);
}

/** Ask the question that the state holds; what was shown stays until the answer is there. */
async function load(session, rank) {
  const { where, sort, descending } = state();
  const list = new CaseList({ where, sort, descending, columns: shownColumns(session.study) });
  session.opening?.close();
  session.opening = list;
  try {
    await list.open();
  } catch (error) {
    if (error.name !== "AbortError") session.filter.refuse(error.message);
    return;
  }
  if (session.opening !== list) return;
  session.list = list;
  session.filter.accept();
  tellCount(session.study, list.total);
  showPlace();
  session.grid.show(list, rank);
  session.plots.renew();
  showCase(session);
}

/** Either all cases or one: the other takes no room, and asks for no pictures. */
function showPlace() {
  const isOpen = state().case !== "";
  find("#case").hidden = !isOpen;
  find("#cases").hidden = isOpen;
  document.body.classList.toggle("is-case", isOpen);
  return isOpen;
}

function tellCount(study, total) {
  const words = total === study.cases ? `${count(total)} ${total === 1 ? "case" : "cases"}` : `${count(total)} of ${count(study.cases)} cases`;
  find("#count").textContent = words;
  find("#open-compare").textContent = `Compare on ${total === 1 ? "this case" : `these ${count(total)}`}`;
  find("#open-compare").disabled = !total;
  find("#sheet").dataset.empty = total ? "" : "No case fits this filter.";
  announce(`${words} found`);
}

async function showCase(session) {
  if (showPlace()) await session.view.show(state().case);
  else if (session.view.id !== undefined) {
    session.grid.focus(session.view.rank ?? session.grid.current);
    session.view.close();
    if (session.isFlagChanged && state().where.includes("flagged")) load(session, state().rank);
    session.isFlagChanged = false;
  }
}

function showFindOnSmallScreens() {
  const button = find("#open-find");
  button.addEventListener("click", () => {
    const isOpen = document.body.classList.toggle("finds");
    button.setAttribute("aria-expanded", isOpen);
  });
  onChange((changed) => {
    if (!["where", "sort", "descending"].some((name) => changed.has(name))) return;
    document.body.classList.remove("finds");
    button.setAttribute("aria-expanded", "false");
  });
}

function tellEmpty(study) {
  find("main").replaceChildren();
  find("nav").hidden = true;
  const wait = "Nothing is scored yet: cases appear here as soon as the first model is.";
  const run = "There are no cases here: finish the study with `twinseg run`, or name folders of masks with `--predictions NAME=FOLDER`.";
  find("main").append(Object.assign(document.createElement("p"), { className: "empty", textContent: study.is_running ? wait : run }));
  if (study.is_running) setTimeout(() => location.reload(), 10_000);
}

start().catch((error) => {
  find("#problem").hidden = false;
  find("#problem").textContent = error.message;
});
