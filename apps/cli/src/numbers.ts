/** Numbers as people read them. */

/** `149.26`; NaN and infinities as their names. */
export function perplexityText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 1e6 ? value.toExponential(2) : value.toFixed(2);
}

/** `0:42`, `12:05`, `1:02:03`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const padded = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

/** `3.4 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? 'B'}`;
}

/** A hyperparameter's value as a person compares it; `honyaku --json` has all digits. */
export function settingText(value: string | number | boolean): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}

/** `1 epoch`, `2 epochs`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2026-01-31 09:05:00` of an ISO timestamp in UTC. */
export function timeText(timestamp: string): string {
  return timestamp.replace('T', ' ').slice(0, 19);
}
