/** Text and colours that all panels share. */

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

export interface TextStyle {
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
