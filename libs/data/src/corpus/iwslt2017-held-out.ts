/** The dev and test sets of IWSLT2017 ja-en: XML with a `<seg id="…">` for each sentence. */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { XMLParser } from 'fast-xml-parser';
import { tidySentence, type SentencePair } from './sentence-pairs.ts';
import { openTextFolder } from './text-folder.ts';
import { readLines, type TextSource } from './text-lines.ts';

/** A pair of a held-out set; `set` is e.g. dev2010 or tst2015. */
export interface HeldOutPair extends SentencePair {
  readonly set: string;
}

const fileName = /^IWSLT17\.TED\.(\w+)\.ja-en\.(ja|en)\.xml$/;

/**
 * All dev and test pairs of a folder or zip, set after set, in the published order.
 * @throws InvalidInput when a set lacks a side, is no XML, or its sides hold different segments.
 */
export async function* readIwslt2017HeldOut(path: string): AsyncGenerator<HeldOutPair> {
  const folder = await openTextFolder(path, (name) => fileName.test(name));
  try {
    const sets = new Set([...folder.texts.keys()].map((name) => fileName.exec(name)?.[1] ?? name));
    for (const set of [...sets].sort()) {
      const side = (language: string): TextSource => {
        const name = `IWSLT17.TED.${set}.ja-en.${language}.xml`;
        const found = folder.texts.get(name);
        if (!found) throw new InvalidInput(`${path}: holds no ${name}, the other side of the set ${set}`);
        return found;
      };
      const [source, target] = [side('ja'), side('en')];
      const sources = await readSegments(source);
      const targets = await readSegments(target);
      for (const key of [...sources.keys(), ...targets.keys()])
        if (!sources.has(key) || !targets.has(key))
          throw new InvalidInput(
            `${source.name} has ${sources.size} segments and ${target.name} has ${targets.size}; ` +
              `only one of them has ${key}`,
          );
      for (const [key, text] of sources) yield { set, source: text, target: targets.get(key) ?? '' };
    }
  } finally {
    folder.close();
  }
}

interface Element {
  readonly [name: string]: unknown;
}

/** Sentences by document and segment id, entities decoded. */
async function readSegments(text: TextSource): Promise<Map<string, string>> {
  const lines: string[] = [];
  for await (const line of readLines(text)) lines.push(line.text);
  const xml = lines.join('\n');
  const segments = new Map<string, string>();
  try {
    for (const document of elementsNamed('doc', parser.parse(xml)))
      for (const segment of elementsNamed('seg', document))
        segments.set(
          `document ${String(document['@docid'])}, segment ${String(segment['@id'])}`,
          tidySentence(String(segment['#text'] ?? '')),
        );
  } catch (cause) {
    throw new InvalidInput(`${text.name}: is not XML (${messageOf(cause)})`, { cause });
  }
  if (segments.size === 0) throw new InvalidInput(`${text.name}: holds no <seg> elements`);
  const [opened, closed] = [/<seg[\s>]/g, /<\/seg>/g].map((tag) => xml.match(tag)?.length ?? 0);
  if (opened !== segments.size || closed !== segments.size)
    throw new InvalidInput(
      `${text.name}: ${segments.size} of ${opened} segments can be read (${closed} are closed); ` +
        `the file is cut off or an id stands twice in a document`,
    );
  return segments;
}

/** Lenient on purpose: a stray & or < in a sentence is kept as it stands. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  alwaysCreateTextNode: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // Numeric character references are decoded only with this on.
  htmlEntities: true,
  isArray: (name) => name === 'doc' || name === 'seg',
});

function* elementsNamed(name: string, within: unknown): Generator<Element> {
  if (Array.isArray(within)) for (const item of within) yield* elementsNamed(name, item);
  else if (isElement(within))
    for (const [key, child] of Object.entries(within)) {
      if (key === name && Array.isArray(child)) yield* child.filter(isElement);
      else yield* elementsNamed(name, child);
    }
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
