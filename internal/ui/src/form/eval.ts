import { birth, days, isCredit, isDate, isPhone, trim, years } from "./kinds";
import type { Answers, Json, Node, Values } from "./types";

/** Scope is what an expression sees. */
export interface Scope {
  values: Values;
  answers: Answers;
  /** today is a day such as 2026-11-22. */
  today: string;
  /** item is the row looked at, in a function over rows. */
  item?: Json;
}

/** holds tells whether an expression is true; only true itself is. Without an expression it is. */
export function holds(node: Node | undefined, scope: Scope): boolean {
  return !node || evaluate(node, scope) === true;
}

/**
 * evaluate gives an expression's value. It never fails: what is missing, or
 * makes no sense, is null. The platform does the same in eval.go.
 */
export function evaluate(node: Node, scope: Scope): Json {
  const args = node.a ?? [];
  const value = (i: number) => evaluate(args[i] as Node, scope);
  const name = String(node.v);
  switch (node.k) {
    case "lit":
      return node.v ?? null;
    case "name":
      return own(name === "answers" ? { answers: { ...scope.answers } } : scope.values, name);
    case "member":
      return own(value(0), name);
    case "item":
      return scope.item ?? null;
    case "list":
      return args.map((_, i) => value(i));
    case "if":
      return value(0) === true ? value(1) : value(2);
    case "op":
      return operator(name, args.length, value);
    case "each":
      return each(name, value(0), args[1] as Node, scope);
    case "call":
      return invoke(
        name,
        args.map((_, i) => value(i)),
        scope.today,
      );
    default:
      return null;
  }
}

function own(from: Json, name: string): Json {
  if (typeof from !== "object" || from === null || Array.isArray(from)) return null;
  return Object.keys(from).includes(name) ? (from[name] ?? null) : null;
}

function operator(name: string, operands: number, value: (i: number) => Json): Json {
  const left = value(0);
  switch (name) {
    case "not":
      return left !== true;
    case "and":
      return left === true && value(1) === true;
    case "or":
      return left === true || value(1) === true;
    case "??":
      return left ?? value(1);
    case "-":
      if (operands === 1) return arithmetic("-", 0, left);
  }
  return binary(name, left, value(1));
}

function binary(name: string, left: Json, right: Json): Json {
  switch (name) {
    case "==":
      return same(left, right);
    case "!=":
      return !same(left, right);
    case "<":
      return order(left, right) === -1;
    case ">":
      return order(left, right) === 1;
    case "<=":
      return order(left, right) === -1 || order(left, right) === 0;
    case ">=":
      return order(left, right) === 1 || order(left, right) === 0;
    case "in":
      return Array.isArray(right) && right.some((member) => same(left, member));
    case "contains":
      return both(left, right, (l, r) => l.includes(r));
    case "startsWith":
      return both(left, right, (l, r) => l.startsWith(r));
    case "endsWith":
      return both(left, right, (l, r) => l.endsWith(r));
    case "matches":
      return both(left, right, (l, r) => new RegExp(r, "u").test(l));
    default:
      return arithmetic(name, left, right);
  }
}

function both(left: Json, right: Json, test: (l: string, r: string) => boolean): boolean {
  return typeof left === "string" && typeof right === "string" && test(left, right);
}

/** same tells whether two are equal; lists and objects equal nothing. */
function same(left: Json, right: Json): boolean {
  const l = left ?? null;
  return l === (right ?? null) && (l === null || typeof l !== "object");
}

/** order compares two numbers, or two texts by their code points; undefined where there is no order. */
function order(left: Json, right: Json): number | undefined {
  if (typeof left === "number" && typeof right === "number") return Math.sign(left - right);
  if (typeof left !== "string" || typeof right !== "string") return undefined;
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const d = (a[i]?.codePointAt(0) ?? 0) - (b[i]?.codePointAt(0) ?? 0);
    if (d !== 0) return Math.sign(d);
  }
  return Math.sign(a.length - b.length);
}

function arithmetic(name: string, left: Json, right: Json): Json {
  if (name === "+" && typeof left === "string") return typeof right === "string" ? left + right : null;
  if (typeof left !== "number" || typeof right !== "number") return null;
  switch (name) {
    case "+":
      return finite(left + right);
    case "-":
      return finite(left - right);
    case "*":
      return finite(left * right);
    case "/":
      return finite(left / right);
    default:
      return finite(left % right);
  }
}

function finite(n: number): number | null {
  return Number.isFinite(n) ? n + 0 : null; // no negative zero
}

function each(name: string, rows: Json, body: Node, scope: Scope): Json {
  if (!Array.isArray(rows)) return null;
  const found = rows.map((item) => evaluate(body, { ...scope, item }));
  const count = found.filter((v) => v === true).length;
  switch (name) {
    case "sum":
      return found.reduce<Json>((sum, v) => arithmetic("+", sum, v), 0);
    case "count":
      return count;
    case "any":
      return count > 0;
    case "none":
      return count === 0;
    default:
      return count === rows.length;
  }
}

function invoke(name: string, [a, b]: Json[], today: string): Json {
  const text = typeof a === "string" ? a : "";
  switch (name) {
    case "today":
      return today;
    case "len":
      return typeof a === "string" ? [...a].length : Array.isArray(a) ? a.length : null;
    case "round":
      return round(a, b);
    case "days":
      return days(text, typeof b === "string" ? b : "");
    case "isIDNumber":
      return birth(text, today) !== null;
    case "isCreditCode":
      return isCredit(text);
    case "isPhone":
      return isPhone(text);
    case "isDate":
      return isDate(text);
    case "trim":
      return typeof a === "string" ? trim(a) : null;
    case "birth":
      return birth(text, today);
    case "age":
      return years(birth(text, today) ?? "", today);
    default:
      return years(text, today);
  }
}

function round(x: Json, digits: Json): Json {
  if (typeof x !== "number" || typeof digits !== "number") return null;
  if (!Number.isInteger(digits) || digits < 0 || digits > 6) return null;
  let scale = 1;
  for (let i = 0; i < digits; i++) scale *= 10;
  return finite(Math.floor(x * scale + 0.5) / scale);
}
