/** Signatures name everything a score depends on, in the form of sacreBLEU, so that scores can be compared. */

/** The release of sacreBLEU whose scores the tests hold ours equal to. */
const version = '2.5.1';

/** As sacreBLEU prints it for one reference a sentence, case kept. */
export function sacrebleuSignature(fields: Readonly<Record<string, string | number>>): string {
  const own = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
  return ['nrefs:1', 'case:mixed', ...own, `version:${version}`].join('|');
}
