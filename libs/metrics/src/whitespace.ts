/**
 * White space as Python's str methods understand it. Scores must equal those of sacreBLEU, which is Python,
 * and JavaScript's `\s` and `trim` differ: they leave out U+001C to U+001F and U+0085 and take in U+FEFF.
 */
const characters = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const run = new RegExp(`[${characters}]+`);
const leading = new RegExp(`^[${characters}]+`);
// The look-behind keeps the search linear: without it each inner run is tried from each of its characters.
const trailing = new RegExp(`(?<![${characters}])[${characters}]+$`);

/** The words between runs of white space, as `text.split()` in Python. */
export function splitOnWhitespace(text: string): string[] {
  return text.split(run).filter((word) => word !== '');
}

/** As `text.rstrip()` in Python. */
export function trimEnd(text: string): string {
  return text.replace(trailing, '');
}

/** As `text.strip()` in Python. */
export function trim(text: string): string {
  return trimEnd(text).replace(leading, '');
}
