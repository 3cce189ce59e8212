/** Text, numbers and colours that all panels share. */
import { Bug } from '@honyaku/contracts';
import { type Look } from './panel.ts';

export const colours = {
  page: '#f4f5f5',
  panel: '#ffffff',
  edge: '#dcdfe4',
  text: '#24292e',
  faint: '#6b7280',
} as const;

/** Colours that dashboards call by name. */
const named: Readonly<Record<string, string>> = {
  green: '#2e8b57',
  orange: '#d9822b',
  red: '#c9372c',
  text: colours.text,
};

export function namedColour(name: string | undefined): string {
  return named[name ?? 'text'] ?? colours.text;
}

interface TextStyle {
  readonly size: number;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: number;
}

/** A line of text as SVG; `y` is its base line. */
export function svgText(
  text: string,
  x: number,
  y: number,
  { size, fill = colours.text, anchor = 'start', weight = 400 }: TextStyle,
): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escaped(text)}</text>`;
}

/** As much of the text as fits into the width, by the mean width of a letter. */
export function fitting(text: string, width: number, size: number): string {
  const letters = Math.max(1, Math.floor(width / (size * 0.56)));
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

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

/** A number as Grafana writes it, for the units that our dashboards use. @throws Bug for a unit that is not listed here */
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
