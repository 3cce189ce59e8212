/** Keeps pictures of what the dashboards showed of a run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { absolute } from '../../grafana/generated-files.ts';
import { drawDashboards } from '../draw.ts';

/** Beside what `up` and the demo keep; not part of the repository. */
const folder = '.honyaku/dashboards';
const points = 240;

/** Writes one SVG a dashboard, of the time from the start until now. @param start seconds since the epoch */
export async function keepPictures(
  prometheusUrl: string,
  { sweep, start }: { readonly sweep: string; readonly start: number },
  print: (line: string) => void,
): Promise<void> {
  const end = Date.now() / 1000;
  const range = { start, end, step: Math.max(1, Math.round((end - start) / points)) };
  const pictures = await drawDashboards({ url: prometheusUrl, range, sweep, rateInterval: '10s' });
  await mkdir(absolute(folder), { recursive: true });
  for (const [name, svg] of Object.entries(pictures)) {
    await writeFile(absolute(`${folder}/${name}.svg`), svg);
    print(`  ${folder}/${name}.svg`);
  }
}
