/* Numbers and names as people and expressions write them. */

export function number(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size >= 1000 || Number.isInteger(value)) return value.toLocaleString("en", { maximumFractionDigits: 0 });
  if (size >= 10) return value.toFixed(1);
  if (size > 0 && size < 0.001) return value.toExponential(1);
  return value.toFixed(size >= 1 ? 2 : 3);
}

export const count = (value) => value.toLocaleString("en");

/** A column's name as an expression takes it: names with dashes need quotes. */
export function asExpression(column) {
  const plain = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/;
  if (plain.test(column.name)) return column.name;
  return `${column.metric}[${JSON.stringify(column.model)}]`;
}

/** Both conditions, whatever words join their parts. */
export function both(where, more) {
  if (!where.trim()) return more;
  if (!more.trim()) return where;
  const whole = (one) => (/\bor\b/.test(one) ? `(${one})` : one);
  return `${whole(where)} and ${whole(more)}`;
}

/** The filter with a range of a column added, narrowed if it has one; an end that is null is none. */
export function narrowed(where, expression, low, high) {
  const fromBelow = low === null ? where : bounded(where, `${expression} >=`, low, Math.max);
  return high === null ? fromBelow : bounded(fromBelow, `${expression} <=`, high, Math.min);
}

function bounded(where, condition, value, nearer) {
  const named = condition.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const known = new RegExp(`(?<![\\w.])${named} (-?[\\d.e+-]+)`).exec(where);
  if (!known) return both(where, `${condition} ${short(value)}`);
  return where.replace(known[0], () => `${condition} ${short(nearer(value, Number(known[1])))}`);
}

/** Four digits, as far as they say anything: of a spacing that a file holds in single precision. */
export const short = (value) => String(Number(value.toPrecision(4)));

/** A metric's name without its underscores; errors have Roman numbers in statistics. */
export const spoken = (name) => name.replaceAll("_", " ").replace("type1", "type I").replace("type2", "type II");

export function columnLabel(study, name) {
  const column = study.columns.find((one) => one.name === name);
  if (!column) return name;
  const model = study.models.find((one) => one.id === column.model);
  const unit = column.unit && !column.unit.startsWith("see ") ? ` (${column.unit})` : "";
  return model ? `${spoken(column.metric)}${unit}, ${model.label}` : `${spoken(column.metric)}${unit}`;
}

export const modelOf = (study, id) => study.models.find((one) => one.id === id);
