/** Numbers as Grafana writes them, for the units that our dashboards use. */
import { Bug } from '@honyaku/contracts';
import { type Look } from './panel.ts';

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const thousands = ['', 'K', 'Mil', 'Bil'];

const units: Readonly<Record<string, (value: number, decimals?: number) => string>> = {
  none: (value, decimals) => rounded(value, decimals),
  short: (value, decimals) => scaled(value, 1000, thousands, decimals),
  bytes: (value, decimals) => scaled(value, 1024, binary, decimals),
  Bps: (value, decimals) => `${scaled(value, 1024, binary, decimals)}/s`,
  percentunit: (value, decimals) => `${rounded(value * 100, decimals)}%`,
  reqps: (value, decimals) => `${scaled(value, 1000, thousands, decimals)} req/s`,
  ops: (value, decimals) => `${scaled(value, 1000, thousands, decimals)} ops/s`,
  s: duration,
};

/** @throws Bug for a unit that is not listed here */
export function valueText(value: number, { unit, decimals, mappings }: Look): string {
  const mapped = mappings.map(({ options }) => options[String(value)]).find((result) => result !== undefined);
  if (mapped) return mapped.text;
  const write = units[unit];
  if (!write) throw new Bug(`no way to write the unit ${unit}`);
  return Number.isFinite(value) ? write(value, decimals) : String(value);
}

function rounded(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  return String(Number(value.toPrecision(3)));
}

function scaled(value: number, base: number, names: readonly string[], decimals?: number): string {
  const power = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(base) + Number.EPSILON);
  const index = Math.min(names.length - 1, Math.max(0, power));
  return `${rounded(value / base ** index, decimals)} ${names[index] ?? ''}`.trimEnd();
}

function duration(seconds: number, decimals?: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${rounded(seconds * 1e6, decimals)} µs`;
  if (size < 1) return `${rounded(seconds * 1e3, decimals)} ms`;
  if (size < 60) return `${rounded(seconds, decimals)} s`;
  if (size < 3600) return `${rounded(seconds / 60, decimals)} min`;
  if (size < 86_400) return `${rounded(seconds / 3600, decimals)} h`;
  return `${rounded(seconds / 86_400, decimals)} d`;
}
