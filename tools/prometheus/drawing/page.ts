/** A dashboard's panels on its grid, as one SVG. */
import { type DrawnDashboard, type Place } from './panel.ts';
import { colours, fitting, svgText } from './svg-text.ts';

/** Grafana's grid has 24 columns; sizes in pixels. */
const columns = 24;
const columnWidth = 52;
const lineHeight = 30;
const gap = 6;
const margin = 8;
const heading = 40;
const titleHeight = 24;

/** Room for what is drawn within a panel, below its title. */
export function roomOf({ w, h }: Place): { readonly width: number; readonly height: number } {
  return {
    width: w * columnWidth - gap - 2 * margin,
    height: h * lineHeight - gap - titleHeight - margin,
  };
}

/** @param drawn the inside of each panel, in their order; rows have none */
export function drawPage({ title, panels }: DrawnDashboard, note: string, drawn: readonly string[]): string {
  const width = columns * columnWidth + gap;
  const bottom = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const height = heading + bottom * lineHeight + gap;
  const parts = panels.map(({ type, title, gridPos }, index) => {
    const { x, y } = corner(gridPos);
    if (type === 'row') return svgText(title, x + 2, y + 20, { size: 14, weight: 600 });
    const inside = { width: gridPos.w * columnWidth - gap, height: gridPos.h * lineHeight - gap };
    return [
      `<rect x="${x}" y="${y}" width="${inside.width}" height="${inside.height}" rx="3" fill="${colours.panel}" stroke="${colours.edge}"/>`,
      svgText(fitting(title, inside.width - 2 * margin, 12.5), x + margin, y + 17, {
        size: 12.5,
        weight: 600,
      }),
      `<g transform="translate(${x + margin} ${y + titleHeight})">${drawn[index] ?? ''}</g>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="${colours.page}"/>`,
    svgText(title, gap + 2, 26, { size: 18, weight: 600 }),
    svgText(note, width - gap - 2, 26, { size: 12, fill: colours.faint, anchor: 'end' }),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function corner({ x, y }: Place): { readonly x: number; readonly y: number } {
  return { x: gap + x * columnWidth, y: heading + y * lineHeight };
}
